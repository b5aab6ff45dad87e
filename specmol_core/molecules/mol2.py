"""Mol2 files (Tripos) split into records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specmol_core.molecules import sdf
from specmol_core.molecules.sdf import RecordEntry, too_large_entry
from specmol_core.molecules.text_lines import clean_name, decode

__all__ = ["read_mol2"]

_START = b"@<TRIPOS>MOLECULE"


def read_mol2(lines: Iterable[bytes]) -> Iterator[RecordEntry]:
    """Yield the records of a mol2 file, given its lines without line ends.

    Comments (``#``) and what stands before the first molecule are not records. It never raises an error of
    its own: an invalid record carries its fault.
    """
    record: list[bytes] | None = None
    size = 0
    for line in lines:
        if line.startswith(_START):
            if record is not None:
                yield _entry(record, size)
            record, size = [], 0
        if record is not None and not line.startswith(b"#"):
            size += len(line) + 1
            if size <= sdf.MAX_RECORD_BYTES:
                record.append(line)
    if record is not None:
        yield _entry(record, size)


def _entry(record: list[bytes], size: int) -> RecordEntry:
    # Programs write asterisks where a molecule has no name.
    name = clean_name(record[1]).strip("*") if len(record) > 1 else ""
    if size > sdf.MAX_RECORD_BYTES:
        return too_large_entry(name)
    return RecordEntry(name, decode(b"\n".join(record)) + "\n")
