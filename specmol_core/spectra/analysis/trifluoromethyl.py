"""13C quartets of CF3 groups, each taken for the one carbon that it is.

Fluorine is the only nucleus of ordinary samples that splits decoupled 13C lines widely. A quartet of 1:3:3:1 with 265
to 290 Hz is that of a CF3 carbon and of nothing else; where there is one, its neighbour shows one of 25 to 40 Hz.
Doublets and triplets of CF and CF2 are left as they are: two or three lines at some distance may be as many carbons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.peaks import Peak

__all__ = ["join_quartets"]

_J1_CF_HZ, _J2_CF_HZ = (255.0, 300.0), (20.0, 48.0)
"""Coupling constants of fluorine with its own carbon and with the next one (Hz)."""
_MAX_GAP_DIFFERENCE_HZ = 3.0
"""By how much two gaps of a quartet may differ (Hz): a point of an ordinary spectrum or two."""
_MIN_INNER_RATIO, _OUTER_RATIO_RANGE = 0.55, (0.15, 0.7)
"""Lower inner line over the higher one, at least; outer lines over the inner ones (1/3 by theory)."""


def join_quartets(peaks: Sequence[Peak], frequency_mhz: float) -> list[Peak]:
    """The lines with each CF3 quartet, and those of the carbons beside it, as one line in its middle.

    Parameters
    ----------
    frequency_mhz
        Larmor frequency of 13C.
    """
    joined = _join_within(list(peaks), frequency_mhz, _J1_CF_HZ)
    return _join_within(joined, frequency_mhz, _J2_CF_HZ) if len(joined) < len(peaks) else joined


def _join_within(peaks: list[Peak], mhz: float, limits: tuple[float, float]) -> list[Peak]:
    at = np.array([peak.ppm for peak in peaks]) * mhz
    height = np.array([abs(peak.height) for peak in peaks])
    unused = set(range(len(peaks)))
    results: list[Peak] = []
    # The evenest quartets first: a line belongs to one.
    for _, quartet in sorted(_find_quartets(at, height, limits)):
        if unused.issuperset(quartet):
            unused.difference_update(quartet)
            inner = [peaks[i] for i in quartet[1:3]]
            middle, total_height = (inner[0].ppm + inner[1].ppm) / 2, float(height[list(quartet)].sum())
            results.append(replace(inner[0], ppm=middle, height=total_height))
    return results + [peaks[i] for i in sorted(unused)]


def _find_quartets(
    at: NDArray[np.float64], height: NDArray[np.float64], limits: tuple[float, float]
) -> list[tuple[float, tuple[int, int, int, int]]]:
    """Unevenness (Hz) and lines of each quartet, from one end to the other."""
    results = []
    order = np.argsort(at).tolist()
    for second, third in combinations(order, 2):
        gap = at[third] - at[second]
        low, high = sorted((height[second], height[third]))
        if not limits[0] <= gap <= limits[1] or low < _MIN_INNER_RATIO * high:
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
