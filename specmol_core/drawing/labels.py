"""Where labels go that would overlap at their own positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["space_labels"]


def space_labels(positions: NDArray[np.float64], step: float, ends: tuple[float, float]) -> NDArray[np.float64]:
    """Positions (n,) at least a step apart and between the ends that are nearest to the given ones by least squares.

    With k steps subtracted from the k-th position this is an isotonic regression, found by merging neighbours out of
    order. The given positions must rise. The result exceeds the ends if n - 1 steps do not fit between them.

    Examples
    --------
    >>> space_labels(np.array([10.0, 11.0, 30.0]), 5.0, (0.0, 100.0)).tolist()
    [8.0, 13.0, 30.0]
    """
    steps = step * np.arange(len(positions))
    blocks: list[tuple[float, int]] = []
    for target in (positions - steps).tolist():
        mean, count = target, 1
        while blocks and blocks[-1][0] > mean:
            before, members = blocks.pop()
            mean, count = (before * members + mean * count) / (members + count), members + count
        blocks.append((mean, count))
    level = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    spaced: NDArray[np.float64] = np.clip(level, ends[0], ends[1] - steps[-1:].sum()) + steps
    return spaced
