"""Cells of a table as plain numbers: without units, groups of thousands, marks, and empty columns before them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specmol_core.spectra.readers.lists.delimited import NUMBER, TableRow

__all__ = ["PlainRows", "plain_rows"]

_UNIT = re.compile(rf"({NUMBER.pattern})\s?(ppm|hz|%)", re.IGNORECASE)
_FULL_STOP = re.compile(r"([+-]?\d{1,3}\.\d{1,5})\.")
_MARK = re.compile(rf"({NUMBER.pattern})\s?[*†‡§]{{1,3}}")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:[ \u00a0\u202f']\d{3})+(?:\.\d+)?|(?:,\d{3})+\.\d+)")
"""A number whose thousands are apart: ``16 836.1`` or ``16,836.1``."""
_GROUP_SIGN = re.compile(r"[ \u00a0\u202f',]")
_MAX_SHOWN = 6


@dataclass(frozen=True)
class PlainRows:
    """Rows with plain cells."""

    rows: list[TableRow]
    ppm: int
    """The one column whose cells all had the unit ppm; -1 for none."""
    hertz: int
    """The one column whose cells all had the unit Hz; -1 for none."""
    marked: tuple[str, ...]
    """Numbers that had a mark, such as ``77.16*``."""

    @property
    def notes(self) -> list[str]:
        """A sentence on the marks, whose meaning is not known."""
        if not self.marked:
            return []
        more = f" and {len(self.marked) - _MAX_SHOWN} more" if len(self.marked) > _MAX_SHOWN else ""
        return [f"marks beside numbers were left out: {', '.join(self.marked[:_MAX_SHOWN])}{more}"]


def plain_rows(rows: Sequence[TableRow]) -> PlainRows:
    """Return the rows with plain numbers.

    >>> plain_rows([TableRow(1, ("", "77.16* ", "7 763.1 Hz")), TableRow(2, ("", "14.36", "1 444.8 Hz"))])
    PlainRows(rows=[TableRow(line=1, cells=('77.16', '7763.1')), TableRow(line=2, cells=('14.36', '1444.8'))], \
ppm=-1, hertz=1, marked=('77.16*',))
    """
    skipped = _empty_columns(rows)
    found, marked = [], []
    units: dict[tuple[int, str], int] = {}
    numbers = 0
    for row in rows:
        cells = []
        for column, written in enumerate(row.cells[skipped:]):
            cell = written.strip()
            if match := _UNIT.fullmatch(_without_groups(cell)):
                cell = match[1]
                units[column, match[2].lower()] = units.get((column, match[2].lower()), 0) + 1
            elif match := _FULL_STOP.fullmatch(cell):
                cell = match[1]
            elif match := _MARK.fullmatch(cell):
                marked.append(cell)
                cell = match[1]
            cells.append(_without_groups(cell))
        found.append(TableRow(row.line, tuple(cells)))
        numbers += any(NUMBER.fullmatch(cell) for cell in cells)

    def column_in(unit: str) -> int:
        columns = [column for (column, name), count in units.items() if name == unit and count == numbers]
        return columns[0] if len(columns) == 1 else -1

    return PlainRows(found, column_in("ppm"), column_in("hz"), tuple(marked))


def _without_groups(cell: str) -> str:
    number, blank, unit = cell.rpartition(" ") if cell[-1:] in "mMzZ%" else (cell, "", "")
    return f"{_GROUP_SIGN.sub('', number)}{blank}{unit}" if _GROUPED.fullmatch(number) else cell


def _empty_columns(rows: Sequence[TableRow]) -> int:
    """Number of columns before the table in which no row has a cell."""
    first = [next((column for column, cell in enumerate(row.cells) if cell), None) for row in rows]
    return min((column for column in first if column is not None), default=0)
