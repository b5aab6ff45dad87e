"""Parse tables of numbers in text: column separators, decimal signs, rulers and comments."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, product

__all__ = ["NUMBER", "TableRow", "comment_cells", "read_rows"]

NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,18})?|\.\d{1,18})(?:[eEdD][+-]?\d{1,3})?")
"""A number with a decimal point."""
_COMMENT = re.compile(r"\s*(?:#|%|//|\$\$|!|\*\*)")
_SUMMARY = re.compile(
    r"[\s|]*(?:\d{1,5}\s+(?:peaks?|signals?|lines?|rows?|entries|resonances?)|(?:total|sum|end)\b[^\d\n]{0,40})[\s|;,]*",
    re.IGNORECASE,
)
"""A line at the end that only counts: ``13 peaks``."""
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3}),(?=\d{3}\.\d)")
"""Comma before the thousands of a number."""
_UNIT_APART = re.compile(r"(?<=\d)[ \u00a0](?=(?:ppm|%)(?:\s|$))")
_RULER = re.compile(r"[\s|+:=-]*(?:-{2,}|={2,})[\s|+:=-]*")
"""A line that only separates, as below the heading of a Markdown table."""
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""First line of a CSV file that names its separator, as Excel writes and reads it."""
_COMMA_NUMBER = re.compile(r"[+-]?\d{1,15},\d{1,18}(?:[eE][+-]?\d{1,3})?(?:\s?(?:ppm|Hz|%|[*†‡§]))?")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_COMMA_PAIR = re.compile(r"\s*\"?[+-]?\d{1,3},\d{1,4}(?:\"|\s?[*†‡§]| ?ppm)?\s*")
_STARTS_WITH_NUMBER = re.compile(r"[\s\"|]*[+-]?\.?\d[\d.eE+-]*(?=[\s\"|,;)*†‡§]|ppm|$)")
_WIDE_BLANKS = re.compile(r"\s{2,}")
_BLANKS, _ALIGNED = " ", "  "
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
        if not 0 <= column < len(self.cells) or NUMBER.fullmatch(self.cells[column]) is None:
            return None
        return float(self.cells[column].replace("d", "e").replace("D", "e"))


def read_rows(text: str, comments: list[str]) -> Iterator[TableRow]:
    """Yield the rows of a table one by one, headings among them, so that a long table takes no memory.

    Quotes are honoured; blank lines and rulers are skipped.

    Parameters
    ----------
    comments
        Comment lines are appended to it as they are passed.

    Examples
    --------
    >>> list(read_rows("7,26; 1,0", []))
    [TableRow(line=1, cells=('7.26', '1.0'))]
    >>> list(read_rows("| ppm | J |\\n|---|---|\\n| 7.26 | 8.0 |", []))[1].cells
    ('7.26', '8.0')
    """
    data = _data_lines(text, comments)
    first = list(islice(data, _SAMPLE_LINES + 1))
    stated = _SEPARATOR.fullmatch(first[0][1]) if first else None
    if stated is not None:
        comments.append(first.pop(0)[1])
    sample = [line for _, line in first]
    delimiter = stated[1] if stated is not None else _delimiter(_lines_of_numbers(sample))
    # Between commas, only a quoted cell can hold one.
    decimal_comma = any(_COMMA_NUMBER.fullmatch(cell) for line in sample for cell in _cells(line, delimiter))
    words = _word_delimiter(sample, delimiter)
    is_grouped = delimiter in (_BLANKS, _ALIGNED) and not decimal_comma
    for number, line in chain(first, data):
        cells = _cells(_GROUPED.sub(r"\1", line) if is_grouped else line, delimiter)
        if words != delimiter and not any(NUMBER.fullmatch(cell) for cell in cells):
            cells = _cells(line, words)
        if decimal_comma:
            cells = [_COMMA.sub(".", cell) for cell in cells]
        yield TableRow(number, tuple(cells))


