"""Find the maxima of a trace and their prominences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["find_maxima"]

_BLOCK = 128
"""Points that the search for a prominence skips together if none of them is higher than the top."""


def find_maxima(
    trace: NDArray[np.float64], height: float, prominence: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Indices (k,) of the maxima with a least height and prominence, and their prominences (k,).

    Indices rise. The results equal those of ``scipy.signal.find_peaks``, a module that takes a
    second to import. A maximum has lower points on both sides. A flat top counts once, at its
    middle point (the lower index of two). The prominence is the height above the higher of two
    minima, one on each side, up to the next higher point or the end.

    Parameters
    ----------
    trace
        Values (points,).
    height, prominence
        Least height and prominence, in the unit of the trace.

    Examples
    --------
    >>> tops, prominences = find_maxima(np.array([0.0, 3.0, 1.0, 2.0, 0.0]), height=1.5)
    >>> tops.tolist(), prominences.tolist()
    ([1, 3], [3.0, 1.0])
    """
    trace = np.ascontiguousarray(trace, np.float64)
    tops = _maxima(trace, height)
    blocks = trace[: len(trace) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    prominences = _prominences(trace, tops, blocks.min(axis=1), blocks.max(axis=1))
    is_prominent = prominences >= prominence
    return tops[is_prominent], prominences[is_prominent]


@compiled
def _maxima(trace: NDArray[np.float64], height: float) -> NDArray[np.int64]:
    tops = np.empty(len(trace) // 2 + 1, np.int64)
    count, i, last = 0, 1, len(trace) - 1
    while i < last:
        # The height is compared first, because few points of the noise are as high.
        if trace[i] >= height and trace[i - 1] < trace[i]:
            ahead = i + 1
            while ahead < last and trace[ahead] == trace[i]:
                ahead += 1
            if trace[ahead] < trace[i]:
                tops[count] = (i + ahead - 1) // 2
                count += 1
                i = ahead
        i += 1
    return tops[:count].copy()


@compiled
def _prominences(
    trace: NDArray[np.float64], tops: NDArray[np.int64], lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> NDArray[np.float64]:
    prominences = np.empty(len(tops), np.float64)
    for number in range(len(tops)):
        height = trace[tops[number]]
        left = _lowest_beside(trace, tops[number], -1, lowest, highest)
        right = _lowest_beside(trace, tops[number], 1, lowest, highest)
        prominences[number] = height - max(left, right)
    return prominences


@compiled
def _lowest_beside(
    trace: NDArray[np.float64], top: int, step: int, lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> float:
    """Lowest value on one side of a top, up to the next higher point or the end."""
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
