"""Join the 13C quartets of CF3 groups into one line for each carbon.

Fluorine is the only nucleus of ordinary samples that splits decoupled 13C lines widely. A 1:3:3:1
quartet with a coupling of 265 to 290 Hz, or of 305 to 325 Hz beside sulfur, can only be a CF3 carbon.
The carbon beside it is a quartet with a coupling of 25 to 40 Hz. Doublets and triplets of CF and
CF2 are not joined, because two or three lines may also be as many carbons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.line_groups import disjoint_groups, pairs_at_distance
from specmol_core.spectra.peaks import Peak

__all__ = ["join_quartets"]

_J1_CF_HZ, _J2_CF_HZ = (255.0, 330.0), (20.0, 48.0)
"""Ranges of the coupling constants of fluorine with its own carbon and with the next carbon
(Hz)."""
_MAX_GAP_DIFFERENCE_HZ = 3.0
"""Largest difference between two gaps of a quartet: one or two points of an ordinary spectrum
(Hz)."""
_MIN_INNER_RATIO, _OUTER_RATIO_RANGE = 0.55, (0.15, 0.7)
"""Least ratio of the two inner lines; range of the ratio of outer to inner lines (1/3 in
theory)."""


def join_quartets(peaks: Sequence[Peak], frequency_mhz: float) -> list[Peak]:
    """Replace the quartets of CF3 carbons and of the carbons beside them by one line at their centre.

    Parameters
    ----------
    frequency_mhz
        Larmor frequency of 13C (MHz).

    Examples
    --------
    >>> heights = ((-1.5, 1), (-0.5, 3), (0.5, 3), (1.5, 1))
    >>> quartet = [Peak(124.0 + k * 2.75, height, None) for k, height in heights]
    >>> [round(peak.ppm, 2) for peak in join_quartets(quartet, frequency_mhz=100.0)]
    [124.0]
    """
    joined = _join_within(list(peaks), frequency_mhz, _J1_CF_HZ)
    return _join_within(joined, frequency_mhz, _J2_CF_HZ) if len(joined) < len(peaks) else joined


def _join_within(peaks: list[Peak], mhz: float, limits: tuple[float, float]) -> list[Peak]:
    at = np.array([peak.ppm for peak in peaks]) * mhz
    height = np.array([abs(peak.height) for peak in peaks])
    unused = set(range(len(peaks)))
    results: list[Peak] = []
    for quartet in disjoint_groups(_find_quartets(at, height, limits), unused):
        inner = [peaks[i] for i in quartet[1:3]]
        middle, total_height = (inner[0].ppm + inner[1].ppm) / 2, float(height[list(quartet)].sum())
        results.append(replace(inner[0], ppm=middle, height=total_height))
    return results + [peaks[i] for i in sorted(unused)]


def _find_quartets(
    at: NDArray[np.float64], height: NDArray[np.float64], limits: tuple[float, float]
) -> list[tuple[float, tuple[int, int, int, int]]]:
    """Unevenness (Hz) and line indices of each quartet, in order of frequency."""
    results = []
    for second, third in pairs_at_distance(at, *limits):
        gap = at[third] - at[second]
        low, high = sorted((height[second], height[third]))
        if low < _MIN_INNER_RATIO * high:
            continue
        ends = [int(np.argmin(np.abs(at - end_hz))) for end_hz in (at[second] - gap, at[third] + gap)]
        unevenness_hz = max(abs(at[second] - at[ends[0]] - gap), abs(at[ends[1]] - at[third] - gap))
        share = height[ends] / ((low + high) / 2)
        if (
            unevenness_hz <= _MAX_GAP_DIFFERENCE_HZ
            and (share >= _OUTER_RATIO_RANGE[0]).all()
            and (share <= _OUTER_RATIO_RANGE[1]).all()
        ):
            results.append((float(unevenness_hz), (ends[0], second, third, ends[1])))
    return results
