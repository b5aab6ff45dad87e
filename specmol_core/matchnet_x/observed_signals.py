"""Observed signals of a spectrum, for the likelihood model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.heights import heights_are_informative
from specmol_core.spectra.analysis.analysis import AnalysedPair, Analysis
from specmol_core.spectra.analysis.low_resolution import is_low_resolution, low_resolution_signals
from specmol_core.spectra.analysis.picking import resolves_lines
from specmol_core.spectra.analysis.proton_coupled import join_proton_multiplets
from specmol_core.spectra.analysis.trifluoromethyl import join_quartets
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of, splittings
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["MULTIPLICITIES", "UNKNOWN_MULTIPLICITY", "Observed", "observed_of", "observed_pair", "observed_signals"]

MULTIPLICITIES = ("unknown", "s", "d", "t", "q", "5 lines and more", "dd", "dt, td", "other", "m", "broad")
"""Classes of multiplicities."""
UNKNOWN_MULTIPLICITY = 0
"""Index of the unknown multiplicity in MULTIPLICITIES."""
_CODE_OF_SPLITTING = {(1,): 1, (2,): 2, (3,): 3, (4,): 4, (2, 2): 6, (2, 3): 7, (3, 2): 7}
_SHIFT_ERROR_PPM = {"13C": 0.05, "1H": 0.005}
"""Standard deviation of a shift in a paper or from a trace (ppm)."""
_MERGE_DISTANCE_PPM = {"13C": 0.1, "1H": 0.02}
"""Distance below which two lines are one line in an ordinary spectrum (ppm)."""

_MAX_WATER_OFFSET_PPM = {True: 0.2, False: 0.12}
"""Largest distance of water from its reference position (ppm), in solvents with and without
hydrogen bonds to it."""
_MAX_RESIDUAL_OFFSET_PPM = 0.08
"""Largest distance of residual solvent peaks from their reference positions (ppm)."""

_SignalRow = tuple[float, float, str, tuple[Peak, ...]]
"""Shift (ppm), amount or NaN, multiplicity as stated or empty, and lines of one signal."""


@dataclass(frozen=True)
class Observed:
    """Signals of the compound in one spectrum, in order of rising shift; arrays are (signals,)."""

    nucleus: Nucleus
    ppm: NDArray[np.float64]
    """Shift of each signal (ppm)."""
    error: NDArray[np.float64]
    """Standard deviation of each shift (ppm)."""
    amount: NDArray[np.float64]
    """Number of nuclei of each signal, up to a common factor; NaN if unknown."""
    multiplicity: NDArray[np.int64]
    """Index into MULTIPLICITIES."""
    merge_distance_ppm: float
    """Distance below which two lines are one signal (ppm)."""
    integrals_are_counts: bool
    """Whether the amounts are numbers of nuclei, as in papers, and not integrals."""
    multiplicity_labels: tuple[str, ...] = ()
    """Multiplicity of each signal as stated; empty if unknown."""
    from_peak_list: bool = True
    """Whether the signals are from a peak list, not from a trace."""
    maybe_solvent: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether a signal is near the shift of the solvent or of water; False if the solvent is
    unknown."""
    masked_ranges: tuple[tuple[float, float], ...] = ()
    """Ranges, low to high (ppm), in which lines of the solvent mask all others."""
    height: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Height of each 13C line, up to a common factor; NaN if heights are not informative."""
    solvent: str = ""
    """Name of the solvent in ``spectra.reference.solvents``; empty if it is unknown."""
    coarse: bool = False
    """Whether the signals are from a trace that is too coarse to recognise the lines of a solvent."""
    least_amount: float = float("nan")
    """Height (13C) or area (1H) from which a signal is seen, where signals of known compounds were taken; NaN
    if it is unknown."""

    def __post_init__(self) -> None:
        defaults = {
            "multiplicity_labels": ("",) * len(self.ppm),
            "maybe_solvent": np.zeros(len(self.ppm), np.bool_),
            "height": np.full(len(self.ppm), np.nan),
        }
        for name, values in defaults.items():
            if len(getattr(self, name)) != len(self.ppm):
                object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.ppm)


def observed_pair(pair: AnalysedPair) -> tuple[Observed, ...]:
    """Signals of each spectrum of a pair, 1H first."""
    return tuple(observed_of(analysis) for analysis in pair.analyses)


def observed_signals(spectrum: Spectrum) -> Observed:
    """Signals in a spectrum with masked solvent, or in a peak list; see ``observed_of``."""
    return observed_of(Analysis(spectrum, masking=False))


def observed_of(analysis: Analysis) -> Observed:
    """Signals of the compound in the spectrum that the models see.

    The amount of a 1H signal is the integral of its multiplet. That of a 13C line is unknown,
    because heights depend little on the number of carbons. Spectra of low resolution are read by
    ``low_resolution_signals``.
    """
    spectrum = analysis.named_spectrum
    nucleus = spectrum.nucleus
    rows = _proton_rows(analysis) if nucleus == "1H" else _carbon_rows(analysis)
    rows.sort(key=lambda row: row[0])
    integrals_are_counts = any(peak.protons is not None for *_, peaks in rows for peak in peaks)
    step = 0.0 if spectrum.peaks else spectrum.axis.step
    error = float(np.hypot(_SHIFT_ERROR_PPM[nucleus], 0.4 * step))
    return Observed(
        nucleus,
        np.array([ppm for ppm, *_ in rows], dtype=np.float64),
        np.full(len(rows), error),
        np.array([amount for _, amount, *_ in rows], dtype=np.float64),
        np.array([_multiplicity_code(name) for _, _, name, _ in rows], dtype=np.int64),
        max(_MERGE_DISTANCE_PPM[nucleus], 1.5 * step),
        integrals_are_counts,
        tuple(name for _, _, name, _ in rows),
        bool(spectrum.peaks),
        np.zeros(len(rows), np.bool_) if spectrum.peaks else _maybe_solvent(spectrum, rows),
        spectrum.masked_ranges,
        _heights(spectrum, rows),
        _solvent(analysis),
        not spectrum.peaks and not resolves_lines(spectrum),
    )


def _solvent(analysis: Analysis) -> str:
    named = None if analysis.solvent is None else solvent_named(analysis.solvent.name)
    return "" if named is None else named.name


def _maybe_solvent(spectrum: Spectrum, rows: Sequence[_SignalRow]) -> NDArray[np.bool_]:
    """Whether each 1H signal is a single line near the shift of water, or near a line of the
    solvent."""
    solvent = solvent_named(spectrum.solvent) if spectrum.nucleus == "1H" else None
    if solvent is None:
        return np.zeros(len(rows), np.bool_)
    water, max_offset = solvent.water_ppm, _MAX_WATER_OFFSET_PPM[solvent.hydrogen_bonding]
    return np.array(
        [
            (len(peaks) == 1 and abs(ppm - water) <= max_offset)
            or any(
                abs(ppm - s.ppm) <= _MAX_RESIDUAL_OFFSET_PPM and (s.lines > 1 or len(peaks) == 1) for s in solvent.h1
            )
            for ppm, *_, peaks in rows
        ],
        dtype=np.bool_,
    )


def _heights(spectrum: Spectrum, rows: Sequence[_SignalRow]) -> NDArray[np.float64]:
    """Heights of the lines of a 13C spectrum; NaN for peak lists and for low resolution."""
    unknown = np.full(len(rows), np.nan)
    if spectrum.nucleus == "1H" or spectrum.peaks or not all(peaks for *_, peaks in rows):
        return unknown
    heights = np.array([peaks[0].height for *_, peaks in rows], dtype=np.float64)
    return heights if heights_are_informative(heights) else unknown


def _proton_rows(analysis: Analysis) -> list[_SignalRow]:
    return [(s.ppm, s.integral, s.multiplicity, s.peaks) for s in analysis.signals]


def _carbon_rows(analysis: Analysis) -> list[_SignalRow]:
    spectrum = analysis.named_spectrum
    if is_low_resolution(spectrum):
        return [(cell.ppm, cell.amount, "", ()) for cell in low_resolution_signals(spectrum)]
    lines = [line.peak for line in analysis.masked_recognition.of_kind("compound")]
    if spectrum.frequency_mhz and not spectrum.peaks and resolves_lines(spectrum):
        lines = join_proton_multiplets(join_quartets(lines, spectrum.frequency_mhz), spectrum.frequency_mhz)
    return [(line.ppm, line.protons or np.nan, line.multiplicity, (line,)) for line in lines]


def _multiplicity_code(label: str) -> int:
    # Databases also use capital letters.
    name = multiplicity_of(label.lower())
    if not name:
        return UNKNOWN_MULTIPLICITY
    if "br" in name:
        return MULTIPLICITIES.index("broad")
    lines = splittings(name)
    if len(lines) == 1 and lines[0] > 4:
        return MULTIPLICITIES.index("5 lines and more")
    if "m" in name.replace("app", ""):
        return MULTIPLICITIES.index("m")
    return _CODE_OF_SPLITTING.get(lines, MULTIPLICITIES.index("other"))
