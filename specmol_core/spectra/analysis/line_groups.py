"""Find the lines of multiplets: pairs of lines at a given distance, and groups that share no line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["disjoint_groups", "pairs_at_distance"]


def pairs_at_distance(at: NDArray[np.float64], low: float, high: float) -> Iterator[tuple[int, int]]:
    """Yield the indices of two positions (lines,) that are ``low``, above 0, to ``high`` apart; the lower first.

    >>> list(pairs_at_distance(np.array([30.0, 10.0, 12.0]), 15.0, 20.0))
    [(1, 0), (2, 0)]
    """
    order = np.argsort(at)
    rising = at[order]
    starts, stops = np.searchsorted(rising, rising + low), np.searchsorted(rising, rising + high, "right")
    indices = order.tolist()
    for first, start, stop in zip(indices, starts.tolist(), stops.tolist(), strict=True):
        yield from ((first, second) for second in indices[start:stop])


def disjoint_groups(groups: Iterable[tuple[float, tuple[int, ...]]], unused: set[int]) -> Iterator[tuple[int, ...]]:
    """Yield groups of lines in order of their unevenness, each of unused lines, which are then used.

    The most even groups come first, because a line belongs to one of them only.

    >>> unused = {0, 1, 2, 3}
    >>> list(disjoint_groups([(0.5, (1, 2)), (0.1, (0, 1)), (0.7, (2, 3))], unused)), unused
    ([(0, 1), (2, 3)], set())
    """
    for _, lines in sorted(groups):
        if unused.issuperset(lines):
            unused.difference_update(lines)
            yield lines
