"""Find the axis of a table of points: the column of shifts among indices, frequencies and intensities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from specmol_core.spectra.readers.lists.columns import named_columns
from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.lists.numeric_columns import proportional_columns
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["AxisColumns", "axis_columns", "is_dense", "split_heading"]

_MIN_ROWS = 16
"""Least number of rows in the table of a spectrum."""
_MAX_STEP_RATIO = 3.0
"""Largest step in the table of a spectrum, in mean steps; peak lists are far less even."""
_SAMPLE_ROWS = 200
_MAX_NUMBER = 1e30
_MAX_PPM = 400.0
"""A falling axis of whole numbers from above this one numbers the points."""
_MAX_COLUMNS = 8
"""Columns in which the axis is looked for."""


@dataclass(frozen=True)
class AxisColumns:
    """The columns of a table of points."""

    shift: int
    intensity: int
    frequency_mhz: float | None = None
    """Ratio of a column in Hz to that of the shifts; None without such a column."""


def is_dense(rows: Sequence[TableRow]) -> bool:
    """Whether rows, with or without a heading, are the points of a spectrum, not the lines of a peak list."""
    _, data = split_heading(rows)
    return len(data) >= _MIN_ROWS and bool(_even_columns(data[:_SAMPLE_ROWS]))


def split_heading(rows: Sequence[TableRow]) -> tuple[TableRow | None, Sequence[TableRow]]:
    """Return the row that names the columns, if any, and the rows of numbers after titles and heading."""
    start = next((i for i, row in enumerate(rows) if any(row.number(c) is not None for c in range(len(row.cells)))), 0)
    named = [row for row in rows[:start] if len(row.cells) > 1]
    return (named[-1] if named else None), rows[start:]


def _even_columns(rows: Sequence[TableRow]) -> list[int]:
    """Columns whose numbers fall or rise evenly, as an axis does; one that numbers the rows is none."""
    width = min(len(row.cells) for row in rows)
    if width < 2:
        return []
    columns = []
    for column in range(int(_is_running(rows)), min(width, _MAX_COLUMNS)):
        values = [row.number(column) for row in rows]
        if any(value is None or not abs(value) < _MAX_NUMBER for value in values):
            continue
        steps = np.diff(np.array(values, dtype=float))
        steps = steps if np.median(steps) > 0 else -steps
        # Shifts that are printed with few decimals may repeat. Few rows can be a list of peaks by chance.
        unit = _last_decimal([row.cells[column] for row in rows])
        largest = _MAX_STEP_RATIO * steps.mean() if len(rows) >= _SAMPLE_ROWS else steps.mean() * 1.05 + unit
        if np.median(steps) >= 0 and steps.min() >= 0 and 0 < steps.max() <= largest:
            columns.append(column)
    return columns


def _last_decimal(cells: Sequence[str]) -> float:
    """One unit of the last decimal of printed numbers.

    >>> _last_decimal(["12", "11.98"]), _last_decimal(["1.20e+01", "9.80e+00"])
    (0.01, 0.1)
    """
    units = []
    for cell in cells:
        mantissa, _, exponent = cell.lower().replace("d", "e").partition("e")
        units.append(10.0 ** min(int(exponent or 0) - len(mantissa.partition(".")[2]), 30))
    return max(units) if any("e" in cell.lower() for cell in cells) else min(units)


def axis_columns(rows: Sequence[TableRow], heading: TableRow | None, nucleus: str) -> AxisColumns:
    """Return the columns of shift and intensity, by their names, or else by their numbers.

    Raises
    ------
    RefusedError
        If there are none, or the axis is in Hz alone.
    """
    even = _even_columns(rows)
    named = named_columns(heading.cells, nucleus) if heading is not None else None
    pair = proportional_columns(rows) if len(even) > 1 else None
    if named is not None and named.ppm >= 0 and rows[0].number(named.ppm) is not None:
        column = named.ppm
    elif named is None and heading is not None and any(re.search(r"\bhz\b", cell, re.I) for cell in heading.cells):
        raise RefusedError(f"line {heading.line}: its axis is in Hz: export ppm and intensity")
    elif pair is not None:
        column = pair[0]
    elif even:
        column = even[0]
    else:
        raise RefusedError("holds no column of shifts: export ppm and intensity")
    frequency = pair[2] if pair is not None and pair[0] == column else None
    if named is not None and named.intensity not in (-1, column):
        return AxisColumns(column, named.intensity, frequency)
    width = min(len(row.cells) for row in rows)
    others = [c for c in range(width) if c not in (column, *even) and (c > 0 or not _is_running(rows))]
    numeric = [c for c in others if all(row.number(c) is not None for row in rows)] or others
    if not numeric:
        raise RefusedError(f"line {rows[0].line}: one column; a spectrum needs ppm and intensity")
    return AxisColumns(column, next((c for c in numeric if c > column), numeric[0]), frequency)


def _is_running(rows: Sequence[TableRow]) -> bool:
    """Whether the first column only numbers the points."""
    first = [row.number(0) or 0.0 for row in rows[:_MIN_ROWS]]
    steps = {b - a for a, b in pairwise(first)}
    return (first[0] in (0.0, 1.0) and steps == {1.0}) or (steps == {-1.0} and first[0] > _MAX_PPM)
