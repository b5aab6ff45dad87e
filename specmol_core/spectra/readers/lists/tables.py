"""Find the tables of a text: their headings, their columns and their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from specmol_core.spectra.readers.lists.cells import cell_of
from specmol_core.spectra.readers.lists.columns import Columns, named_columns
from specmol_core.spectra.readers.lists.delimited import TableRow, comment_cells, read_rows
from specmol_core.spectra.readers.lists.numeric_columns import numbers_rows
from specmol_core.spectra.readers.lists.peak_rows import ORIGIN
from specmol_core.spectra.readers.lists.plain_cells import PlainRows, plain_rows
from specmol_core.spectra.readers.lists.table_headings import OLD_TOPSPIN_COLUMNS, is_cut_sentence, table_headings
from specmol_core.spectra.readers.lists.unnamed_columns import unnamed_columns
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.readers.text.headings import find_sections

__all__ = ["PeakTable", "find_tables", "is_title"]

_OLD_TOPSPIN = re.compile(r"ADDRESS\s+FREQUENCY\s+INTENSITY", re.IGNORECASE)
"""Heading of the peak lists that XWIN-NMR and TopSpin write as text; its units follow on the next line."""
_INTEGRALS = re.compile(r"integrated\s+region|integral\s+regions?", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:peaks? ?(?:list|table|pick\w*)|nmr|spectr\w+|sample|compound|data ?set|experiment|solvent|date|file)\b",
    re.IGNORECASE,
)
"""Words of a title that names no columns."""
_COLUMN_WORD = re.compile(
    r"\b(?:int\w*|heights?|areas?|abs\w*|ppm|hz|shifts?|pos\w*|freq\w*|m/z|mass|wave\w*|nm|cm-?1|time|min|rt)\b|[δν]",
    re.IGNORECASE,
)
_COMPOUND_NAMES = frozenset(("compound", "cmpd", "compd", "sample", "molecule", "substance"))
_MAX_TITLES = 30
_MIN_NUMBERED = 2
"""Least number of rows whose column of shifts may be found to number the rows."""


@dataclass(frozen=True)
class PeakTable:
    """One table of a text."""

    rows: tuple[TableRow, ...]
    columns: Columns | None
    """Columns as a heading names them; None without a heading."""
    heading: TableRow | None
    titles: str
    """Comments and titles before the table."""
    frequency_mhz: float | None = None
    """Ratio of a column in Hz to that of the shifts."""
    notes: tuple[str, ...] = ()
    """What was left out or decided, one sentence each."""


def find_tables(text: str, nucleus: str) -> list[PeakTable]:
    """Return the tables of a plain text that hold shifts; without a heading, the text is one table.

    Parameters
    ----------
    nucleus
        Nucleus that is read, which chooses between columns of both nuclei.

    Raises
    ------
    RefusedError
        If a heading is of another kind of list; the message names it.
    """
    comments: list[str] = []
    plain = plain_rows(list(read_rows(text, comments)))
    rows = plain.rows
    words = "\n".join(comments)
    if _INTEGRALS.search(words) or any(_INTEGRALS.search(" ".join(row.cells)) for row in rows[:_MAX_TITLES]):
        raise RefusedError("is a list of integrals without peaks: export the peaks (TopSpin: pp)")
    headings = table_headings(rows, nucleus)
    if not headings:
        return [_table_without_heading(plain, comments, nucleus)]
    tables: list[PeakTable] = []
    end = 0
    for place, (index, length, columns) in enumerate(headings):
        stop = headings[place + 1][0] if place + 1 < len(headings) else len(rows)
        block = _without_titles(rows[index + length : stop], columns, is_last=place + 1 == len(headings))
        _check_numbering(block, columns, rows[index])
        _check_compounds(block, rows[index])
        titles = " ".join(
            " ".join(row.cells) for row in rows[max(0, index - _MAX_TITLES) : index] if is_title(row, columns)
        )
        if tables and end == index and _continues(tables[-1], block, columns, rows[index]):
            tables[-1] = replace(tables[-1], rows=(*tables[-1].rows, *block))
        else:
            tables.append(PeakTable(block, columns, rows[index], f"{words}\n{titles}", notes=tuple(plain.notes)))
        end = index + length + len(block)
    tables = [_with_frequency(table) for table in tables]
    _check_start(rows[: headings[0][0]], headings[0][2])
    frequency = next((table.frequency_mhz for table in tables if table.frequency_mhz is not None), None)
    return [replace(table, frequency_mhz=table.frequency_mhz or frequency) for table in tables]


def is_title(row: TableRow, columns: Columns) -> bool:
    """Whether a row is text: neither a peak nor a damaged one."""
    return row.number(columns.shift) is None and row.number(0) is None


def _continues(table: PeakTable, rows: Sequence[TableRow], columns: Columns, heading: TableRow) -> bool:
    """Whether rows go on counting after a heading that is repeated, as on a next page."""
    if table.heading is None or heading.cells != table.heading.cells or not table.rows or not rows:
        return False
    return columns.shift != 0 and (rows[0].number(0) or 0.0) - (table.rows[-1].number(0) or 0.0) == 1.0


def _without_titles(rows: Sequence[TableRow], columns: Columns, is_last: bool) -> tuple[TableRow, ...]:
    """The rows without the titles of the next table at their end."""
    stop = len(rows)
    while not is_last and stop > 1 and is_title(rows[stop - 1], columns):
        stop -= 1
    return tuple(rows[:stop])


def _check_start(rows: Sequence[TableRow], columns: Columns) -> None:
    """Refuse rows of numbers before the heading, which would be lost."""
    if lost := next((row for row in rows if not is_title(row, columns)), None):
        raise RefusedError(
            f"line {lost.line}: numbers before the heading of the table: remove them, or name their columns"
        )


def _check_numbering(rows: Sequence[TableRow], columns: Columns, heading: TableRow) -> None:
    """Refuse a column of shifts that only numbers the rows."""
    if len(rows) < _MIN_NUMBERED or columns.count < 2 or columns.ppm < 0:
        return
    if numbers_rows(rows, columns.ppm):
        raise RefusedError(
            f"line {heading.line}: the column {cell_of(heading, columns.ppm)[:30]!r} only numbers the rows: name the "
            "column of shifts ppm"
        )


def _check_compounds(rows: Sequence[TableRow], heading: TableRow) -> None:
    """Refuse the peaks of several compounds."""
    for column, name in enumerate(heading.cells):
        words = [word for row in rows if (word := cell_of(row, column))]
        compounds = list(dict.fromkeys(words))
        if (
            name.lower() in _COMPOUND_NAMES
            and 1 < len(compounds) < len(words)
            and not any(map(ORIGIN.fullmatch, words))
        ):
            shown = ", ".join(word[:20] for word in compounds[:3])
            raise RefusedError(
                f"line {heading.line}: holds the peaks of {len(compounds)} compounds ({shown}): give one"
            )


def _with_frequency(table: PeakTable) -> PeakTable:
    columns = table.columns
    if columns is None or columns.hertz < 0 or columns.ppm < 0:
        return table
    pairs = [
        (ppm, hertz)
        for row in table.rows
        if (ppm := row.number(columns.ppm)) is not None and (hertz := row.number(columns.hertz)) is not None
    ]
    square = sum(ppm * ppm for ppm, _ in pairs)
    ratio = sum(ppm * hertz for ppm, hertz in pairs) / square if square > 1.0 else 0.0
    return replace(table, frequency_mhz=round(ratio, 2)) if 5.0 <= ratio <= 1400.0 else table


def _table_without_heading(plain: PlainRows, comments: list[str], nucleus: str) -> PeakTable:
    """One table whose columns are in the usual order, named in a comment, or told by their numbers."""
    rows = list(plain.rows)
    is_heading = len(rows) == 1 and rows[0].number(0) is None and not is_cut_sentence(rows[0].cells)
    if is_heading and (columns := named_columns(rows[0].cells, nucleus)) is not None:
        return PeakTable((), columns, rows[0], "\n".join(comments))
    titles: list[str] = []
    while rows and rows[0].number(0) is None and len(titles) < _MAX_TITLES and _is_conditions(rows[0]):
        titles.append(" ".join(rows.pop(0).cells))
    words = "\n".join([*comments, *titles])
    table = PeakTable(tuple(rows), None, None, words, notes=tuple(plain.notes))
    if not rows:
        return table
    named = named_columns(comment_cells(comments, len(rows[0].cells)), nucleus)
    if named is not None and all(row.number(named.shift) is not None for row in rows[:2]):
        return _with_frequency(replace(table, columns=named))
    if _OLD_TOPSPIN.search(words) and len(rows[0].cells) >= OLD_TOPSPIN_COLUMNS.count:
        return _with_frequency(replace(table, columns=OLD_TOPSPIN_COLUMNS))
    if rows[0].number(0) is None and rows[0].number(1) is None:
        return replace(table, rows=tuple(rows[1:]), heading=rows[0])
    found, notes = unnamed_columns(rows, plain, nucleus)
    return _with_frequency(replace(table, columns=found, notes=(*plain.notes, *notes)))


def _is_conditions(row: TableRow) -> bool:
    """Whether a line before the numbers only says what was measured, and names no columns."""
    line = " ".join(row.cells)
    return (
        any(section.nucleus for section in find_sections(line))
        or re.match(r"(?:DU|USER|NAME|F1)=", line) is not None
        or (_TITLE.search(line) is not None and len(line.split()) > 1 and _COLUMN_WORD.search(line) is None)
    )
