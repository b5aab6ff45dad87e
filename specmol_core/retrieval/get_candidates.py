"""The candidates of a library for a ranking: read from its cache, or embedded now."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from specmol_core.config import EmbedConfig
from specmol_core.errors import OutputError
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache_lookup import (
    WarnCallback,
    check_strict,
    expected_manifest,
    find_cache,
    library_cache_path,
)
from specmol_core.retrieval.embed import ProgressCallback, embed_in_memory, embed_library
from specmol_core.retrieval.library_source import LibraryRecords

__all__ = ["get_candidates"]


def get_candidates(
    records: LibraryRecords,
    matcher: Matcher,
    config: EmbedConfig,
    *,
    cache: Path | None = None,
    use_cache: bool = True,
    progress: ProgressCallback = lambda counts: None,
    warn: WarnCallback = lambda message: None,
) -> CandidateSet:
    """Return the embedded candidates of a library.

    A valid cache of the library, checkpoint and settings is used. A stale cache at the default path
    is replaced, with a warning. If there is no default path, or nothing can be written there, the
    library is embedded in memory, with a warning.

    Parameters
    ----------
    records, matcher, config
        Library, model, and settings of embedding.
    cache
        Path of the cache to use or create; None for the default path. A stream has no default path.
    use_cache
        False neither reads nor writes a cache.
    progress, warn
        Called with the counts after each block, and with each warning.

    Raises
    ------
    CacheError
        If the cache is damaged, or a named one belongs to something else.
    LibraryError, CheckpointError, OutputError
        As ``embed_library``.
    """
    if not use_cache or (cache is None and records.path is None):
        return embed_in_memory(records, matcher, config, progress=progress)
    try:
        candidates = _cached_candidates(records, matcher, config, cache, progress, warn)
    except OutputError as error:
        if cache is not None:
            raise
        # The user did not request a file, so the ranking works without it.
        warn(f"{error}; the candidates are not saved for the next run")
        return embed_in_memory(records, matcher, config, progress=progress)
    check_strict(records, candidates, config)
    return candidates


def _cached_candidates(
    records: LibraryRecords,
    matcher: Matcher,
    config: EmbedConfig,
    cache: Path | None,
    progress: ProgressCallback,
    warn: WarnCallback,
) -> CandidateSet:
    """Return the candidates in the cache, which is created if it is missing."""
    expected = expected_manifest(records, matcher, config)
    cache_path = library_cache_path(records, matcher) if cache is None else cache
    notes: list[str] = []
    existing = find_cache(cache_path, expected, is_default_path=cache is None, warn=notes.append)
    if existing.candidates is not None:
        return existing.candidates
    if cache is None and not _is_writable(cache_path):
        raise OutputError(cache_path.parent, "cannot be written")
    for note in notes:
        warn(note)
    summary = embed_library(records, matcher, config, cache=cache, existing=existing, progress=progress, warn=warn)
    return summary.candidates


def _is_writable(cache_path: Path) -> bool:
    with suppress(OSError):
        cache_path.parent.mkdir(parents=True, exist_ok=True)
    return os.access(cache_path.parent, os.W_OK | os.X_OK)
