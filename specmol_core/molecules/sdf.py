"""SD files split into mol blocks, without RDKit.

RDKit's supplier merges records whose separator is missing, and may loop forever on invalid counts.
Here every ``$$$$`` line ends a record, a missing one is detected, and a record that is too large is
skipped without being held in memory. ``mol_block`` repairs the layout of single records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from specmol_core.molecules.column_names import name_rank
from specmol_core.molecules.mol_block import mol_block, structure_lines
from specmol_core.molecules.text_lines import clean_name, decode

__all__ = ["MAX_RECORD_BYTES", "RecordEntry", "read_sdf", "record_entry", "too_large_entry"]

MAX_RECORD_BYTES = 5_000_000
"""Largest size of a record (bytes); a mol block of 60 atoms has about 5,000 bytes."""

_FIELD = re.compile(rb">.*?<([^<>]+)>")


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
                    yield record_entry(piece)
                size = sum(map(len, buffer)) + len(buffer)
                is_oversized = size > MAX_RECORD_BYTES
                if is_oversized:
                    buffer = buffer[:4]
    if is_oversized or any(line.strip() for line in buffer):
        yield from _entries(buffer, is_oversized, is_ended=False)


def _entries(buffer: list[bytes], is_oversized: bool, *, is_ended: bool = True) -> Iterator[RecordEntry]:
    if is_oversized:
        yield too_large_entry(clean_name(buffer[0]) if buffer else "")
        return
    for piece in _split(buffer):
        yield record_entry(piece, is_ended=is_ended)


def too_large_entry(name: str) -> RecordEntry:
    """Return a record that was skipped because it has more than ``MAX_RECORD_BYTES``."""
    return RecordEntry(name, "", f"too large: a record of more than {MAX_RECORD_BYTES // 1_000_000} MB")


def _split(lines: list[bytes]) -> list[list[bytes]]:
    """Split a record whose separators are missing into pieces.

    The result is the whole record if it has no missing separator or cannot be split safely.
    """
    text = b"\n".join(lines)
    if text.count(b"V2000") + text.count(b"V3000") < 2:
        return [lines]  # true of nearly all records, and decided without a loop over the lines
    counts, ends = structure_lines(lines)
    starts = [max(i - 3, 0) for i in counts]
    if len(starts) < 2:
        return [lines]
    for before, start in pairwise(starts):
        # A header that begins inside the previous block is indistinguishable from the block.
        if not any(before + 3 < end < start for end in ends):
            return [lines]
    edges = [0, *starts[1:], len(lines)]
    return [lines[a:b] for a, b in pairwise(edges)]


def record_entry(lines: Sequence[bytes], *, is_ended: bool = True) -> RecordEntry:
    """Return one record with its name and its mol block, or the fault of its layout.

    Parameters
    ----------
    lines
        Title, mol block and data items.
    is_ended
        See ``mol_block``.
    """
    if not any(line.strip() for line in lines):
        return RecordEntry("", "", "empty")
    block = mol_block(lines, is_ended=is_ended)
    name = _name(block.lines, block.stop)
    if block.fault:
        return RecordEntry(name, "", block.fault)
    return RecordEntry(name, decode(b"\n".join(block.lines[: block.stop])) + "\n")


def _name(lines: Sequence[bytes], stop: int) -> str:
    """Return the title line, or else a data item with a name, or else one with an identifier, or else ''."""
    if title := clean_name(lines[0]):
        return title
    found: list[tuple[int, str]] = []
    for i in range(stop, len(lines) - 1):
        field = _FIELD.match(lines[i]) if lines[i].startswith(b">") else None
        rank = name_rank(decode(field[1])) if field else None
        if rank is not None and (value := clean_name(lines[i + 1])):
            found.append((rank, value))
    return min(found)[1] if found else ""
