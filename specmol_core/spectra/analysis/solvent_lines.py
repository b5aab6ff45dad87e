"""Find the lines of a solvent in a spectrum by their pattern of coupling to deuterium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.signals import ReferenceSignal, Splitting, multiplet_lines
from specmol_core.spectra.reference.solvents import SOLVENTS, Solvent

__all__ = ["SolventMatch", "SolventMultiplet", "deuterium_pattern", "find_solvents"]

_SEARCH_RANGE_PPM = {"13C": 1.6, "1H": 0.06}
"""Largest deviation of a solvent's multiplet from the table, on an axis without reference (ppm)."""
_MAX_SPACING_DEVIATION = 0.13
"""Largest relative deviation of a coupling to deuterium from the table."""
_MAX_OFFSET_DIFFERENCE_PPM = 0.3
"""Largest difference between the offsets of two signals of a solvent (ppm)."""
_MIN_SHARED_RATIO = 1.7
"""Ratio to the expected height above which a line of the solvent overlaps with one of the
compound."""
_MIN_HEIGHT_RATIO = 0.45
"""Ratio to the expected height below which a line does not belong to the multiplet."""
_MAX_ISOTOPOLOGUE_RATIO = 0.12
"""Largest height of the lines of carbons with a proton in place of a deuteron, relative to the
solvent's tallest line."""
_ISOTOPE_SHIFT_SPACINGS = 1.8
"""Distance of these lines beyond the outer line at high shift, in line spacings."""
_TRIAL_FREQUENCIES_MHZ = (50.3, 62.9, 75.5, 100.6, 125.8, 150.9, 176.1, 201.2, 226.3)
"""13C frequencies tried if the spectrum states none (MHz)."""


@dataclass(frozen=True)
class SolventMultiplet:
    """One signal of a solvent in a spectrum."""

    signal: ReferenceSignal
    ppm: float
    """Centre (ppm)."""
    lines: tuple[int, ...]
    """Indices of its peaks."""
    shared_lines: tuple[int, ...] = ()
    """Those of its peaks that are too tall for the solvent alone."""

    isotopologues: tuple[int, ...] = ()
    """Indices of weak lines beside it, from molecules with one proton in place of a deuteron."""

    @property
    def offset_ppm(self) -> float:
        """Deviation from the table (ppm)."""
        return self.ppm - self.signal.ppm


@dataclass(frozen=True)
class SolventMatch:
    """A solvent whose multiplets are in the spectrum."""

    solvent: Solvent
    multiplets: tuple[SolventMultiplet, ...]

    @property
    def lines(self) -> int:
        """Number of lines in its multiplets."""
        return sum(len(multiplet.lines) for multiplet in self.multiplets)

    @property
    def offset_ppm(self) -> float:
        """Median deviation of its signals from the table (ppm)."""
        return float(np.median([m.offset_ppm for m in self.multiplets]))


