"""SMILES files (``SMILES name`` per line) and tables with a SMILES column."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from specmol_core.molecules.sdf import RecordEntry
from specmol_core.molecules.table_layout import BLANK, TableLayout
from specmol_core.molecules.text_lines import clean_name, decode, is_truncated

__all__ = ["read_smi", "read_table"]

_NO_NAMES = frozenset(("nan", "null", "none", "n/a", "#n/a", "-"))
"""What programs write into a cell without a name."""
_LONGEST_NO_NAME = max(map(len, _NO_NAMES))
_LINE_FAULT = "too large: a line of more than 1 MB"
_MAX_QUOTED_LINES = 100
"""Largest number of lines of a quoted cell; beyond that its closing quote is considered missing."""
_MAX_QUOTED_BYTES = 10_000
"""Longest line that may be part of a quoted cell (bytes)."""


def read_smi(lines: Iterable[bytes]) -> Iterator[RecordEntry]:
    """Yield the records of a SMILES file, given the lines after its header.

    Blank lines and lines that begin with ``#`` are not records.
    """
    for line in lines:
        if is_truncated(line):
            yield RecordEntry("", "", _LINE_FAULT)
            continue
        text = decode(line).strip()
        if not text or text.startswith("#"):
            continue
        smiles, _, rest = text.replace("\t", " \t", 1).partition(" ")
        rest = rest.strip()
        if rest.startswith("|") and (end := rest.find("|", 1)) > 0:
            smiles, rest = f"{smiles} {rest[: end + 1]}", rest[end + 1 :].strip()
        yield RecordEntry(clean_name(rest.split("\t")[0]), smiles)


def read_table(lines: Iterable[bytes], layout: TableLayout) -> Iterator[RecordEntry]:
    """Yield the records of a table, given the lines after its header.

    Blank rows are not records, and neither are lines that begin with ``#`` and have too few cells.
    """
    column, minimum = layout.smiles[0], max(layout.smiles[0], 0)
    for cells in _rows(lines, layout.delimiter):
        if isinstance(cells, str):
            yield RecordEntry("", "", cells)
            continue
        name = _rest(cells, layout) if layout.is_rest_name else _first_name(cells, layout.names)
        if len(cells) <= minimum:
            if not any(cells) or cells[0].startswith("#"):
                continue
            fault = f"unparsable: the row has {len(cells)} cells, SMILES is in column {column + 1}"
            yield RecordEntry(name, "", fault)
            continue
        smiles = cells[column].strip()
        for other in layout.smiles[1:] if not smiles else ():
            smiles = smiles or (cells[other].strip() if other < len(cells) else "")
        if smiles or any(map(str.strip, cells)):
            yield RecordEntry(name, smiles, "" if smiles else "empty")


def _first_name(cells: list[str], columns: Sequence[int]) -> str:
    """Return the first filled of these cells."""
    for column in columns:
        if (
            column < len(cells)
            and (name := clean_name(cells[column]))
            and (len(name) > _LONGEST_NO_NAME or name.lower() not in _NO_NAMES)
        ):
            return name
    return ""


def _rest(cells: list[str], layout: TableLayout) -> str:
    others = cells[1:] if layout.smiles[0] == 0 else cells[:-1]
    return clean_name(layout.delimiter.join(others))


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
    if delimiter == BLANK:
        parts = [" ".join(part.split()) for part in parts]
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
