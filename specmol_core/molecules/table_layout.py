"""How a SMILES file or a table is laid out: delimiter, columns, and where its records begin."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import chain, islice
from typing import NamedTuple

from rdkit import Chem, rdBase

from specmol_core.molecules.column_names import AmbiguousColumnsError, NamedColumns, find_named_columns
from specmol_core.molecules.precheck import is_plain_smiles, is_quick

__all__ = ["BLANK", "PLAIN_LAYOUT", "TableLayout", "find_layout", "split_row"]

BLANK = " "
"""Delimiter of files whose cells are separated by any number of blanks and tabs."""

_DELIMITERS = "\t,;|"
_EXCEL_DELIMITER = re.compile(r'"?sep=(.|\\t)"?[\s,;]*', re.IGNORECASE)
"""First line of a table by which Excel knows the delimiter."""
_HEADER_WORD = re.compile("smi|struct|mol", re.IGNORECASE)
_MAX_PREAMBLE = 20
"""Number of lines that are searched for a header."""
_MAX_PROBED = 20
"""Number of lines whose cells are tried as SMILES."""
_FEW_PROBED = 5
"""Number of lines that suffice if the first word of each is a SMILES, as in nearly all SMILES files."""
_MIN_SHARE = 0.5
"""Share of the probed cells of a column that must be SMILES if no header names it."""
_MIN_NAMED_SHARE = 0.2
"""The same for a column that a header names; its records may be damaged."""


class TableLayout(NamedTuple):
    """Delimiter and columns of a table."""

    delimiter: str
    smiles: tuple[int, ...]
    """Columns of equivalent SMILES; the first filled cell counts. -1 is the last cell."""
    names: tuple[int, ...] = ()
    """Columns of names and identifiers; the first filled cell counts."""
    skipped: int = 0
    """Number of lines before the first record."""
    is_rest_name: bool = False
    """Whether all other cells together are the name, because names may contain the delimiter."""

    @property
    def is_plain(self) -> bool:
        """Whether each line is a SMILES and, after a blank or tab, a name."""
        return self.delimiter == BLANK and self.smiles == (0,) and not self.names


PLAIN_LAYOUT = TableLayout(BLANK, (0,))
"""``SMILES name`` on each line."""


def find_layout(lines: Sequence[str], *, is_table: bool) -> TableLayout | None:
    """Find the layout of a text by its header, or else by which cells are SMILES.

    Lines above the header, such as a title or Excel's ``sep=;``, are not records.

    Parameters
    ----------
    lines
        The first lines, without line ends; blank lines and comments included.
    is_table
        Whether the name of the file says that it is a table.

    Returns
    -------
    None if no column holds SMILES.

    Raises
    ------
    AmbiguousColumnsError
        If a header names several columns that may hold the SMILES.
    """
    filled = ((i, line) for i, line in enumerate(lines) if line.strip(' \t,;|"').strip())
    rows = [(i, line) for i, line in filled if not line.lstrip().startswith("#")]
    start, delimiters = 0, _DELIMITERS
    if rows and (mark := _EXCEL_DELIMITER.fullmatch(rows[0][1].strip())):
        start, delimiters = rows[0][0] + 1, mark[1].replace("\\t", "\t")
        rows = rows[1:]
    with rdBase.BlockLogs():
        return _by_header(rows, delimiters, is_table) or _by_content(rows, delimiters, start)


def split_row(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, without quotes and outer blanks."""
    text = " ".join(line.split()) if delimiter == BLANK else line.replace("\r", " ")
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return []


_Rows = Sequence[tuple[int, str]]


def _by_header(rows: _Rows, delimiters: str, is_table: bool) -> TableLayout | None:
    ambiguous: AmbiguousColumnsError | None = None
    for position, (number, line) in enumerate(rows[:_MAX_PREAMBLE]):
        if not _HEADER_WORD.search(line):
            continue
        for delimiter in (*delimiters, BLANK):
            cells = split_row(line, delimiter)
            try:
                columns = find_named_columns(cells)
            except AmbiguousColumnsError as error:
                ambiguous = ambiguous or error
                continue
            if columns is not None and (len(cells) > 1 or _is_single(line, delimiter, is_table)):
                layout = _named_layout(columns, delimiter, cells, number + 1)
                if _fits(layout, columns.is_certain, rows, position):
                    return layout
    if ambiguous is not None:
        raise ambiguous
    return None