def deuterium_pattern(lines: int) -> NDArray[np.float64]:
    """Intensities (lines,), strongest 1, of a carbon coupled to (lines - 1) / 2 equivalent deuterons.

    Examples
    --------
    >>> deuterium_pattern(3).tolist()
    [1.0, 1.0, 1.0]
    """
    areas = multiplet_lines(Splitting((lines - 1) // 2, spin=1.0))[1]
    return np.asarray(areas / areas.max(), dtype=np.float64)


def find_solvents(
    peaks: Sequence[Peak], nucleus: str, frequency_mhz: float | None, window: tuple[float, float]
) -> list[SolventMatch]:
    """Solvents whose multiplets inside the window are all present, the most lines first.

    Parameters
    ----------
    window
        Range of the spectrum, high to low (ppm).
    """
    matches = []
    trial_frequencies = _TRIAL_FREQUENCIES_MHZ if nucleus == "13C" else (400.0,)
    for solvent in SOLVENTS:
        signals_in_window = [s for s in solvent.signals(nucleus) if s.lines > 1 and window[1] < s.ppm < window[0]]
        trials = [
            _consistent_multiplets(peaks, signals_in_window, nucleus, f)
            for f in ((frequency_mhz,) if frequency_mhz else trial_frequencies)
        ]
        best = max(trials, key=lambda multiplets: sum(len(m.lines) for m in multiplets))
        if best:
            matches.append(SolventMatch(solvent, tuple(best)))
    return _without_overlaps(sorted(matches, key=lambda match: (-match.lines, abs(match.offset_ppm))))


def _consistent_multiplets(
    peaks: Sequence[Peak], signals_in_window: Sequence[ReferenceSignal], nucleus: str, frequency_mhz: float
) -> list[SolventMultiplet]:
    """One multiplet for each signal, with similar offsets and without common lines; empty if there
    are none."""
    options = [_multiplet_candidates(peaks, signal, nucleus, frequency_mhz) for signal in signals_in_window]
    if not options or not all(options):
        return []

    def weight(multiplet: SolventMultiplet) -> float:
        # Tall multiplets are preferred, because patterns of noise are small.
        return sum(abs(peaks[i].height) for i in multiplet.lines) * (0.7 if multiplet.shared_lines else 1.0)

    best: tuple[float, list[SolventMultiplet]] = (0.0, [])
    for offset_ppm in {multiplet.offset_ppm for part in options for multiplet in part}:
        nearby = [[m for m in part if abs(m.offset_ppm - offset_ppm) < _MAX_OFFSET_DIFFERENCE_PPM] for part in options]
        if not all(nearby):
            continue
        chosen = [max(part, key=weight) for part in nearby]
        lines = [line for multiplet in chosen for line in multiplet.lines]
        score = sum(weight(m) for m in chosen)
        if len(set(lines)) == len(lines) and score > best[0]:
            best = (score, chosen)
    return best[1]


def _without_overlaps(matches: list[SolventMatch]) -> list[SolventMatch]:
    """The matches without those that share lines with a better one, as dioxane does with
    tetrahydrofuran."""
    disjoint: list[SolventMatch] = []
    used_lines: set[int] = set()
    for match in matches:
        own_lines = {line for multiplet in match.multiplets for line in multiplet.lines}
        if not own_lines & used_lines:
            disjoint.append(match)
            used_lines |= own_lines
    return disjoint


def _multiplet_candidates(
    peaks: Sequence[Peak], signal: ReferenceSignal, nucleus: str, frequency_mhz: float
) -> list[SolventMultiplet]:
    """Possible multiplets of a solvent's signal.

    The lines are equally spaced, with the intensities of deuterium coupling. A triplet needs its
    three lines. The outer lines of a quintet or septet may be missing, because they are weak and
    often lost in the noise.
    """
    at = np.array([peak.ppm for peak in peaks])
    heights = np.array([abs(peak.height) for peak in peaks])
    expected = deuterium_pattern(signal.lines)
    nearby = np.flatnonzero(np.abs(at - signal.ppm) < _SEARCH_RANGE_PPM[nucleus])
    candidates = (_multiplet_at(at, heights, int(middle), signal, expected, frequency_mhz) for middle in nearby)
    return [multiplet for multiplet in candidates if multiplet is not None]


def _multiplet_at(
    at: NDArray[np.float64],
    heights: NDArray[np.float64],
    middle: int,
    signal: ReferenceSignal,
    expected: NDArray[np.float64],
    frequency_mhz: float,
) -> SolventMultiplet | None:
    """The multiplet with this peak in its middle; None if its other lines are missing."""
    half = len(expected) // 2
    step = signal.coupling_hz / frequency_mhz
    order = np.arange(-half, half + 1)
    expected_ppm = at[middle] - order * step  # peaks run from high to low shift
    line = np.abs(at[:, None] - expected_ppm).argmin(axis=0)
    deviation = np.abs(at[line] - expected_ppm)
    fits = deviation <= _MAX_SPACING_DEVIATION * step * np.maximum(np.abs(order), 0.5) + 0.03 * step
    core = np.abs(order) <= (1 if len(expected) <= 5 else 2)
    if not fits[core].all() or len(set(line[fits].tolist())) < fits.sum():
        return None
    ratio = heights[line] / expected
    usual_ratio = float(np.median(ratio[fits & core]))
    is_shared = fits & (ratio > _MIN_SHARED_RATIO * usual_ratio)
    if (fits & core & (ratio < _MIN_HEIGHT_RATIO * usual_ratio)).any() or is_shared[core].sum() > 1:
        return None
    fits &= ~(ratio < _MIN_HEIGHT_RATIO * usual_ratio)
    fitted = np.polyfit(order[fits], at[line[fits]], 1)
    if abs(abs(fitted[0]) / step - 1) > _MAX_SPACING_DEVIATION:
        return None
    own_lines = line[fits]
    high, low = at[own_lines].max() + _ISOTOPE_SHIFT_SPACINGS * step, at[own_lines].min()
    weak = (at < high) & (at > low) & (heights < _MAX_ISOTOPOLOGUE_RATIO * heights[own_lines].max())
    isotopologue_lines = [int(i) for i in np.flatnonzero(weak) if i not in own_lines] if len(expected) > 3 else []
    return SolventMultiplet(
        signal, float(fitted[1]), tuple(own_lines.tolist()), tuple(line[is_shared].tolist()), tuple(isotopologue_lines)
    )
