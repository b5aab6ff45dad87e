"""Recognise the columns of a table without a heading by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from specmol_core.spectra.readers.lists.cells import cell_of
from specmol_core.spectra.readers.lists.delimited import TableRow

__all__ = ["ShiftsSecond", "column_of_index", "is_sorted", "numbers_rows", "proportional_columns", "shifts_second"]

_MIN_MHZ, _MAX_MHZ = 5.0, 1400.0
_MIN_PROPORTIONAL_ROWS = 3
_MAX_SHIFT_ROUNDING = 0.0061
"""Shifts beside their frequencies have two decimals or more."""
_MIN_CONSECUTIVE = 4
"""Least number of rows whose numbers may begin elsewhere than with 0 or 1, or stand in any order."""
_MIN_WHOLE_ROWS = 3
"""Least number of rows with whole numbers after 1, 2, 3, which are no shifts."""
_MAX_CARBON_INTENSITY = 5.0
"""No list of 13C shifts ends here (ppm)."""
_MIN_SORTED = 6
"""Least number of rows that are not in order by chance."""
_SHIFTS = {"1H": (-4.0, 20.0, 0.5), "13C": (-50.0, 260.0, 5.0)}
"""Lowest and highest shift, and the least difference of the two in a list (ppm)."""


def proportional_columns(rows: Sequence[TableRow]) -> tuple[int, int, float] | None:
    """Columns of shift (ppm) and frequency (Hz), and their ratio, the spectrometer's frequency (MHz).

    None if no two columns are proportional.

    >>> rows = [("2840.710", "7.10"), ("2120.530", "5.30"), ("1040.260", "2.60")]
    >>> proportional_columns([TableRow(line, cells) for line, cells in enumerate(rows, 1)])
    (1, 0, 400.1)
    """
    width = min((len(row.cells) for row in rows), default=0)
    values = [[row.number(column) for row in rows] for column in range(width)]
    numeric = [column for column in range(width) if None not in values[column]]
    if len(rows) < _MIN_PROPORTIONAL_ROWS:
        return None
    for ppm in numeric:
        shifts = [value or 0.0 for value in values[ppm]]
        square = sum(shift * shift for shift in shifts)
        if square <= 0 or max(shifts) - min(shifts) < 0.1 or _rounding(rows, ppm) > _MAX_SHIFT_ROUNDING:
            continue
        for hertz in numeric:
            if hertz == ppm:
                continue
            found = [value or 0.0 for value in values[hertz]]
            ratio = sum(a * b for a, b in zip(shifts, found, strict=True)) / square
            error = _rounding(rows, ppm) * ratio + _rounding(rows, hertz) + 1e-4 * max(map(abs, found))
            if _MIN_MHZ <= ratio <= _MAX_MHZ and all(
                abs(b - ratio * a) <= error for a, b in zip(shifts, found, strict=True)
            ):
                return ppm, hertz, round(ratio, 3)
    return None


def _rounding(rows: Sequence[TableRow], column: int) -> float:
    """Half a unit of the last decimal of a column."""
    decimals = max(len(row.cells[column].partition(".")[2]) for row in rows)
    return 0.6 * 10.0**-decimals


def column_of_index(rows: Sequence[TableRow], nucleus: str) -> int:
    """0 if the first column only numbers the rows and the second holds numbers, else -1.

    In 1H, and of few rows, the second column must have decimals: 1, 2 and 3 may be shifts.
    """
    if len(rows) < 2 or not numbers_rows(rows, 0):
        return -1
    if any(row.number(1) is None for row in rows):
        return -1
    is_long = nucleus == "13C" and len(rows) >= _MIN_WHOLE_ROWS
    return 0 if is_long or any("." in row.cells[1] for row in rows) else -1


def numbers_rows(rows: Sequence[TableRow], column: int) -> bool:
    """Whether a column is like 1, 2, 3, or 3, 2, 1, or 1, 2, 4, where a row was left out, or 2, 4, 1, 3 by intensity.

    >>> [numbers_rows([TableRow(1, (cell,)) for cell in cells], 0) for cells in ("123", "321", "1356", "3142", "7531")]
    [True, True, True, True, False]
    """
    cells = [cell_of(row, column).rstrip(".") for row in rows]
    if not all(cell.isdecimal() and len(cell) < 6 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    low, high = min(numbers), max(numbers)
    if len(set(numbers)) < len(numbers):
        return False
    if high - low == len(numbers) - 1:
        steps = {b - a for a, b in pairwise(numbers)}
        return len(numbers) >= _MIN_CONSECUTIVE or (low in (0, 1) and steps in ({1}, {-1}))
    return low in (0, 1) and high <= 2 * len(numbers) and all(a < b for a, b in pairwise(numbers))


@dataclass(frozen=True)
class ShiftsSecond:
    """What is known of two columns whose second may hold the shifts."""

    is_certain: bool
    """Whether the first column cannot be shifts."""


def shifts_second(rows: Sequence[TableRow], first: int, nucleus: str) -> ShiftsSecond | None:
    """Return whether the column after ``first`` holds the shifts; None if nothing speaks for it.

    It may hold them if it is in order and that before it is not, or if it alone has decimals.

    >>> cells = zip(["0.3", "0.9", "0.2", "1.0", "0.7", "0.4"], ["167.3", "129.7", "77.1", "60.3", "55.4", "14.4"])
    >>> shifts_second([TableRow(line, pair) for line, pair in enumerate(cells)], 0, "13C")
    ShiftsSecond(is_certain=True)
    """
    pairs = [(row.number(first), row.number(first + 1)) for row in rows]
    before = [a for a, _ in pairs if a is not None]
    after = [b for _, b in pairs if b is not None]
    if len(rows) < 2 or len(before) < len(rows) or len(after) < len(rows):
        return None
    if nucleus == "13C" and max(before) <= _MAX_CARBON_INTENSITY < min(after) and _may_be_shifts(after, nucleus):
        return ShiftsSecond(is_certain=True)
    is_whole = all("." not in row.cells[first] and "." in row.cells[first + 1] for row in rows)
    if is_whole and _may_be_shifts(after, nucleus):
        return ShiftsSecond(not _may_be_shifts(before, nucleus))
    if len(rows) < _MIN_SORTED:
        return None
    # Intensities in falling order are usually relative to the strongest.
    if is_sorted(before) or not is_sorted(after) or after[0] in (1.0, 100.0):
        return None
    if not _may_be_shifts(after, nucleus):
        return None
    return ShiftsSecond(not _may_be_shifts(before, nucleus))


def is_sorted(values: Sequence[float]) -> bool:
    """Return whether numbers never rise, or never fall."""
    steps = [b - a for a, b in pairwise(values)]
    return all(step <= 0 for step in steps) or all(step >= 0 for step in steps)


def _may_be_shifts(values: Sequence[float], nucleus: str) -> bool:
    lowest, highest, difference = _SHIFTS.get(nucleus, _SHIFTS["13C"])
    return lowest <= min(values) and max(values) <= highest and max(values) - min(values) >= difference
