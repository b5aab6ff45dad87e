"""Find the headings of the tables of a text, and the columns that they name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specmol_core.spectra.readers.lists.columns import Columns, named_columns
from specmol_core.spectra.readers.lists.delimited import TableRow

__all__ = ["OLD_TOPSPIN_COLUMNS", "is_cut_sentence", "table_headings"]

OLD_TOPSPIN_COLUMNS = Columns(ppm=3, hertz=2, intensity=4, count=5)
"""Columns of the peak lists that XWIN-NMR and TopSpin write as text."""
_UNIT_CELL = re.compile(r"[\[(/]\s?(?:ppm|hz|abs|rel|a\.?u\.?|%)[\])]?", re.IGNORECASE)
_INDEX_WORD = re.compile(r"(?:peaks?|no\.?|nr\.?|n[°º]|#|index|number|line)?", re.IGNORECASE)
_FIRST_ROWS = 3
"""Rows after a heading one of which holds a shift."""


def table_headings(rows: Sequence[TableRow], nucleus: str) -> list[tuple[int, int, Columns]]:
    """Index, number of lines and columns of each heading that a row with a shift follows."""
    found, index = [], 0
    while index < len(rows) - 1:
        for length in (2, 1):
            columns = _heading_at(rows, index, length, nucleus)
            if columns is not None and any(_holds_shift(row, columns) for row in rows[index + length :][:_FIRST_ROWS]):
                found.append((index, length, columns))
                index += length
                break
        index += 1
    return found


def _heading_at(rows: Sequence[TableRow], index: int, length: int, nucleus: str) -> Columns | None:
    """Columns that one row names, or a row of names and a row of units together."""
    cells = rows[index].cells
    if any(rows[index].number(column) is not None for column in range(len(cells))) or is_cut_sentence(cells):
        return None
    if length == 1:
        if _is_old_units(cells):
            has_address = index + 1 < len(rows) and len(rows[index + 1].cells) >= OLD_TOPSPIN_COLUMNS.count
            return OLD_TOPSPIN_COLUMNS if has_address else Columns(ppm=2, hertz=1, intensity=3, count=4)
        if index + 1 < len(rows) and len(cells) > len(rows[index + 1].cells):
            cells = _with_units(cells)
        return named_columns(cells, nucleus)
    units = rows[index + 1].cells
    follows = rows[index + 2].cells if index + 2 < len(rows) else ()
    bracketed = all(re.fullmatch(r"[\[(].*[\])]", unit) for unit in units)
    if bracketed and len(units) == len(cells) - 1 and len(follows) == len(cells):
        # The column without a unit usually numbers the rows.
        units = ("", *units) if _INDEX_WORD.fullmatch(cells[0]) else (*units, "")
    if len(units) != len(cells) or any(rows[index + 1].number(column) is not None for column in range(len(cells))):
        return None
    return named_columns([f"{name} {unit}".strip() for name, unit in zip(cells, units, strict=True)], nucleus)


def is_cut_sentence(cells: Sequence[str]) -> bool:
    """Whether cells are pieces of a sentence, as in ``13C NMR (101 MHz, CDCl3, δ, ppm): 170.1``."""
    return any(cell.count("(") != cell.count(")") or re.search(r"\d[.,]\d", cell) for cell in cells)


def _with_units(cells: Sequence[str]) -> tuple[str, ...]:
    """Cells of a heading that blanks have cut, with each unit at its name: ``δ (ppm)``."""
    joined: list[str] = []
    for cell in cells:
        if joined and _UNIT_CELL.fullmatch(cell):
            joined[-1] += f" {cell}"
        else:
            joined.append(cell)
    return tuple(joined)


def _is_old_units(cells: Sequence[str]) -> bool:
    return [cell.lower() for cell in cells] == ["[hz]", "[ppm]"]


def _holds_shift(row: TableRow, columns: Columns) -> bool:
    cell = row.cells[columns.shift] if columns.shift < len(row.cells) else ""
    return re.match(r"[\[(]?[+-]?\d", cell) is not None