def comment_cells(comments: list[str], count: int) -> tuple[str, ...]:
    """Cells of the last comment that has ``count`` of them, as in a heading after ``#``; else none.

    >>> comment_cells(["# by hand", "# ppm intensity"], 2)
    ('ppm', 'intensity')
    """
    for comment in reversed(comments):
        bare = re.sub(r"^[\s#%/$!*]+", "", comment).strip()
        # A sign of a comment may also be the name of the first column.
        for delimiter, line in product(("\t", ";", ",", "|", _ALIGNED, _BLANKS), (bare, comment.strip())):
            cells = _cells(line, delimiter)
            if len(cells) == count and not any(NUMBER.fullmatch(cell) for cell in cells):
                return tuple(cells)
    return ()


def _data_lines(text: str, comments: list[str]) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is neither blank, comment nor ruler; the text is never split as a whole."""
    number, start = 0, 0
    while start <= len(text):
        number += 1
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        line = text[start:stop]
        start = stop + 1
        if _COMMENT.match(line) or _SUMMARY.fullmatch(line):
            comments.append(line)
        elif line.strip() and not _RULER.fullmatch(line):
            yield number, line


def _lines_of_numbers(sample: list[str]) -> list[str]:
    """The lines that begin with a number; without any, those after the first."""
    return [line for line in sample if _STARTS_WITH_NUMBER.match(line)] or sample[1:] or sample


def _delimiter(sample: list[str]) -> str:
    """Separator of the columns: a semicolon, a tab, a bar, a comma, or else blanks."""
    for separator in ";\t|":
        if sum(separator in line for line in sample) > len(sample) / 2:
            return separator
    if sample and all(_COMMA_PAIR.fullmatch(line) for line in sample):
        # Shifts alone, with decimal commas.
        return _BLANKS
    if not any("," in _GROUPED.sub("", line) or len(line.split()) < 2 for line in sample):
        sample = [_GROUPED.sub(r"\1", line) for line in sample]
    without_decimals = [_COMMA.sub("", line) for line in sample]
    if any("," in line for line in sample) and not _is_aligned(sample):
        blanks = sum(len(line.split()) > 1 for line in without_decimals)
        points = any(re.search(r"\d\.\d", line) for line in sample)
        if not points and blanks == len(sample) and not any("," in line for line in without_decimals):
            return _BLANKS
        return ","
    return _ALIGNED if _is_aligned(sample) else _BLANKS


def _word_delimiter(sample: list[str], delimiter: str) -> str:
    """Separator of lines without numbers: two blanks, if these make as many columns as the numbers have."""
    if delimiter != _BLANKS:
        return delimiter
    width = max((len(line.split()) for line in _lines_of_numbers(sample)), default=0)
    return _ALIGNED if width > 1 and any(len(_WIDE_BLANKS.split(line.strip())) == width for line in sample) else _BLANKS


def _is_aligned(sample: list[str]) -> bool:
    """Whether two blanks or more separate the columns, so that single ones belong to a cell."""
    counts = [len(_WIDE_BLANKS.split(line.strip())) for line in sample]
    usual = max(set(counts), key=counts.count, default=0)
    has_single = any(re.search(r"\S \S", line) for line in sample)
    ends_in_comma = any(re.search(r",\s{2,}", line) for line in sample)
    return usual > 1 and has_single and not ends_in_comma and counts.count(usual) > 0.6 * len(counts)


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == _BLANKS:
        return [cell.strip('"') for cell in _UNIT_APART.sub("", line).split()]
    if delimiter == _ALIGNED:
        return _WIDE_BLANKS.split(line.strip())
    if '"' in line:
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
        except (csv.Error, StopIteration):
            pass
    if delimiter == "|":
        line = re.sub(r"^\s*\||\|\s*$", "", line)
    cells = [cell.strip() for cell in line.split(delimiter)]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells
