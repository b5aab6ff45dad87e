"""RD files (MDL, ``$RDFILE 1``) split into mol blocks; reactions are rejected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from specmol_core.molecules import sdf
from specmol_core.molecules.sdf import RecordEntry, record_entry, too_large_entry
from specmol_core.molecules.text_lines import clean_name, decode

__all__ = ["read_rdf"]

_START = re.compile(rb"\$(MFMT|RFMT|MIREG|MEREG|RIREG|REREG)\b\s*(.*)")
_NUMBER = re.compile(rb"(?:\$[MR][IE]REG\s+)?(.*)")
_FAULTS = {
    b"RFMT": "a reaction; give its compounds as molecules",
    b"RIREG": "a reaction; give its compounds as molecules",
    b"REREG": "a reaction; give its compounds as molecules",
    b"MIREG": "a reference to a database, without a structure",
    b"MEREG": "a reference to a database, without a structure",
}


def read_rdf(lines: Iterable[bytes]) -> Iterator[RecordEntry]:
    """Yield the records of an RD file, given its lines without line ends.

    A molecule begins with ``$MFMT``; ``$DTYPE`` and ``$DATUM`` lines are its data items, which are read as
    those of an SD file. It never raises an error of its own: an invalid record carries its fault.
    """
    record: _Record | None = None
    for line in lines:
        start = _START.match(line)
        if start:
            if record is not None:
                yield record.entry()
            record = _Record(start[1], start[2])
        elif record is not None:
            record.add(line)
    if record is not None:
        yield record.entry()


class _Record:
    def __init__(self, kind: bytes, number: bytes) -> None:
        match = _NUMBER.match(number)
        self._fault = _FAULTS.get(kind, "")
        self._number = clean_name(match[1]) if match else ""
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        """Add a line of the record; data items get the form that they have in an SD file."""
        if line.startswith(b"$DTYPE"):
            line = b"> <" + line.removeprefix(b"$DTYPE").strip() + b">"
        elif line.startswith(b"$DATUM"):
            line = line.removeprefix(b"$DATUM").strip()
        self._size += len(line) + 1
        if not self._fault and self._size <= sdf.MAX_RECORD_BYTES:
            self._lines.append(line)

    def entry(self) -> RecordEntry:
        """Return the record."""
        if self._fault:
            return RecordEntry(self._number, "", f"unparsable: {self._fault}")
        if self._size > sdf.MAX_RECORD_BYTES:
            return too_large_entry(self._number or decode(self._lines[0])[:200])
        entry = record_entry(self._lines)
        return entry._replace(name=entry.name or self._number)
