"""SMILES files (``SMILES name`` a line) and tables with a SMILES column."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from specmol_core.molecules.sdf import RecordEntry
from specmol_core.molecules.text_lines import clean_name, decode, is_truncated

__all__ = ["Columns", "find_columns", "is_header", "read_smi", "read_table"]

_SMILES_COLUMNS = ("smiles", "canonical_smiles", "isomeric_smiles")
_NAME_COLUMNS = ("name", "id", "title", "compound", "compound_name", "compound_id", "molecule_id", "chembl_id", "cas")
_SMILES_SUFFIX = re.compile(r"\w+_smiles")
_DELIMITERS = ",;\t"
_LINE_FAULT = "too large: a line of more than 1 MB"
_MAX_QUOTED_LINES = 100
"""Lines that one quoted cell may span before its quote counts as forgotten."""
_MAX_QUOTED_BYTES = 10_000
"""Bytes of a line that may belong to a quoted cell."""


def read_smi(lines: Iterable[bytes]) -> Iterator[RecordEntry]:
    """Records of a SMILES file. Blank lines, lines that start with ``#`` and a header line are no records."""
    first = True
    for line in lines:
        if is_truncated(line):
            yield RecordEntry("", "", _LINE_FAULT)
            continue
        text = decode(line).strip()
        if not text or text.startswith("#"):
            continue
        if first and is_header(text):
            first = False
            continue
        first = False
        smiles, _, rest = text.replace("\t", " \t", 1).partition(" ")
        rest = rest.strip()
        if rest.startswith("|") and (end := rest.find("|", 1)) > 0:
            smiles, rest = f"{smiles} {rest[: end + 1]}", rest[end + 1 :].strip()
        yield RecordEntry(clean_name(rest.split("\t")[0]), smiles)


def is_header(text: str) -> bool:
    """Whether the first line of a SMILES file names its columns."""
    return _normalise_header(text.split()[0]) in _SMILES_COLUMNS


class Columns(NamedTuple):
    """Where a table keeps what a library needs."""

    delimiter: str
    smiles: int
    name: int | None
    width: int


def find_columns(header: str) -> Columns | None:
    """The columns that the header row of a table names, or None if none of them holds SMILES."""
    for delimiter in _DELIMITERS:
        cells = [_normalise_header(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
        exact = [cells.index(name) for name in _SMILES_COLUMNS if name in cells]
        similar = [i for i, cell in enumerate(cells) if _SMILES_SUFFIX.fullmatch(cell)]
        smiles_column = exact[0] if exact else similar[0] if len(similar) == 1 else None
        if smiles_column is not None:
            names = [cells.index(name) for name in _NAME_COLUMNS if name in cells]
            return Columns(delimiter, smiles_column, names[0] if names else None, len(cells))
    return None


def read_table(lines: Iterable[bytes], columns: Columns) -> Iterator[RecordEntry]:
    """Records of the rows below the header. Blank lines are no records."""
    for cells in _rows(lines, columns.delimiter):
        if isinstance(cells, str):
            yield RecordEntry("", "", cells)
            continue
        name = clean_name(cells[columns.name]) if columns.name is not None and columns.name < len(cells) else ""
        if len(cells) <= columns.smiles:
            fault = f"unparsable: the row has {len(cells)} cells, SMILES is in column {columns.smiles + 1}"
            yield RecordEntry(name, "", fault)
        else:
            yield RecordEntry(name, cells[columns.smiles].strip(), "" if cells[columns.smiles].strip() else "empty")


def _rows(lines: Iterable[bytes], delimiter: str) -> Iterator[list[str] | str]:
    """The cells of each row, or the fault of a row. A quote that nobody closes costs one row, not the file."""
    source = iter(lines)
    lookahead: deque[bytes] = deque()
    while (line := lookahead.popleft() if lookahead else next(source, None)) is not None:
        if is_truncated(line):
            yield _LINE_FAULT
        elif line.strip():
            cells = _cells([line], delimiter)
            if cells is None:
                joined = [line]
                while cells is None and len(joined) < _MAX_QUOTED_LINES:
                    more = lookahead.popleft() if lookahead else next(source, None)
                    if more is None:
                        break
                    joined.append(more)
                    if len(more) > _MAX_QUOTED_BYTES:
                        break
                    # Only a line with a quote can close one; looking for it spares a parse per line.
                    cells = _cells(joined, delimiter) if b'"' in more else None
                if cells is None:
                    lookahead.extendleft(reversed(joined[1:]))
            yield 'unparsable: a quote (") is opened and not closed' if cells is None else cells


def _cells(lines: list[bytes], delimiter: str) -> list[str] | str | None:
    """The cells of one row that may span lines, or its fault; None if a quoted cell is still open."""
    parts = [decode(line).replace("\0", "\ufffd").replace("\r", " ") + "\n" for line in lines]
    fault = ""
    # The strict reader tells an open quote; the lenient one takes what else is irregular.
    for strict in (True, False):
        try:
            return next(csv.reader(parts, delimiter=delimiter, strict=strict), [])
        except csv.Error as error:
            if "unexpected end" in str(error):
                return None
            fault = f"unparsable: {error}"
    return fault


def _normalise_header(cell: str) -> str:
    return cell.strip().strip('"').strip().lower().replace(" ", "_").replace("-", "_")
