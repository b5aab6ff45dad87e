"""Lookup of the cache of a library: its default path, and whether the file there can be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from specmol_core import __version__
from specmol_core.config import EmbedConfig
from specmol_core.errors import LibraryError, OutputError
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.cache.cache_file import default_cache_path, open_cache, open_expected_cache
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache.manifest import Manifest
from specmol_core.retrieval.library_source import LibraryRecords
from specmol_core.storage.atomic import output_error

__all__ = ["CacheLookup", "WarnCallback", "check_strict", "expected_manifest", "find_cache", "library_cache_path"]

WarnCallback = Callable[[str], None]
"""Called with each message for the user, one sentence each."""


class CacheLookup(NamedTuple):
    """Result of a lookup at the path of a cache."""

    candidates: CandidateSet | None
    """None if there is no cache, or a stale one at the default path."""
    stamp: tuple[int, ...]
    """Device, inode, size and modification time of the file; empty if there was none."""

    def is_current(self, cache: Path) -> bool:
        """Whether the path has not changed since the lookup: the same file, or still none."""
        return self.stamp == _stamp(cache)


def expected_manifest(records: LibraryRecords, matcher: Matcher, config: EmbedConfig) -> Manifest:
    """Return the manifest of this library for this checkpoint and these settings, counts zero."""
    return Manifest.of(records.origin, matcher, config, __version__)


def library_cache_path(records: LibraryRecords, matcher: Matcher) -> Path:
    """Return the default path of the cache of these records.

    Raises
    ------
    OutputError
        If the records are a stream, or the folder of the library cannot be written and the user has
        no home folder.
    """
    if records.path is None:
        raise OutputError(records.label, "a stream has no default path for a cache; name a file with --cache")
    path = default_cache_path(records.path, records.origin.sha256, matcher.embedding_id)
    if path is None:
        reason = "its folder cannot be written, and the user has no home folder"
        raise OutputError(records.label, f"its cache has no default path: {reason}; name a file with --cache")
    return path


def find_cache(cache: Path, expected: Manifest, *, is_default_path: bool, warn: WarnCallback) -> CacheLookup:
    """Look up the cache at this path, and check it.

    Raises
    ------
    CacheError
        If the cache is damaged, or if it belongs to something else and the user named the path.
    OutputError
        If the folder cannot be searched.
    """
    stamp = _stamp(cache)
    if not stamp:
        return CacheLookup(None, stamp)
    if not is_default_path:
        return CacheLookup(open_expected_cache(cache, expected), stamp)
    candidates = open_cache(cache)
    first_difference = candidates.manifest.first_difference(expected)
    if first_difference is None:
        return CacheLookup(candidates, stamp)
    warn(f"{cache}: belongs to {first_difference}; embedding the library again")
    return CacheLookup(None, stamp)


def _stamp(cache: Path) -> tuple[int, ...]:
    try:
        status = cache.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise output_error(cache, error) from error
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def check_strict(records: LibraryRecords, candidates: CandidateSet, config: EmbedConfig) -> None:
    """Check that no record was rejected if ``config.strict`` is set.

    The cache of the candidates may have been made without ``strict``.

    Raises
    ------
    LibraryError
        If a record was rejected; the message names the first one.
    """
    first = next(candidates.rejections(), None) if config.strict else None
    if first is not None:
        raise LibraryError(records.label, f"record {first.index}: {first.reason}; correct it, or leave out --strict")
