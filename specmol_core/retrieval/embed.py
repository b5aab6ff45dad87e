"""Embedding of a library: into a cache file, with runs that can be resumed, or in memory."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np

from specmol_core.config import EmbedConfig
from specmol_core.errors import CacheError, ChildError, LibraryError, SpecmolError
from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.cache.cache_file import open_expected_cache, write_cache
from specmol_core.retrieval.cache.candidates import CandidateSet, Rejection
from specmol_core.retrieval.cache.columns import ColumnWriter, Counts, resumable_columns
from specmol_core.retrieval.cache.manifest import Manifest
from specmol_core.retrieval.cache.rejections import default_report_path, read_rejections, write_rejections
from specmol_core.retrieval.cache.resumable_run import ResumableRun, open_resumable_run
from specmol_core.retrieval.cache_lookup import (
    CacheLookup,
    WarnCallback,
    check_strict,
    expected_manifest,
    find_cache,
    library_cache_path,
)
from specmol_core.retrieval.embedder import Embedder
from specmol_core.retrieval.library_source import LibraryRecords
from specmol_core.storage.atomic import output_error

__all__ = ["EmbedSummary", "ProgressCallback", "embed_in_memory", "embed_library"]

ProgressCallback = Callable[[Counts], None]
"""Called with the counts after each block of molecules."""


@dataclass(frozen=True)
class EmbedSummary:
    """Result of embedding a library."""

    cache: Path
    candidates: CandidateSet
    """The candidates in the cache."""
    counts: Counts
    report: Path | None
    """The report on rejected records; None if there is none."""
    resumed_at: int = 0
    """Number of records that an earlier, interrupted run had finished."""
    reused: bool = False
    """Whether the cache already existed."""


def embed_library(
    records: LibraryRecords,
    matcher: Matcher,
    config: EmbedConfig,
    *,
    cache: Path | None = None,
    report: Path | None = None,
    resume: bool = True,
    force: bool = False,
    existing: CacheLookup | None = None,
    progress: ProgressCallback = lambda counts: None,
    warn: WarnCallback = lambda message: None,
) -> EmbedSummary:
    """Embed a library into a cache file, and return a summary with its candidates.

    Unfinished work is kept in the folder ``<cache>.partial``. After a kill or an interrupt, or if
    worker processes keep dying, the next run continues from there. After an error of the input the
    folder is removed. An existing cache of the same library, checkpoint and settings is not changed.

    Parameters
    ----------
    records, matcher, config
        Records of the library, model, and settings.
    cache
        Path of the cache; None for the default path.
    report
        CSV file of the rejected records. By default it is written beside the cache, and only if a
        record was rejected.
    resume
        Whether to continue an interrupted run.
    force
        Whether to replace an existing file.
    existing
        Result of the caller's lookup of the cache. The lookup is repeated if the file has changed.
    progress, warn
        Called with the counts after each block, and with each warning.

    Raises
    ------
    LibraryError
        If the library is unreadable, changes while it is read or has no valid candidate; at the
        first rejected record if the settings are strict.
    CacheError
        Without ``force``: if the cache is damaged, or ``cache`` is given and belongs to something
        else.
    CheckpointError
        If the model gives unusable payloads or vectors.
    OutputError
        If the disk is full, or a folder is missing or read-only.
    ChildError
        If the processes that read the library do not start or keep dying; committed work is kept.
    """
    expected = expected_manifest(records, matcher, config)
    cache_path = _ensure_parent(library_cache_path(records, matcher)) if cache is None else cache
    columns = resumable_columns(matcher.joint_width)

    def on_wait() -> None:
        warn(f"another run is embedding {records.label}; waiting for it")

    with open_resumable_run(cache_path, expected, columns, resume=resume, on_wait=on_wait) as run:
        with _discard_on_error(cache_path, run):
            if not force and (existing is None or not existing.is_current(cache_path)):
                existing = find_cache(cache_path, expected, is_default_path=cache is None, warn=warn)
            cached = None if force or existing is None else existing.candidates
            resumed_at = 0 if cached is not None else run.manifest.counts.read
            if cached is None:
                candidates = _write_finished_run(
                    cache_path, expected, run, _embed_remaining(run, records, matcher, config, progress)
                )
                report_path = _write_report(cache_path, report, candidates.counts, read_rejections(run.writer))
            else:
                check_strict(records, cached, config)
                candidates = cached
                report_path = _write_report(cache_path, report, cached.counts, cached.rejections())
        run.discard()
    return EmbedSummary(cache_path, candidates, candidates.counts, report_path, resumed_at, cached is not None)


def embed_in_memory(
    records: LibraryRecords, matcher: Matcher, config: EmbedConfig, *, progress: ProgressCallback = lambda counts: None
) -> CandidateSet:
    """Embed a library in memory, and return its candidates.

    The memory grows by the size of the cache: about 600 bytes per molecule for matchnet.

    Raises
    ------
    LibraryError, CheckpointError
        As :func:`embed_library`.
    """
    columns = resumable_columns(matcher.joint_width)
    files = {column.name: io.BytesIO() for column in columns}
    writer = ColumnWriter(columns, cast("dict[str, Any]", files))
    embedder = Embedder(records.label, matcher, config, writer, Counts())
    _embed_records(records, embedder, progress, lambda counts: None, config.commit_seconds)
    _check_not_empty(records, writer, embedder.counts)
    manifest = replace(expected_manifest(records, matcher, config), counts=embedder.counts)
    tables = {
        column.name: np.frombuffer(files[column.name].getbuffer(), column.dtype).reshape(
            column.shape(writer.rows(column.name))
        )
        for column in columns
    }
    return CandidateSet(manifest, tables)


def _write_finished_run(cache_path: Path, expected: Manifest, run: ResumableRun, counts: Counts) -> CandidateSet:
    """Write the cache of a finished run, and return its candidates.

    Rows from an earlier process are verified, because anyone may have written the files. Rows of
    this process are not.
    """
    resumed = run.manifest.counts.read > 0
    candidates = write_cache(cache_path, replace(expected, counts=counts), run.writer)
    return open_expected_cache(cache_path, expected) if resumed else candidates


def _ensure_parent(cache_path: Path) -> Path:
    """Create the folder of the cache if it is missing, and return the path of the cache."""
    try:
        cache_path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(cache_path, error) from error
    return cache_path


@contextmanager
def _discard_on_error(cache: Path, run: ResumableRun) -> Iterator[None]:
    """Remove the unfinished run after an error, unless the next run can continue it.

    It can after an interrupt, an internal error or the death of a child process.
    """
    try:
        yield
    except CacheError:
        # The error is about the file at the cache path, not about the run.
        if not run.has_commits:
            run.discard()
        raise
    except ChildError as error:
        if not run.has_commits:
            run.discard()
            raise
        remedy = f"finished work is kept in {run.folder}; run the same command to continue"
        raise ChildError(f"{error}; {remedy}") from error
    except SpecmolError:
        run.discard()
        raise
    except OSError as error:
        run.discard()
        raise output_error(cache, error) from error
    except BaseException:
        if not run.has_commits:
            run.discard()
        raise


def _embed_remaining(
    run: ResumableRun, records: LibraryRecords, matcher: Matcher, config: EmbedConfig, progress: ProgressCallback
) -> Counts:
    """Embed the records that the run has not embedded yet, and return the final counts."""
    embedder = Embedder(records.label, matcher, config, run.writer, run.manifest.counts)
    _embed_records(records, embedder, progress, run.commit, config.commit_seconds)
    if not records.is_unchanged():
        raise LibraryError(records.label, "changed while it was read; run again")
    _check_not_empty(records, run.writer, embedder.counts)
    return embedder.counts


def _embed_records(
    records: LibraryRecords,
    embedder: Embedder,
    progress: ProgressCallback,
    commit: Callable[[Counts], None],
    seconds: float,
) -> None:
    last = time.monotonic()
    with closing(cast("Any", records.parse_from(embedder.counts.read))) as batches:
        for item in chain.from_iterable(batches):
            embedder.add(item)
            if embedder.is_full:
                embedder.flush()
                progress(replace(embedder.counts))
                if time.monotonic() - last >= seconds:
                    commit(embedder.counts)
                    last = time.monotonic()
    embedder.flush()
    progress(replace(embedder.counts))
    commit(embedder.counts)


def _check_not_empty(records: LibraryRecords, writer: ColumnWriter, counts: Counts) -> None:
    if counts.read == 0:
        raise LibraryError(records.label, "holds no record; give a library with at least one")
    if counts.embedded == 0:
        raise LibraryError(
            records.label,
            f"none of its {counts.read} records is a valid candidate (the first: "
            f"{writer.read_text('rejected_reason', 0)}); correct the records or give another library",
        )


def _write_report(cache: Path, report: Path | None, counts: Counts, rejections: Iterable[Rejection]) -> Path | None:
    path = default_report_path(cache) if report is None else report
    if report is None and not counts.rejected:
        # The report of an earlier version of the library would be misleading.
        path.unlink(missing_ok=True)
        return None
    write_rejections(path, rejections)
    return path
