"""Parse tables of numbers in text: column separators, decimal signs and comments."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

__all__ = ["NUMBER", "DelimitedTable", "TableRow", "parse_table", "read_rows"]

NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,18})?|\.\d{1,18})(?:[eEdD][+-]?\d{1,3})?")
"""A number with a decimal point."""
_COMMENT = re.compile(r"\s*(?:#|%|//|\$\$|!|\*\*)")
_COMMA_NUMBER = re.compile(r"[+-]?\d{1,15},\d{1,18}(?:[eE][+-]?\d{1,3})?")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_COMMA_PAIR = re.compile(r"\s*[+-]?\d{1,3},\d{1,4}\s*")
_SAMPLE_LINES = 50


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table."""

    line: int
    """Number of the line in the file, from 1."""
    cells: tuple[str, ...]
    """Stripped cells; numbers have decimal points."""

    def number(self, column: int) -> float | None:
        """Return the number in a column; None where there is none."""
        if column >= len(self.cells) or NUMBER.fullmatch(self.cells[column]) is None:
            return None
        return float(self.cells[column].replace("d", "e").replace("D", "e"))


@dataclass(frozen=True)
class DelimitedTable:
    """A table with its heading and its comments."""

    rows: tuple[TableRow, ...]
    heading: TableRow | None
    """The first line, if it does not begin with a number."""
    comments: str
    """The comment lines."""


def parse_table(text: str) -> DelimitedTable:
    """Split a plain text into cells; quotes are honoured, and blank lines are skipped.

    >>> parse_table("7,26; 1,0").rows
    (TableRow(line=1, cells=('7.26', '1.0')),)
    """
    comments: list[str] = []
    rows = tuple(read_rows(text, comments))
    heading = rows[0] if rows and rows[0].number(0) is None else None
    return DelimitedTable(rows[1:] if heading else rows, heading, "\n".join(comments))


def read_rows(text: str, comments: list[str]) -> Iterator[TableRow]:
    """Yield the rows of a table one by one, the heading among them, so that a long table takes no memory.

    Parameters
    ----------
    comments
        Comment lines are appended to it as they are passed.
    """
    data = _data_lines(text, comments)
    first = list(islice(data, _SAMPLE_LINES + 1))
    sample = [line for _, line in first]
    delimiter = _delimiter(sample[1:] if len(sample) > 1 else sample)
    decimal_comma = delimiter != "," and any(
        _COMMA_NUMBER.fullmatch(cell) for line in sample for cell in _cells(line, delimiter)
    )
    for number, line in chain(first, data):
        cells = _cells(line, delimiter)
        if decimal_comma:
            cells = [_COMMA.sub(".", cell) for cell in cells]
        yield TableRow(number, tuple(cells))


def _data_lines(text: str, comments: list[str]) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is neither blank nor a comment; the text is never split as a whole."""
    number, start = 0, 0
    while start <= len(text):
        number += 1
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        line = text[start:stop]
        start = stop + 1
        if _COMMENT.match(line):
            comments.append(line)
        elif line.strip():
            yield number, line


def _delimiter(sample: list[str]) -> str:
    """Separator of the columns: a semicolon, a tab, a comma, or else blanks."""
    for separator in ";\t":
        if sum(separator in line for line in sample) > len(sample) / 2:
            return separator
    if sample and all(_COMMA_PAIR.fullmatch(line) for line in sample):
        # Shifts alone, with decimal commas.
        return " "
    without_decimals = [_COMMA.sub("", line) for line in sample]
    if any("," in line for line in sample):
        blanks = sum(len(line.split()) > 1 for line in without_decimals)
        points = any(re.search(r"\d\.\d", line) for line in sample)
        if not points and blanks == len(sample) and not any("," in line for line in without_decimals):
            return " "
        return ","
    return " "


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    if '"' in line:
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
        except (csv.Error, StopIteration):
            pass
    cells = [cell.strip() for cell in line.split(delimiter)]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells
