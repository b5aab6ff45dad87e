"""The input of embedding: the identity of a library, and its parsed records from any index on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specmol_core.config import EmbedConfig
from specmol_core.molecules.records import ParsedRecord
from specmol_core.retrieval.cache.manifest import Origin

if TYPE_CHECKING:
    from specmol_core.molecules.library import Library

__all__ = ["LibraryRecords", "records_of_library"]


@dataclass(frozen=True)
class LibraryRecords:
    """The parsed records of one library."""

    label: str
    """Name of the library in messages."""
    origin: Origin
    path: Path | None
    """The library file; None for a stream, which can only be read once."""
    parse_from: Callable[[int], Iterator[Sequence[ParsedRecord]]]
    """Yields batches of parsed records in order, starting at the record with this index."""
    is_unchanged: Callable[[], bool]
    """Whether the file has not changed since it was hashed."""


def records_of_library(library: Library, config: EmbedConfig, parser: str) -> LibraryRecords:
    """Return the records of an open library, to be parsed with these settings.

    Parameters
    ----------
    library, config
        Library to parse, and settings of the parser.
    parser
        ``module:function`` that parses one record into the graph that the model embeds
        (``Matcher.parser``).

    Raises
    ------
    LibraryError
        If the library cannot be read to its end to compute its hash.
    """
    from specmol_core.molecules.library import parse_records

    # A named pipe is a stream, and so is the path that a shell substitutes for <(...).
    path = library.path if isinstance(library.path, Path) and library.path.is_file() else None
    before = _file_stamp(path)
    name = "-" if path is None else path.name

    def parse_from(start: int) -> Iterator[Sequence[ParsedRecord]]:
        return parse_records(
            library,
            max_atoms=config.max_atoms,
            workers=config.workers,
            record_seconds=config.record_seconds,
            start=start,
            parser=parser,
        )

    origin = Origin(name, library.sha256, before[0])
    return LibraryRecords(library.label, origin, path, parse_from, lambda: _file_stamp(path) == before)


def _file_stamp(path: Path | None) -> tuple[int, int, int]:
    if path is None:
        return 0, 0, 0
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0, 0
    return status.st_size, status.st_mtime_ns, status.st_ino
