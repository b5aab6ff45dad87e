"""SD files split into mol blocks, without RDKit.

RDKit's supplier merges records whose separator is missing, and may loop forever on invalid counts.
Here every ``$$$$`` line ends a record, a missing one is detected, and a record that is too large is
skipped without being held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from specmol_core.molecules.text_lines import clean_name, decode, is_truncated

__all__ = ["MAX_RECORD_BYTES", "RecordEntry", "read_sdf"]

MAX_RECORD_BYTES = 5_000_000
"""Largest size of a record (bytes); a mol block of 60 atoms has about 5,000 bytes."""

_COUNTS = re.compile(rb"[ \d]{3}[ \d]{3}.*V[23]000\s*$")
_FIELD = re.compile(rb">.*?<([^<>]+)>")
_IDENTIFIER = re.compile(r"(?:.*[_ -])?(?:id|name|title|cid|cas|inchikey)", re.IGNORECASE)


class RecordEntry(NamedTuple):
    """One record of a file before it gets its index; see ``RawRecord``."""

    name: str
    text: str
    fault: str = ""


def read_sdf(lines: Iterable[bytes]) -> Iterator[RecordEntry]:
    """Yield the records of an SD or mol file, given its lines without line ends.

    It never raises an error of its own: an invalid record carries its fault.
    """
    buffer: list[bytes] = []
    size, is_oversized = 0, False
    for line in lines:
        if line.startswith(b"$$$$"):
            yield from _entries(buffer, is_oversized)
            buffer, size, is_oversized = [], 0, False
        elif not is_oversized:
            buffer.append(line)
            size += len(line) + 1
            if size > MAX_RECORD_BYTES:
                *whole, buffer = _split(buffer)
                for piece in whole:
                    yield _entry(piece)
                size = sum(map(len, buffer)) + len(buffer)
                is_oversized = size > MAX_RECORD_BYTES
                if is_oversized:
                    buffer = buffer[:4]
    if is_oversized or any(line.strip() for line in buffer):
        yield from _entries(buffer, is_oversized)


def _entries(buffer: list[bytes], is_oversized: bool) -> Iterator[RecordEntry]:
    if is_oversized:
        fault = f"too large: a record of more than {MAX_RECORD_BYTES // 1_000_000} MB"
        yield RecordEntry(clean_name(buffer[0]) if buffer else "", "", fault)
        return
    for piece in _split(buffer):
        yield _entry(piece)


def _split(lines: list[bytes]) -> list[list[bytes]]:
    """Split a record whose separators are missing into pieces.

    The result is the whole record if it has no missing separator or cannot be split safely.
    """
    text = b"\n".join(lines)
    if text.count(b"V2000") + text.count(b"V3000") < 2:
        return [lines]  # true of nearly all records, and decided without a loop over the lines
    counts, ends = _structure_lines(lines)
    starts = [max(i - 3, 0) for i in counts]
    if len(starts) < 2:
        return [lines]
    for before, start in pairwise(starts):
        # A header that begins inside the previous block is indistinguishable from the block.
        if not any(before + 3 < end < start for end in ends):
            return [lines]
    edges = [0, *starts[1:], len(lines)]
    return [lines[a:b] for a, b in pairwise(edges)]


def _structure_lines(lines: list[bytes]) -> tuple[list[int], list[int]]:
    """Return the indices of the counts lines and of the ``M  END`` lines outside data items."""
    counts: list[int] = []
    ends: list[int] = []
    in_data = False
    for i, line in enumerate(lines):
        if line.startswith(b">"):
            in_data = bool(ends)
        elif not line.strip():
            in_data = False
        elif in_data:
            continue
        elif line.startswith(b"M  END"):
            ends.append(i)
        elif line.rstrip().endswith((b"V2000", b"V3000")) and _COUNTS.match(line):
            counts.append(i)
    return counts, ends


def _entry(lines: list[bytes]) -> RecordEntry:
    """Return one record with its name and its mol block, or the fault of its layout."""
    if not any(line.strip() for line in lines):
        return RecordEntry("", "", "empty")
    counts, ends = _structure_lines(lines)
    if 3 in counts:  # the three lines before it are free text and may look like a counts line
        counts = [index for index in counts if index >= 3]
    if len(counts) == 1 and counts[0] > 3 and not any(line.strip() for line in lines[: counts[0] - 3]):
        shift = counts[0] - 3  # number of extra blank lines before the header
        lines, ends = lines[shift:], [end - shift for end in ends]
    stop = ends[0] + 1 if ends else len(lines)
    name = _name(lines, stop)
    fault = ""
    if len(counts) > 1 or len(ends) > 1:
        fault = "unparsable: two molecules in one record; the $$$$ line between them is missing"
    elif any(is_truncated(line) for line in lines[:stop]):
        fault = "unparsable: a line of the mol block is too long"
    if fault:
        return RecordEntry(name, "", fault)
    return RecordEntry(name, decode(b"\n".join(lines[:stop])) + "\n")


def _name(lines: list[bytes], stop: int) -> str:
    """Return the title line, or else the first data item that looks like an identifier, or else ''."""
    if title := clean_name(lines[0]):
        return title
    for header, value in zip(lines[stop:], lines[stop + 1 :], strict=False):
        field = _FIELD.match(header) if header.startswith(b">") else None
        if field and _IDENTIFIER.fullmatch(decode(field[1]).strip()) and (name := clean_name(value)):
            return name
    return ""
