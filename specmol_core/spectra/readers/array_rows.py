"""The rows of an arrayed data set: spectra of one sample, one after another, in one file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["CORRELATED", "ROW", "limited_rows", "measured_rows", "row_part", "row_seconds"]

ROW = "row"
"""What stands before the number of a row after ``::``."""
CORRELATED = re.compile(r"cosy|tocsy|dipsi|mlev|noesy(?!\w*(?:1d|pr))|roesy|jres|hsqc|hmqc|hmbc|inad|hetcor", re.I)
"""Experiments whose rows are increments of an evolution time, although the file may be like that of an array."""
_PART = re.compile(r"(?:(?P<rest>.*)/)?row[ /](?P<number>[1-9][0-9]{0,6})")
_MOST_SLOWER = 20.0
"""Largest ratio of the measured time to that of the parameters at which the stamps are taken as right."""

_MAX_ROWS = 100_000


def row_part(part: str) -> tuple[str, int | None]:
    """Return what stands before the row in the name of a part, and the row, from 1; None for no row.

    >>> row_part("pdata/1/row/7"), row_part("row/2"), row_part("fid")
    (('pdata/1', 7), ('', 2), ('fid', None))
    """
    found = _PART.fullmatch(part)
    return (found["rest"] or "", int(found["number"])) if found else (part, None)


def limited_rows(rows: int) -> int:
    """Return a number of rows that a file states.

    Raises
    ------
    RefusedError
        If there are none, or more than 100,000.
    """
    if not 0 < rows <= _MAX_ROWS:
        raise RefusedError(f"states {rows} rows, and 1 to {_MAX_ROWS} are read: copy the whole folder, or split it")
    return rows


def row_seconds(row: float, waits: Sequence[float], total: float | None) -> tuple[float, ...]:
    """Return the time of each row after the first (rows,), s.

    A row begins after its waiting time, and the next one follows it. If the time of the whole
    measurement is known, what is left of it is shared equally among the rows.

    Parameters
    ----------
    row
        Time of the scans of a row (s).
    waits
        Waiting time before each row (rows,), s.
    total
        Time of the whole measurement (s); None if it is unknown. It is ignored if the parameters
        contradict it.

    Examples
    --------
    >>> row_seconds(10.0, [0.0, 5.0, 5.0], total=49.0)
    (0.0, 18.0, 36.0)
    """
    wait = np.asarray(waits, np.float64)
    stated = row * len(wait) + float(wait.sum())
    rest = 0.0
    if total is not None and stated <= total * 1.02 and total <= _MOST_SLOWER * max(stated, 1e-9):
        rest = max(total - stated, 0.0) / len(wait)
    starts = np.cumsum(wait) + (row + rest) * np.arange(len(wait))
    return tuple((starts - starts[0]).tolist()) if len(wait) else ()


def measured_rows(rows: int, has_signal: Callable[[int], bool]) -> int:
    """Return how many of the rows of a file are measured: those before the zeros at its end.

    Parameters
    ----------
    has_signal
        Whether a row, counted from 0, holds anything but zeros.
    """
    low, high = 0, rows
    while low < high:
        middle = (low + high) // 2
        if has_signal(middle):
            low = middle + 1
        else:
            high = middle
    return low
