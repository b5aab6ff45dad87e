"""The mol block of a record: where it begins and ends, and repair of the faults that programs often make.

Programs leave out a line of the header or ``M  END``, or write a blank line inside the block. RDKit refuses
such blocks, although nothing of the molecule is missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from specmol_core.molecules.text_lines import MAX_LINE_BYTES

__all__ = ["MolBlock", "mol_block", "structure_lines"]

_COUNTS = re.compile(rb"([ \d]{3})([ \d]{3}).*V([23])000\s*$")
_PROGRAM_LINE = re.compile(rb".{20}[23]D|.{10}\d{10}", re.DOTALL)
"""The second line of a header: initials, program, date, and 2D or 3D in fixed columns."""
_HEADER_LINES = 3


class MolBlock(NamedTuple):
    """The lines of a record, with the header and the end where the format wants them."""

    lines: Sequence[bytes]
    """Title, mol block and data items."""
    stop: int
    """Number of lines up to the end of the mol block."""
    fault: str = ""
    """Reason if the block cannot be read."""


def mol_block(lines: Sequence[bytes], *, is_ended: bool) -> MolBlock:
    """Find the mol block in the lines of a record, and repair it.

    Parameters
    ----------
    lines
        The lines of one record without its ``$$$$`` line; at least one is not blank.
    is_ended
        Whether the record is whole: a separator follows it. A block without ``M  END`` at the end of a file
        may be cut off, and then charges would be missing, so it is a fault.
    """
    block = _regular(lines) or _repaired(lines, is_ended)
    if not block.fault and max(map(len, block.lines[: block.stop])) > MAX_LINE_BYTES:
        return block._replace(fault="unparsable: a line of the mol block is too long")
    return block


def structure_lines(lines: Sequence[bytes]) -> tuple[list[int], list[int]]:
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


def _regular(lines: Sequence[bytes]) -> MolBlock | None:
    """Return the block if it needs no repair, as nearly all; decided without a loop over the lines."""
    if len(lines) <= _HEADER_LINES or not _COUNTS.match(lines[_HEADER_LINES]):
        return None
    text = b"\n".join(lines)
    if text.count(b"V2000") + text.count(b"V3000") != 1 or text.count(b"\nM  END") != 1:
        return None
    try:
        end = lines.index(b"M  END", _HEADER_LINES)
    except ValueError:
        return None
    return MolBlock(lines, end + 1) if all(map(bytes.strip, lines[_HEADER_LINES:end])) else None


def _repaired(lines: Sequence[bytes], is_ended: bool) -> MolBlock:
    counts, ends = structure_lines(lines)
    if _HEADER_LINES in counts:  # the lines before it are free text and may look like a counts line
        counts = [index for index in counts if index >= _HEADER_LINES]
    if len(counts) > 1 or len(ends) > 1:
        fault = "unparsable: two molecules in one record; the $$$$ line between them is missing"
        return MolBlock(lines, ends[0] + 1 if ends else len(lines), fault)
    if not counts:
        return MolBlock(lines, ends[0] + 1 if ends else len(lines))
    header, rest = _whole_header(lines[: counts[0]]), lines[counts[0] :]
    stop = ends[0] - counts[0] if ends else next((i for i, line in enumerate(rest) if line.startswith(b">")), len(rest))
    body = _without_blanks(rest[:stop])
    whole = [*header, *body, b"M  END", *rest[stop + bool(ends) :]]
    fault = "" if ends else _missing_part(body, is_ended or stop < len(rest))
    return MolBlock(whole, len(header) + len(body) + 1, fault)


def _whole_header(header: Sequence[bytes]) -> Sequence[bytes]:
    """Return the three lines of a header: without extra blank lines, or with what is missing left blank."""
    extra = len(header) - _HEADER_LINES
    if extra > 0:
        return header if any(line.strip() for line in header[:extra]) else header[extra:]
    if extra < 0 and header and _PROGRAM_LINE.match(header[0]):
        header = [b"", *header]
    return [*header, *[b""] * (_HEADER_LINES - len(header))]


def _without_blanks(body: Sequence[bytes]) -> list[bytes]:
    """Remove blank lines, except where a line of free text is due: after an alias or abbreviation."""
    before = [b"", *body]
    return [line for i, line in enumerate(body) if line.strip() or before[i].startswith((b"A  ", b"G  "))]


def _missing_part(body: Sequence[bytes], is_ended: bool) -> str:
    """Return what a block without ``M  END`` lacks besides it; empty if nothing."""
    match = _COUNTS.match(body[0])
    if not is_ended or match is None:
        return "unparsable: it breaks off before M  END"
    if match[3] == b"3":
        return "" if any(line.startswith(b"M  V30 END CTAB") for line in body) else "unparsable: it breaks off"
    try:
        declared = int(match[1]) + int(match[2])
    except ValueError:
        return "unparsable: its counts line is damaged"
    return "" if len(body) > declared else f"unparsable: it breaks off; {declared - len(body) + 1} lines are missing"
