"""Alignment of predicted and observed peak lists by distance, without a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAP_COSTS_PPM", "alignment_costs", "matched_pairs"]

GAP_COSTS_PPM = {"13C": 10.0, "1H": 1.0}
"""Cost of two lines without partners, one in each list (ppm)."""


def alignment_costs(
    predicted: Sequence[NDArray[np.float64]], observed: NDArray[np.float64], gap: float
) -> NDArray[np.float64]:
    """Mean cost (candidates,) of aligning the list of each candidate with the observed list (ppm).

    The alignment is that of Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, for sorted lists. A
    pair costs its absolute difference, and a line of either list without partner costs half of
    ``gap``. The sum is divided by the length of the longer list. If one of the lists is empty, the
    cost is ``gap``.

    Parameters
    ----------
    predicted
        Shifts (lines,) of each candidate, in rising order.
    observed
        Shifts (lines,), in rising order.

    Examples
    --------
    >>> alignment_costs([np.array([20.0, 60.0])], np.array([21.0, 60.0]), gap=10.0).tolist()
    [0.5]
    """
    counts = np.array([len(p) for p in predicted], np.int64)
    longest, width = int(counts.max(initial=0)), len(observed)
    costs = np.full(len(predicted), gap)
    if not longest or not width:
        return costs
    lists = np.zeros((len(predicted), longest))
    for row, shifts in zip(lists, predicted, strict=True):
        row[: len(shifts)] = shifts
    steps = np.arange(width + 1) * gap / 2
    row = np.broadcast_to(steps, (len(predicted), width + 1)).copy()
    for i in range(longest):
        diagonal = row[:, :-1] + np.abs(lists[:, i, None] - observed)
        new = row + gap / 2
        np.minimum(new[:, 1:], diagonal, out=new[:, 1:])
        # All gaps cost the same, so that one running minimum suffices.
        row = np.minimum.accumulate(new - steps, axis=1) + steps
        is_finished = counts == i + 1
        costs[is_finished] = row[is_finished, -1] / max(i + 1, width)
    return costs


def matched_pairs(predicted: NDArray[np.float64], observed: NDArray[np.float64], gap: float) -> NDArray[np.int64]:
    """Indices (pairs, 2) of the lines that the best alignment of :func:`alignment_costs` pairs.

    Both lists are in rising order. Lists of equal length are paired in order.
    """
    n, m = len(predicted), len(observed)
    if n == m:
        return np.stack((np.arange(n), np.arange(n)), 1)
    table = np.zeros((n + 1, m + 1))
    table[0], table[:, 0] = np.arange(m + 1) * gap / 2, np.arange(n + 1) * gap / 2
    differences = np.abs(predicted[:, None] - observed)
    for i in range(n):
        for j in range(m):
            table[i + 1, j + 1] = min(
                table[i, j] + differences[i, j], table[i, j + 1] + gap / 2, table[i + 1, j] + gap / 2
            )
    pairs = []
    while n and m:
        if table[n, m] == table[n - 1, m - 1] + differences[n - 1, m - 1]:
            pairs.append((n - 1, m - 1))
            n, m = n - 1, m - 1
        elif table[n, m] == table[n - 1, m] + gap / 2:
            n -= 1
        else:
            m -= 1
    return np.array(pairs[::-1], np.int64).reshape(-1, 2)
