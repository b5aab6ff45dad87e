"""A library as embedding sees it: its identity, and its parsed records from any place on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specmol_core.config import EmbedConfig
from specmol_core.molecules.records import Parsed
from specmol_core.retrieval.cache.manifest import Origin

if TYPE_CHECKING:
    from specmol_core.molecules.library import Library

__all__ = ["Records", "records_of"]


@dataclass(frozen=True)
class Records:
    """The parsed records of one library."""

    label: str
    """Name for messages."""
    origin: Origin
    path: Path | None
    """The file; None if it is a stream that can be read once."""
    parsed: Callable[[int], Iterator[Sequence[Parsed]]]
    """Batches of parsed records, in order, from the record with this index on."""
    unchanged: Callable[[], bool]
    """Whether the file is still the one that was hashed."""


def records_of(library: Library, config: EmbedConfig, parser: str) -> Records:
    """The records of an open library, parsed with these settings.

    Parameters
    ----------
    library, config
        What to parse, and how.
    parser
        ``module:function`` that reads one record into the graph that the model embeds; a matcher names its own.

    Raises
    ------
    LibraryError
        If the library cannot be read to its end, which its hash needs.
    """
    from specmol_core.molecules.library import parse_records

    # A named pipe, and what a shell puts in place of <(...), is a stream too.
    path = library.path if isinstance(library.path, Path) and library.path.is_file() else None
    before = _stamp(path)
    name = "-" if path is None else path.name

    def parsed(start: int) -> Iterator[Sequence[Parsed]]:
        return parse_records(
            library,
            max_atoms=config.max_atoms,
            workers=config.workers,
            record_seconds=config.record_seconds,
            start=start,
            parser=parser,
        )

    origin = Origin(name, library.sha256, before[0])
    return Records(library.label, origin, path, parsed, lambda: _stamp(path) == before)


def _stamp(path: Path | None) -> tuple[int, int, int]:
    if path is None:
        return 0, 0, 0
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0, 0
    return status.st_size, status.st_mtime_ns, status.st_ino
