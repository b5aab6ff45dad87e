"""The candidates of a library for a ranking: from its cache where there is one, else embedded on the fly."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from specmol_core.config import EmbedConfig
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.cache.cache_file import checked_cache
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache_lookup import Warn, automatic_place, check_strict, existing_cache, identity_of
from specmol_core.retrieval.embed import Progress, embed_in_memory, embed_library
from specmol_core.retrieval.library_source import Records

__all__ = ["obtain_candidates"]


def obtain_candidates(
    records: Records,
    matcher: Matcher,
    config: EmbedConfig,
    *,
    cache: Path | None = None,
    keep: bool = True,
    progress: Progress = lambda counts: None,
    warn: Warn = lambda message: None,
) -> CandidateSet:
    """The embedded candidates of a library.

    A sound cache that belongs to the library, the checkpoint and the settings is used. A stale one in
    the automatic place is replaced, with a warning. If the automatic place cannot be written, the
    library is embedded in memory, with a warning too.

    Parameters
    ----------
    records, matcher, config
        The library, the model and how to embed.
    cache
        The cache to use or to make; None for the automatic place. A stream has none.
    keep
        False neither reads nor writes any cache.
    progress, warn
        Who is told.

    Raises
    ------
    CacheError
        If the cache is damaged, or a named one belongs to something else.
    LibraryError, CheckpointError, OutputError
        As ``embed_library``.
    """
    if not keep or (cache is None and records.path is None):
        return embed_in_memory(records, matcher, config, progress=progress)
    expected = identity_of(records, matcher, config)
    place = automatic_place(records, matcher) if cache is None else cache
    candidates = existing_cache(place, expected, automatic=cache is None, warn=lambda message: None)
    if candidates is None:
        if cache is None and not _can_keep(place):
            warn(f"{place.parent}: cannot be written; the candidates are not kept for the next run")
            return embed_in_memory(records, matcher, config, progress=progress)
        embed_library(records, matcher, config, cache=cache, progress=progress, warn=warn)
        candidates = checked_cache(place, expected)
    check_strict(records, candidates, config)
    return candidates


def _can_keep(place: Path) -> bool:
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
    return os.access(place.parent, os.W_OK | os.X_OK)
