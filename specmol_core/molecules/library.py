"""Libraries of candidate molecules, streamed: SD files, SMILES files and tables, of any size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from specmol_core.errors import LibraryError
from specmol_core.molecules.formats import LibraryFormat, detect_format
from specmol_core.molecules.parallel import parse_records
from specmol_core.molecules.records import Candidate, ParsedRecord, RawRecord, RecordKind, RejectedRecord
from specmol_core.molecules.sdf import RecordEntry, read_sdf
from specmol_core.molecules.smiles_lines import find_columns, read_smi, read_table
from specmol_core.molecules.source import STDIN, ByteSource, hash_file
from specmol_core.molecules.text_lines import decode

__all__ = [
    "STDIN",
    "Candidate",
    "Library",
    "ParsedRecord",
    "RawRecord",
    "RejectedRecord",
    "hash_file",
    "open_library",
    "parse_records",
]


class Library:
    """An open library: its format, its hash, and its records as often as wanted.

    Attributes
    ----------
    path
        The file, or ``-``.
    label
        The name for messages.
    format
        ``sdf``, ``smi`` or ``csv``, by content.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.path: Path | str = source.path
        self.label = source.label
        self.format: LibraryFormat = detect_format(source.head, source.label)

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes as stored, compressed or not; computed at the first use."""
        return self._source.sha256

    def records(self) -> Iterator[RawRecord]:
        """Every record, in order. Faulty ones come with their fault; nothing but one record is held.

        Blank lines, comment lines (``#``) and header lines are no records and have no index.

        Raises
        ------
        LibraryError
            Where the data break off or cannot be read further, naming the last whole record; or without a record.
        """
        kind: RecordKind = "molblock" if self.format == "sdf" else "smiles"
        count = 0
        try:
            for entry in self._entries():
                yield RawRecord(count, entry.name, entry.text, kind, entry.fault)
                count += 1
        except LibraryError as error:
            raise LibraryError(self.label, f"after {count:,} whole records: {error.reason}") from error
        if count == 0:
            raise LibraryError(self.label, "holds no record; give a library with at least one")

    def _entries(self) -> Iterator[RecordEntry]:
        lines = self._source.lines()
        if self.format == "sdf":
            return read_sdf(lines)
        if self.format == "smi":
            return read_smi(lines)
        header = next((line for line in lines if line.strip() and not line.lstrip().startswith(b"#")), b"")
        columns = find_columns(decode(header).strip())
        if columns is None:
            return read_smi(chain((header,), lines))
        return read_table(lines, columns)


def open_library(path: Path | str) -> Library:
    """Open a library of candidates.

    Parameters
    ----------
    path
        An SD or mol file, a SMILES file (``SMILES name`` a line), or a CSV or TSV file with a column named
        ``smiles`` and perhaps one named ``name``, ``id`` or ``title``; each plain or gzip-compressed. The content
        decides, the extension only helps. ``-`` is standard input.

    Raises
    ------
    LibraryError
        If the file is missing, unreadable, empty, or none of these.
    """
    return Library(ByteSource(path))
