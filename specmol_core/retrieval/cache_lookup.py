"""What is there already: where the cache of a library lies, whether it may be used, and for what it stands."""

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

__all__ = ["Existing", "WarnCallback", "check_strict", "expected_manifest", "find_cache", "library_cache_path"]

WarnCallback = Callable[[str], None]
"""Told what the user should know, a sentence each."""


class Existing(NamedTuple):
    """What was found in the place of a cache."""

    candidates: CandidateSet | None
    """None if there is no cache, or a stale one in the automatic place."""
    stamp: tuple[int, ...]
    """Which file was there when it was looked for; empty for none."""

    def still(self, cache: Path) -> bool:
        """Whether the same file, or none, is in the place still."""
        return self.stamp == _stamp(cache)


def expected_manifest(records: LibraryRecords, matcher: Matcher, config: EmbedConfig) -> Manifest:
    """The manifest, without counts, of this library for this checkpoint and these settings."""
    return Manifest.of(records.origin, matcher, config, __version__)


def library_cache_path(records: LibraryRecords, matcher: Matcher) -> Path:
    """Where the cache of these records lies unless the user names a place.

    Raises
    ------
    OutputError
        If the records are a stream, or nothing can be written beside the library and the user has no home folder.
    """
    if records.path is None:
        raise OutputError(records.label, "a stream has no place for a cache; name one with --cache")
    place = default_cache_path(records.path, records.origin.sha256, matcher.embedding_id)
    if place is None:
        reason = "its folder cannot be written, and the user has no home folder"
        raise OutputError(records.label, f"there is no place for its cache: {reason}; name one with --cache")
    return place


def find_cache(cache: Path, expected: Manifest, *, is_default_path: bool, warn: WarnCallback) -> Existing:
    """Look for the cache in this place.

    Raises
    ------
    CacheError
        If it is damaged, or belongs to something else in a place that the user named.
    OutputError
        If the folder cannot be searched.
    """
    stamp = _stamp(cache)
    if not stamp:
        return Existing(None, stamp)
    if not is_default_path:
        return Existing(open_expected_cache(cache, expected), stamp)
    candidates = open_cache(cache)
    first_difference = candidates.manifest.first_difference(expected)
    if first_difference is None:
        return Existing(candidates, stamp)
    warn(f"{cache}: belongs to {first_difference}; embedding anew")
    return Existing(None, stamp)


def _stamp(cache: Path) -> tuple[int, ...]:
    try:
        status = cache.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise output_error(cache, error) from error
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def check_strict(records: LibraryRecords, candidates: CandidateSet, config: EmbedConfig) -> None:
    """Hold candidates to ``config.strict``: their cache may have been made without it.

    Raises
    ------
    LibraryError
        Naming the first rejected record.
    """
    first = next(candidates.rejections(), None) if config.strict else None
    if first is not None:
        raise LibraryError(records.label, f"record {first.index}: {first.reason}; mend it, or leave out --strict")
