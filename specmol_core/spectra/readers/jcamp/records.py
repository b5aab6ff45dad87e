"""Split a JCAMP-DX file into blocks of labelled data records."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cached_property

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Block", "Record", "parse_blocks"]

_MAX_RECORDS = 200_000
_MAX_VALUE_BYTES = 4096
"""Bytes of the value of a parameter that are read; tables of data are read elsewhere."""
_IGNORED_IN_LABELS = dict.fromkeys(code for code in range(256) if re.match(r"[\s\-/_]", chr(code)))
"""Translation table that removes the characters ignored in labels."""
_COMMENT = re.compile(rb"\$\$[^\n]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TABLE_LABELS = ("XYDATA", "XYPOINTS", "PEAKTABLE", "PEAKASSIGNMENTS", "DATATABLE", "RADATA")


@dataclass(frozen=True)
class Record:
    """One labelled data record: ``##LABEL= value``."""

    label: str
    """Label in upper case, without spaces, dashes, slashes and underscores, as the standard
    compares labels."""
    value: memoryview
    """Bytes up to the next record."""
    line: int
    """Line of the label in the file, from 1."""

    @property
    def text(self) -> str:
        """Value without comments, on one line."""
        start = _COMMENT.sub(b"", bytes(self.value[:_MAX_VALUE_BYTES]))
        try:
            decoded = start.decode("utf-8")
        except UnicodeDecodeError:
            decoded = start.decode("latin-1")
        return " ".join(decoded.split())

    @cached_property
    def form(self) -> str:
        """First line of a table, which states the form of the rest, such as ``(X++(Y..Y))``."""
        head, _, _ = _COMMENT.sub(b"", bytes(self.value[:_MAX_VALUE_BYTES])).partition(b"\n")
        return "".join(head.decode("latin-1").split()).upper()

    @property
    def body(self) -> bytes:
        """Lines of a table except the first, without comments."""
        head = bytes(self.value[:_MAX_VALUE_BYTES])
        end = head.find(b"\n") + 1
        rest = bytes(self.value[end:]) if end else b""
        return _COMMENT.sub(b"", rest) if b"$$" in rest else rest


@dataclass
class Block:
    """One block, from ``##TITLE=`` to ``##END=``."""

    line: int
    parent: Block | None = None
    records: dict[str, Record] = field(default_factory=dict)
    """Parameters by label; the first of several counts."""
    tables: list[Record] = field(default_factory=list)
    """Tables of data, in the order of the file."""
    pages: list[str] = field(default_factory=list)
    """Page of each table, such as ``T=60``; empty for a table on none."""
    page: str = ""
    """Page of the tables that come next."""

    def text(self, *labels: str) -> str:
        """First value of these labels, here or in a parent block; empty if there is none."""
        for label in labels:
            block: Block | None = self
            while block is not None:
                if label in block.records and (value := block.records[label].text):
                    return value
                block = block.parent
        return ""

    def number(self, *labels: str) -> float | None:
        """First number in the value of the first of these labels; None if there is none."""
        for label in labels:
            numbers = self.numbers(label)
            if numbers:
                return numbers[0]
        return None

    def numbers(self, label: str) -> list[float]:
        """Numbers at the beginning of a value, separated by commas or blanks, also in brackets."""
        numbers = []
        for part in self.text(label).strip("<>()").replace(",", " ").split():
            if not _NUMBER.fullmatch(part) or not math.isfinite(float(part)):
                break
            numbers.append(float(part))
        return numbers

    def words(self, label: str) -> list[str]:
        """Parts of a value between commas, upper case."""
        return [part.strip().upper() for part in self.text(label).split(",")]

    def comment(self, label: str) -> str:
        """Comment behind the value of a label, here or in a parent block, such as the writing program."""
        block: Block | None = self
        while block is not None:
            if label in block.records:
                line = bytes(block.records[label].value[:_MAX_VALUE_BYTES]).partition(b"\n")[0]
                return line.partition(b"$$")[2].decode("latin-1").strip()
            block = block.parent
        return ""

    @property
    def title(self) -> str:
        """Title of this block, not of its parent."""
        record = self.records.get("TITLE")
        return record.text if record else ""


def parse_blocks(content: bytes) -> list[Block]:
    """Split a file into its blocks; a LINK block comes before the blocks inside it.

    If ``##END=`` is missing, the next title or the end of the file ends a block.

    Raises
    ------
    RefusedError
        If the file has no block, or too many records.

    Examples
    --------
    >>> parse_blocks(b"##TITLE= caffeine\\n##END=\\n")[0].title
    'caffeine'
    """
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    view = memoryview(content)
    starts = _record_starts(content)
    blocks: list[Block] = []
    current: Block | None = None
    line, counted_to = 1, 0
    for index, (begin, label_start) in enumerate(starts):
        line += content.count(b"\n", counted_to, begin)
        counted_to = begin
        end = starts[index + 1][0] if index + 1 < len(starts) else len(content)
        record = _record(content, view, label_start, end, line)
        current = _add_record(record, current, blocks)
    if not blocks:
        raise RefusedError("holds no JCAMP-DX block (##TITLE=): export the spectrum again")
    return blocks


def _record_starts(content: bytes) -> list[tuple[int, int]]:
    """Index of the line of each record, and of its label after ``##``; only blanks may precede
    ``##``."""
    starts: list[tuple[int, int]] = []
    before, mark = -1, content.find(b"##")
    while mark >= 0:
        line = content.rfind(b"\n", max(before, 0), mark) + 1
        if (line or before < 0) and not content[line:mark].strip(b" \t"):
            starts.append((line, mark + 2))
            if len(starts) > _MAX_RECORDS:
                raise RefusedError(f"holds more than {_MAX_RECORDS} JCAMP-DX records: export the spectrum alone")
        before, mark = mark, content.find(b"##", mark + 2)
    return starts


def _record(content: bytes, view: memoryview, start: int, end: int, line: int) -> Record:
    line_end = content.find(b"\n", start, end)
    line_end = end if line_end < 0 else line_end
    equals = content.find(b"=", start, line_end)
    label_end, value_start = (equals, equals + 1) if equals >= 0 else (line_end, line_end)
    label = content[start : min(label_end, start + 256)].decode("latin-1").upper()
    return Record(label.translate(_IGNORED_IN_LABELS), view[value_start:end], line)


def _add_record(record: Record, current: Block | None, blocks: list[Block]) -> Block | None:
    """Add a record to its block; return the block of the next record."""
    if record.label == "END":
        return current.parent if current else None
    if record.label == "TITLE" or current is None:
        parent = current
        # Only a LINK block contains blocks; a title in any other block means that its end is
        # missing.
        while parent is not None and "LINK" not in parent.text("DATATYPE", "DATACLASS").upper():
            parent = parent.parent
        current = Block(record.line, parent)
        blocks.append(current)
    if record.label in _TABLE_LABELS:
        current.tables.append(record)
        current.pages.append(current.page)
    elif record.label == "PAGE":
        current.page = record.text
    else:
        current.records.setdefault(record.label, record)
    return current
