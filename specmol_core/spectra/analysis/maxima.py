"""Maxima of a trace, and how far each stands out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["find_maxima"]

_BLOCK = 128
"""Points that are passed at once where none of them is higher than a top."""


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
    blocks = trace[: len(trace) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    found = _prominences(trace, tops, blocks.min(axis=1), blocks.max(axis=1))
    keep = found >= prominence
    return tops[keep], found[keep]


@compiled
def _maxima(trace: NDArray[np.float64], height: float) -> NDArray[np.int64]:
    found = np.empty(len(trace) // 2 + 1, np.int64)
    count, i, last = 0, 1, len(trace) - 1
    while i < last:
        # The height is looked at first: few points of the noise are as high.
        if trace[i] >= height and trace[i - 1] < trace[i]:
            ahead = i + 1
            while ahead < last and trace[ahead] == trace[i]:
                ahead += 1
            if trace[ahead] < trace[i]:
                found[count] = (i + ahead - 1) // 2
                count += 1
                i = ahead
        i += 1
    return found[:count].copy()


@compiled
def _prominences(
    trace: NDArray[np.float64], tops: NDArray[np.int64], lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = np.empty(len(tops), np.float64)
    for number in range(len(tops)):
        height = trace[tops[number]]
        left = _lowest_beside(trace, tops[number], -1, lowest, highest)
        right = _lowest_beside(trace, tops[number], 1, lowest, highest)
        found[number] = height - max(left, right)
    return found


@compiled
def _lowest_beside(
    trace: NDArray[np.float64], top: int, step: int, lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> float:
    """The lowest point between a top and the next higher point, or the end, on one side."""
    height = least = trace[top]
    i = top
    while 0 <= i < len(trace) and trace[i] <= height:
        block, begins = i // _BLOCK, i % _BLOCK == (0 if step > 0 else _BLOCK - 1)
        if begins and block < len(lowest) and highest[block] <= height:
            least = min(least, lowest[block])
            i += step * _BLOCK
        else:
            least = min(least, trace[i])
            i += step
    return float(least)