def _is_single(line: str, delimiter: str, is_table: bool) -> bool:
    """Whether a header of one word is that of a table with one column, or of a list of SMILES."""
    return len(line.split()) == 1 and delimiter == ("," if is_table else BLANK)


def _named_layout(columns: NamedColumns, delimiter: str, cells: Sequence[str], skipped: int) -> TableLayout:
    if delimiter == BLANK and len(cells) <= 2:
        # Names may contain blanks.
        column = 0 if columns.smiles[0] == 0 else -1
        return TableLayout(BLANK, (column,), (), skipped, is_rest_name=True)
    others = [i for i in range(len(cells)) if i not in columns.smiles]
    names = columns.names or (tuple(others) if len(others) == 1 else ())
    return TableLayout(delimiter, columns.smiles, names, skipped)


def _fits(layout: TableLayout, is_certain: bool, rows: _Rows, position: int) -> bool:
    """Whether the line at ``position`` is a header: SMILES below it, and none above it."""
    if position == 0 and is_certain and (layout.delimiter != BLANK or layout.smiles == (0,)):
        return True
    below = _share(layout, rows[position + 1 : position + 1 + _MAX_PROBED])
    return below >= _MIN_NAMED_SHARE and _share(layout, rows[:position]) == 0


def _share(layout: TableLayout, rows: _Rows) -> float:
    """Return the share of SMILES in the filled cells of the column of SMILES."""
    column = layout.smiles[0]
    cells = [split_row(line, layout.delimiter) for _, line in rows]
    filled = [row[column] for row in cells if len(row) > max(column, 0) and row[column]]
    return sum(map(_is_smiles, filled)) / max(len(filled), 1)


def _by_content(rows: _Rows, delimiters: str, start: int) -> TableLayout | None:
    probed = [line for _, line in rows[:_MAX_PROBED]]
    first_words = (_is_smiles(line.split()[0]) for line in probed)
    few = list(islice(first_words, _FEW_PROBED))
    if (few and all(few)) or sum(chain(few, first_words)) >= _MIN_SHARE * len(probed) > 0:
        return TableLayout(BLANK, (0,), (), start)
    best: TableLayout | None = None
    most = (0.0, 0.0)
    for delimiter in (*delimiters, BLANK):
        table = [split_row(line, delimiter) for line in probed]
        widths = [len(row) for row in table]
        width = max(widths, key=widths.count, default=0)
        # The last cell of each row, if names contain the delimiter. A whole line is no cell.
        for column in (*range(width), -1):
            cells = [row[column] for row in table if len(row) > max(column, delimiter != BLANK)]
            valid = [cell for cell in cells if _is_smiles(cell)]
            found = len(valid) / max(len(probed), 1), sum(map(len, valid)) / max(len(valid), 1)
            if found[0] >= _MIN_SHARE and found > most:
                best, most = _headless(delimiter, column, width, start), found
    return best


def _headless(delimiter: str, column: int, width: int, start: int) -> TableLayout:
    """The layout of a table without a header, whose names may contain the delimiter if there are two columns."""
    if width <= 2 or column == -1 or (delimiter == BLANK and column == width - 1):
        return TableLayout(delimiter, (0 if column == 0 else -1,), (), start, is_rest_name=True)
    return TableLayout(delimiter, (column,), (1 if column == 0 else 0,), start)


def _is_smiles(text: str) -> bool:
    """Whether the text is a SMILES. RDKit may hang on long ones, so their characters decide."""
    text = text.split(" ")[0]
    if is_quick(text, "smiles"):
        return bool(text) and Chem.MolFromSmiles(text) is not None
    return is_plain_smiles(text)
