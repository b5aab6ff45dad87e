"""Libraries of candidate molecules: files of structures and tables of any size, read as streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from specmol_core.errors import LibraryError
from specmol_core.molecules.formats import LibraryFormat, detect_format
from specmol_core.molecules.mol2 import read_mol2
from specmol_core.molecules.parallel import parse_records
from specmol_core.molecules.rdf import read_rdf
from specmol_core.molecules.records import Candidate, ParsedRecord, RawRecord, RecordKind, RejectedRecord
from specmol_core.molecules.sdf import RecordEntry, read_sdf
from specmol_core.molecules.smiles_lines import read_smi, read_table
from specmol_core.molecules.source import STDIN, ByteSource, hash_file

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


_KINDS: dict[LibraryFormat, RecordKind] = {
    "sdf": "molblock",
    "rdf": "molblock",
    "mol2": "mol2",
    "smi": "smiles",
    "csv": "smiles",
}
_BLOCK_READERS: dict[LibraryFormat, Callable[[Iterable[bytes]], Iterator[RecordEntry]]] = {
    "sdf": read_sdf,
    "rdf": read_rdf,
    "mol2": read_mol2,
}


class Library:
    """An open library: its format, its hash, and its records, which can be read repeatedly.

    Attributes
    ----------
    path
        The file, or ``-`` for standard input.
    label
        Name of the library in messages.
    format
        ``sdf``, ``rdf``, ``mol2``, ``smi`` or ``csv``, detected from the content.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.path: Path | str = source.path
        self.label = source.label
        detected = detect_format(source.head, source.label)
        self.format: LibraryFormat = detected.name
        self._layout = detected.layout

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
        kind = _KINDS[self.format]
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
        if self.format in _BLOCK_READERS:
            return _BLOCK_READERS[self.format](lines)
        lines = islice(lines, self._layout.skipped, None)
        return read_smi(lines) if self._layout.is_plain else read_table(lines, self._layout)


def open_library(path: Path | str) -> Library:
    """Open a library of candidates.

    Parameters
    ----------
    path
        An SD or mol file, an RD file, a mol2 file, a SMILES file (``SMILES name`` per line), or a table
        with a column of SMILES. Each may be compressed with gzip. The content determines the format; the
        extension is only a hint. ``-`` is standard input.

    Raises
    ------
    LibraryError
        If the file is missing, unreadable, empty, or has none of these formats.
    """
    return Library(ByteSource(path))
