"""Alignment of predicted and observed peak lists: the reading of a spectrum that needs no network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAP_COSTS_PPM", "alignment_costs", "matched_pairs"]

GAP_COSTS_PPM = {"13C": 10.0, "1H": 1.0}
"""Cost of a line without partner (ppm)."""


def alignment_costs(
    predicted: Sequence[NDArray[np.float64]], observed: NDArray[np.float64], gap: float
) -> NDArray[np.float64]:
    """Mean cost of aligning each candidate's sorted list with the observed one (candidates,), ppm.

    Needleman and Wunsch, J. Mol. Biol. 1970, 48, 443, for sorted lists: the absolute difference of a matched
    pair, and half of ``gap`` for a line of either side without partner, over the longer list's length. An empty
    list costs ``gap``.

    Parameters
    ----------
    predicted
        Rising shifts (lines,) of each candidate.
    observed
        Rising shifts (lines,).
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
        # A gap after position k costs the same for each step, so that the running minimum is one scan.
        row = np.minimum.accumulate(new - steps, axis=1) + steps
        is_finished = counts == i + 1
        costs[is_finished] = row[is_finished, -1] / max(i + 1, width)
    return costs


def matched_pairs(predicted: NDArray[np.float64], observed: NDArray[np.float64], gap: float) -> NDArray[np.int64]:
    """Pairs (pairs, 2) of places in both rising lists that the best alignment of :func:`alignment_costs` matches.

    Lists of one length are matched rank by rank.
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
