"""What a spectrum shows, as the signals that evidence is weighed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.heights import tell_heights
from specmol_core.matchnet_x.low_resolution import coarse_signals, is_coarse
from specmol_core.spectra.analysis.picking import is_fine
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.analysis.trifluoromethyl import join_quartets
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of, splittings
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["MULTIPLICITIES", "UNTOLD", "Observed", "observed_pair", "observed_signals"]

MULTIPLICITIES = ("untold", "s", "d", "t", "q", "5 lines and more", "dd", "dt, td", "other", "m", "broad")
"""Multiplicities that are told apart."""
UNTOLD = 0
_OF_LINES = {(1,): 1, (2,): 2, (3,): 3, (4,): 4, (2, 2): 6, (2, 3): 7, (3, 2): 7}
_READING = {"13C": 0.05, "1H": 0.005}
"""Standard deviation of a shift as it is printed or read off (ppm)."""
_MERGED = {"13C": 0.1, "1H": 0.02}
"""Lines nearer than this are one in an ordinary spectrum (ppm)."""

_WATER = {True: 0.2, False: 0.12}
"""How far water may stand from its place (ppm), in solvents that bind it by hydrogen bonds, and in others."""
_RESIDUAL = 0.08
"""How far the lines of the solvent may stand from theirs (ppm)."""

_Row = tuple[float, float, str, tuple[Peak, ...]]
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
    merged: float
    """Lines nearer than this are one signal (ppm)."""
    counted: bool
    """Whether the amounts are numbers of nuclei, as in a printed list, and not integrals."""
    names: tuple[str, ...] = ()
    """Multiplicity of each signal as written; empty texts where it is not known."""
    listed: bool = True
    """Whether a person or program listed the signals, rather than this one read them off a trace."""
    doubtful: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether a signal stands where the solvent's own or its water's may stand; False where it is not known."""
    hidden: tuple[tuple[float, float], ...] = ()
    """Ranges, low to high (ppm), in which a line would not have been seen for those of the solvent."""
    height: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Height of each 13C line, up to a common factor; NaN where heights tell nothing of the carbons."""

    def __post_init__(self) -> None:
        defaults = {
            "names": ("",) * len(self.ppm),
            "doubtful": np.zeros(len(self.ppm), np.bool_),
            "height": np.full(len(self.ppm), np.nan),
        }
        for name, values in defaults.items():
            if len(getattr(self, name)) != len(self.ppm):
                object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.ppm)


def observed_pair(pair: SpectrumPair) -> tuple[Observed, ...]:
    """The signals of each spectrum of a pair, 1H first."""
    return tuple(observed_signals(spectrum) for spectrum in pair.spectra)


def observed_signals(spectrum: Spectrum) -> Observed:
    """The compound's signals in a spectrum whose solvent has been masked, or in a list.

    1H signals have the integral of their multiplet. 13C lines have none: their heights say little about numbers. An
    axis too coarse for multiplets is read as ``coarse`` says.
    """
    nucleus = spectrum.nucleus
    rows = _coarse(spectrum) if is_coarse(spectrum) else _recognised(spectrum)
    rows.sort(key=lambda row: row[0])
    counted = any(peak.protons is not None for *_, peaks in rows for peak in peaks)
    step = 0.0 if spectrum.peaks else spectrum.axis.step
    error = float(np.hypot(_READING[nucleus], 0.4 * step))
    return Observed(
        nucleus,
        np.array([ppm for ppm, *_ in rows], dtype=np.float64),
        np.full(len(rows), error),
        np.array([amount for _, amount, *_ in rows], dtype=np.float64),
        np.array([_code(name) for _, _, name, _ in rows], dtype=np.int64),
        max(_MERGED[nucleus], 1.5 * step),
        counted,
        tuple(name for _, _, name, _ in rows),
        bool(spectrum.peaks),
        np.zeros(len(rows), np.bool_) if spectrum.peaks else _doubtful(spectrum, rows),
        spectrum.hidden,
        _heights(spectrum, rows),
    )


def _doubtful(spectrum: Spectrum, rows: Sequence[_Row]) -> NDArray[np.bool_]:
    """Single lines about where water stands in the solvent, and what is near a line of the solvent; 1H only."""
    solvent = solvent_named(spectrum.solvent) if spectrum.nucleus == "1H" else None
    if solvent is None:
        return np.zeros(len(rows), np.bool_)
    water, reach = solvent.water_ppm, _WATER[solvent.hydrogen_bonding]
    return np.array(
        [
            (len(peaks) == 1 and abs(ppm - water) <= reach)
            or any(abs(ppm - s.ppm) <= _RESIDUAL and (s.lines > 1 or len(peaks) == 1) for s in solvent.h1)
            for ppm, *_, peaks in rows
        ],
        dtype=np.bool_,
    )


def _heights(spectrum: Spectrum, rows: Sequence[_Row]) -> NDArray[np.float64]:
    """Of the lines of a 13C spectrum; lists give them seldom, and coarse axes wrong."""
    nothing = np.full(len(rows), np.nan)
    if spectrum.nucleus == "1H" or spectrum.peaks or not all(peaks for *_, peaks in rows):
        return nothing
    heights = np.array([peaks[0].height for *_, peaks in rows], dtype=np.float64)
    return heights if tell_heights(heights) else nothing


def _recognised(spectrum: Spectrum) -> list[_Row]:
    told = recognise(spectrum)
    if spectrum.nucleus == "1H":
        return [(s.ppm, s.integral, s.multiplicity, s.peaks) for s in told.signals]
    lines = [line.peak for line in told.of_kind("compound")]
    if spectrum.frequency_mhz and not spectrum.peaks and is_fine(spectrum):
        lines = join_quartets(lines, spectrum.frequency_mhz)
    return [(line.ppm, line.protons or np.nan, line.multiplicity, (line,)) for line in lines]


def _coarse(spectrum: Spectrum) -> list[_Row]:
    return [(ppm, amount, "", ()) for ppm, amount in coarse_signals(spectrum)]


def _code(written: str) -> int:
    # Databases write capitals, too.
    name = multiplicity_of(written.lower())
    if not name:
        return UNTOLD
    if "br" in name:
        return MULTIPLICITIES.index("broad")
    lines = splittings(name)
    if len(lines) == 1 and lines[0] > 4:
        return MULTIPLICITIES.index("5 lines and more")
    if "m" in name.replace("app", ""):
        return MULTIPLICITIES.index("m")
    return _OF_LINES.get(lines, MULTIPLICITIES.index("other"))
