"""What a spectrum shows, as the signals that evidence is weighed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.heights import heights_are_informative
from specmol_core.matchnet_x.low_resolution import is_low_resolution, low_resolution_signals
from specmol_core.spectra.analysis.analysis import AnalysedPair, Analysis
from specmol_core.spectra.analysis.picking import resolves_lines
from specmol_core.spectra.analysis.recognise import LineRecognition
from specmol_core.spectra.analysis.trifluoromethyl import join_quartets
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of, splittings
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["MULTIPLICITIES", "UNKNOWN_MULTIPLICITY", "Observed", "observed_of", "observed_pair", "observed_signals"]

MULTIPLICITIES = ("unknown", "s", "d", "t", "q", "5 lines and more", "dd", "dt, td", "other", "m", "broad")
"""Multiplicities that are told apart."""
UNKNOWN_MULTIPLICITY = 0
_CODE_OF_SPLITTING = {(1,): 1, (2,): 2, (3,): 3, (4,): 4, (2, 2): 6, (2, 3): 7, (3, 2): 7}
_SHIFT_ERROR_PPM = {"13C": 0.05, "1H": 0.005}
"""Standard deviation of a shift as it is printed or read off (ppm)."""
_MERGE_DISTANCE_PPM = {"13C": 0.1, "1H": 0.02}
"""Lines nearer than this are one in an ordinary spectrum (ppm)."""

_MAX_WATER_OFFSET_PPM = {True: 0.2, False: 0.12}
"""How far water may stand from its place (ppm), in solvents that bind it by hydrogen bonds, and in others."""
_MAX_RESIDUAL_OFFSET_PPM = 0.08
"""How far the lines of the solvent may stand from theirs (ppm)."""

_SignalRow = tuple[float, float, str, tuple[Peak, ...]]
"""Shift (ppm), amount or NaN, multiplicity as written or empty, and the lines of one signal."""


@dataclass(frozen=True)
class Observed:
    """Signals of the compound in one spectrum, shifts rising; arrays are (signals,)."""

    nucleus: Nucleus
    ppm: NDArray[np.float64]
    error: NDArray[np.float64]
    """Standard deviation of each shift as read (ppm)."""
    amount: NDArray[np.float64]
    """Nuclei of each signal, up to a common factor; NaN where it is not known."""
    multiplicity: NDArray[np.int64]
    """Index into MULTIPLICITIES."""
    merge_distance_ppm: float
    """Lines nearer than this are one signal (ppm)."""
    integrals_are_counts: bool
    """Whether the amounts are numbers of nuclei, as in a printed list, and not integrals."""
    multiplicity_labels: tuple[str, ...] = ()
    """Multiplicity of each signal as written; empty texts where it is not known."""
    from_peak_list: bool = True
    """Whether a person or program listed the signals, rather than this one read them off a trace."""
    maybe_solvent: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether a signal stands where the solvent's own or its water's may stand; False where it is not known."""
    masked_ranges: tuple[tuple[float, float], ...] = ()
    """Ranges, low to high (ppm), in which a line would not have been seen for those of the solvent."""
    height: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Height of each 13C line, up to a common factor; NaN where heights tell nothing of the carbons."""

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
    """The signals of each spectrum of a pair, 1H first."""
    return tuple(observed_of(analysis) for analysis in pair.analyses)


def observed_signals(spectrum: Spectrum) -> Observed:
    """The compound's signals in a spectrum whose solvent has been masked, or in a list; see ``observed_of``."""
    return observed_of(Analysis(spectrum, masking=False))


def observed_of(analysis: Analysis) -> Observed:
    """The compound's signals in the spectrum that the models see.

    1H signals have the integral of their multiplet. 13C lines have none: their heights say little about numbers. An
    axis too coarse for multiplets is read as ``coarse`` says.
    """
    spectrum = analysis.masked_spectrum
    nucleus = spectrum.nucleus
    rows = (
        _low_resolution_rows(spectrum)
        if is_low_resolution(spectrum)
        else _recognised_rows(spectrum, analysis.masked_recognition)
    )
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
    )


def _maybe_solvent(spectrum: Spectrum, rows: Sequence[_SignalRow]) -> NDArray[np.bool_]:
    """Single lines about where water stands in the solvent, and what is near a line of the solvent; 1H only."""
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
    """Of the lines of a 13C spectrum; lists give them seldom, and coarse axes wrong."""
    unknown = np.full(len(rows), np.nan)
    if spectrum.nucleus == "1H" or spectrum.peaks or not all(peaks for *_, peaks in rows):
        return unknown
    heights = np.array([peaks[0].height for *_, peaks in rows], dtype=np.float64)
    return heights if heights_are_informative(heights) else unknown


def _recognised_rows(spectrum: Spectrum, findings: LineRecognition) -> list[_SignalRow]:
    if spectrum.nucleus == "1H":
        return [(s.ppm, s.integral, s.multiplicity, s.peaks) for s in findings.signals]
    lines = [line.peak for line in findings.of_kind("compound")]
    if spectrum.frequency_mhz and not spectrum.peaks and resolves_lines(spectrum):
        lines = join_quartets(lines, spectrum.frequency_mhz)
    return [(line.ppm, line.protons or np.nan, line.multiplicity, (line,)) for line in lines]


def _low_resolution_rows(spectrum: Spectrum) -> list[_SignalRow]:
    return [(ppm, amount, "", ()) for ppm, amount in low_resolution_signals(spectrum)]


def _multiplicity_code(written: str) -> int:
    # Databases write capitals, too.
    name = multiplicity_of(written.lower())
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
