"""Maxima of a trace, and how far each stands out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["find_maxima"]


def find_maxima(
    trace: NDArray[np.float64], height: float, prominence: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places of the maxima that are this high and stand out this far, rising, and their prominences.

    What ``scipy.signal.find_peaks`` finds: a maximum has lower points on both sides, of a flat top the middle one is
    taken (the lower of two), and the prominence is the height above the higher of the two lowest points that lie
    between it and a higher point, or the end, on either side. That module takes a second to load.

    Parameters
    ----------
    trace
        (points,)
    """
    trace = np.ascontiguousarray(trace, np.float64)
    tops = _maxima(trace, height)
    found = _prominences(trace, tops)
    keep = found >= prominence
    return tops[keep], found[keep]


@compiled
def _maxima(trace: NDArray[np.float64], height: float) -> NDArray[np.int64]:
    found = np.empty(len(trace) // 2 + 1, np.int64)
    count, i, last = 0, 1, len(trace) - 1
    while i < last:
        if trace[i - 1] < trace[i]:
            ahead = i + 1
            while ahead < last and trace[ahead] == trace[i]:
                ahead += 1
            if trace[ahead] < trace[i]:
                if trace[i] >= height:
                    found[count] = (i + ahead - 1) // 2
                    count += 1
                i = ahead
        i += 1
    return found[:count].copy()


@compiled
def _prominences(trace: NDArray[np.float64], tops: NDArray[np.int64]) -> NDArray[np.float64]:
    found = np.empty(len(tops), np.float64)
    for number in range(len(tops)):
        top = tops[number]
        left = right = trace[top]
        i = top
        while i >= 0 and trace[i] <= trace[top]:
            left = min(left, trace[i])
            i -= 1
        i = top
        while i < len(trace) and trace[i] <= trace[top]:
            right = min(right, trace[i])
            i += 1
        found[number] = trace[top] - max(left, right)
    return found
