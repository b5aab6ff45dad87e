"""Which spectra of a series stand for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["representative_rows"]

_COUNT = 6


def representative_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str], count: int = _COUNT) -> list[int]:
    """Return the numbers of the lines whose mole fractions differ most, in the order of their times.

    Without all times, the order is that of the lines. The first and the last are among them; each
    further one is the line that is farthest from all that are chosen. Lines with an ``error`` are
    left out.

    Parameters
    ----------
    names
        The species, which are the keys of the fractions.
    count
        Largest number.

    >>> rows = [{"A": value} for value in (1.0, 0.98, 0.5, 0.1, 0.09)]
    >>> representative_rows(rows, ["A"], 3)
    [0, 2, 4]
    """
    usable = [number for number, row in enumerate(rows) if not row.get("error")]
    if all(rows[number].get("time_s") is not None for number in usable):
        usable.sort(key=lambda number: float(rows[number]["time_s"]))
    if len(usable) <= count:
        return usable
    points = np.array([[float(rows[number][name]) for name in names] for number in usable])
    chosen = [0, len(usable) - 1]
    while len(chosen) < count:
        distance = np.abs(points[:, None] - points[chosen]).sum(axis=2).min(axis=1)
        chosen.append(int(distance.argmax()))
    return [usable[k] for k in sorted(set(chosen))]
