"""Libraries of candidate molecules: SD files, SMILES files and tables of any size, read as streams."""

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
    """An open library: its format, its hash, and its records, which can be read repeatedly.

    Attributes
    ----------
    path
        The file, or ``-`` for standard input.
    label
        Name of the library in messages.
    format
        ``sdf``, ``smi`` or ``csv``, detected from the content.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.path: Path | str = source.path
        self.label = source.label
        self.format: LibraryFormat = detect_format(source.head, source.label)

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored bytes (compressed or not), computed at the first use."""
        return self._source.sha256

    def records(self) -> Iterator[RawRecord]:
        """Yield every record in order; invalid ones carry their fault. One record is held at a time.

        Blank lines, comment lines (``#``) and header lines are not records and have no index.

        Raises
        ------
        LibraryError
            If the data break off or cannot be read further; the message gives the number of complete
            records. Also if the library has no record.
        """
        kind: RecordKind = "molblock" if self.format == "sdf" else "smiles"
        count = 0
        try:
            for entry in self._entries():
                yield RawRecord(count, entry.name, entry.text, kind, entry.fault)
                count += 1
        except LibraryError as error:
            raise LibraryError(self.label, f"after {count:,} complete records: {error.reason}") from error
        if count == 0:
            raise LibraryError(self.label, "holds no record; give a library with at least one")

    def _entries(self) -> Iterator[RecordEntry]:
        lines = self._source.lines()
        if self.format == "sdf":
            return read_sdf(lines)
        if self.format == "smi":
            return read_smi(lines)
        header = next((line for line in lines if line.strip() and not line.lstrip().startswith(b"#")), b"")
        if b"\r" in header.rstrip(b"\r\n"):
            reason = "a carriage return is inside the header; save the table with line feeds at the ends of lines"
            raise LibraryError(self.label, reason)
        columns = find_columns(decode(header).strip())
        if columns is None:
            return read_smi(chain((header,), lines))
        return read_table(lines, columns)


def open_library(path: Path | str) -> Library:
    """Open a library of candidates.

    Parameters
    ----------
    path
        An SD or mol file, a SMILES file (``SMILES name`` per line), or a CSV or TSV file with a column
        ``smiles`` and optionally a column ``name``, ``id`` or ``title``. Each may be compressed with
        gzip. The content determines the format; the extension is only a hint. ``-`` is standard input.

    Raises
    ------
    LibraryError
        If the file is missing, unreadable, empty, or has none of these formats.
    """
    return Library(ByteSource(path))
