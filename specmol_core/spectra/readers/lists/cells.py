"""Cells of the rows of a peak list, as numbers, counts and couplings."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.source import RefusedError

__all__ = [
    "COUNT",
    "NO_VALUE",
    "cell_error",
    "cell_of",
    "count_in",
    "couplings_in",
    "optional_number",
    "required_number",
]

COUNT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s?[HC]")
"""A number of nuclei, as in ``2H``."""
NO_VALUE = frozenset(("", "-", "--", "---", "–", "—", "n/a", "na", "n.d.", "nd", "none", "null"))
"""Cells that state nothing."""
_VALUES = re.compile(r"\d{1,4}(?:\.\d{1,4})?")
_FORM = "a line is ppm[,intensity][,nH][,multiplicity][,J]"


def couplings_in(row: TableRow, written: str) -> tuple[float, ...]:
    """Return the coupling constants of a cell (Hz), largest first.

    Raises
    ------
    RefusedError
        If the cell holds something else.
    """
    if written.lower() in NO_VALUE:
        return ()
    bare = re.sub(r"\d?J[\w,()]{0,8}\s?=", " ", written)
    if re.sub(r"[\d.,;/&\s]|Hz|J|=", "", bare):
        raise cell_error(row, written, "a coupling constant in Hz")
    return tuple(sorted((float(value) for value in _VALUES.findall(bare)), reverse=True))


def count_in(row: TableRow, column: int) -> float | None:
    """Return the number of nuclei in a column; None where it states none.

    Raises
    ------
    RefusedError
        If the cell holds something else.
    """
    cell = cell_of(row, column)
    if cell in NO_VALUE:
        return None
    match = COUNT.fullmatch(cell)
    return float(match[1]) if match else required_number(row, column, "number of protons")


def optional_number(row: TableRow, column: int, name: str) -> float | None:
    """Return the number in a column; None where it states none.

    Raises
    ------
    RefusedError
        If the cell holds something else.
    """
    return None if cell_of(row, column) in NO_VALUE else required_number(row, column, name)


def required_number(row: TableRow, column: int, name: str) -> float:
    """Return the number in a column.

    Raises
    ------
    RefusedError
        If there is none, or it is beyond all measurements; the message calls it ``name``.
    """
    number = row.number(column)
    if number is None or abs(number) > 1e30:
        raise cell_error(row, cell_of(row, column), f"a finite {name}" if name != "shift" else "a shift (ppm)")
    return number


def cell_of(row: TableRow, column: int) -> str:
    """Return the text in a column; empty where the row has no such cell."""
    return row.cells[column] if 0 <= column < len(row.cells) else ""


def cell_error(row: TableRow, written: str, expected: str) -> RefusedError:
    """Build an error that names the line, the word in a cell, and what was expected."""
    what = f"{written[:30]!r} is not" if written else "there is not"
    return RefusedError(f"line {row.line}: {what} {expected}; {_FORM}")
