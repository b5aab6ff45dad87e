"""SMILES files (``SMILES name`` per line) and tables with a SMILES column."""

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
"""Largest number of lines of a quoted cell; beyond that its closing quote is considered missing."""
_MAX_QUOTED_BYTES = 10_000
"""Longest line that may be part of a quoted cell (bytes)."""


def read_smi(lines: Iterable[bytes]) -> Iterator[RecordEntry]:
    """Yield the records of a SMILES file; blank lines, ``#`` lines and a header line are not records."""
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
    """Delimiter of a table, and the indices of its SMILES and name columns."""

    delimiter: str
    smiles: int
    name: int | None
    width: int


def find_columns(header: str) -> Columns | None:
    """Find the columns in the header row of a table; None if there is no SMILES column."""
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
    """Yield the records of a table, given the lines after its header; blank lines are not records."""
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
    """Yield the cells of each row, or its fault. A quote that is never closed spoils only its row."""
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
                    # Only a line with a quote can close the cell, so other lines need not be parsed.
                    cells = _cells(joined, delimiter) if b'"' in more else None
                if cells is None:
                    lookahead.extendleft(reversed(joined[1:]))
            yield 'unparsable: a quote (") is opened and not closed' if cells is None else cells


def _cells(lines: list[bytes], delimiter: str) -> list[str] | str | None:
    """Return the cells of a row (one or more lines), or its fault; None if a quoted cell is open."""
    parts = [decode(line).replace("\0", "\ufffd").replace("\r", " ") + "\n" for line in lines]
    fault = ""
    # The strict reader detects an open quote; the lenient one accepts other irregularities.
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
