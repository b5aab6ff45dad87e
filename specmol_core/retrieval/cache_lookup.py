"""What is there already: where the cache of a library lies, whether it may be used, and for what it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from specmol_core import __version__
from specmol_core.config import EmbedConfig
from specmol_core.errors import LibraryError, OutputError
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.cache.cache_file import default_cache_path, open_cache, open_expected_cache
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache.manifest import Manifest
from specmol_core.retrieval.library_source import LibraryRecords

__all__ = ["WarnCallback", "check_strict", "expected_manifest", "find_cache", "library_cache_path"]

WarnCallback = Callable[[str], None]
"""Told what the user should know, a sentence each."""


def expected_manifest(records: LibraryRecords, matcher: Matcher, config: EmbedConfig) -> Manifest:
    """The manifest, without counts, of this library for this checkpoint and these settings."""
    return Manifest.of(records.origin, matcher, config, __version__)


def library_cache_path(records: LibraryRecords, matcher: Matcher) -> Path:
    """Where the cache of these records lies unless the user names a place.

    Raises
    ------
    OutputError
        If the records are a stream.
    """
    if records.path is None:
        raise OutputError(records.label, "a stream has no place for a cache; name one with --cache")
    return default_cache_path(records.path, records.origin.sha256, matcher.embedding_id)


def find_cache(cache: Path, expected: Manifest, *, is_default_path: bool, warn: WarnCallback) -> CandidateSet | None:
    """The cache in this place; None if there is none, or a stale one in the automatic place.

    Raises
    ------
    CacheError
        If it is damaged, or belongs to something else in a place that the user named.
    """
    if not cache.exists():
        return None
    if is_default_path:
        candidates = open_cache(cache)
        first_difference = candidates.manifest.first_difference(expected)
        if first_difference is None:
            return candidates
        warn(f"{cache}: belongs to {first_difference}; embedding anew")
        return None
    return open_expected_cache(cache, expected)


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
