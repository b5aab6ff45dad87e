"""An unfinished run on disk: append-only files, and a small state file with the committed lengths.

A killed process leaves an HDF5 file that cannot be opened. Here it only leaves bytes after the
committed length, and the next run truncates them.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from specmol_core.retrieval.cache.columns import Column, ColumnWriter, Counts
from specmol_core.retrieval.cache.manifest import Manifest
from specmol_core.storage.atomic import atomic_write, output_error, sync_folder
from specmol_core.storage.discarded import discard_folder, sweep_discarded
from specmol_core.storage.locks import CLOSE_ON_EXEC, NO_FOLLOW, HeldLock, try_lock

__all__ = ["ResumableRun", "open_resumable_run", "resumable_folder"]

_STATE_FILE = "state.json"
_LOCK_FILE = "lock"
_POLL_SECONDS = 0.1
_MAX_STATE_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 20


def resumable_folder(cache: Path) -> Path:
    """Return the folder that keeps the unfinished run of a cache."""
    return cache.with_name(f"{cache.name}.partial")


@dataclass
class ResumableRun:
    """The open files of an unfinished run."""

    folder: Path
    manifest: Manifest
    """Its counts are those that were committed before this run."""
    writer: ColumnWriter
    has_commits: bool
    """Whether there is work on disk from which another run can continue."""

    def commit(self, counts: Counts) -> None:
        """Flush all appended rows to disk, then record their lengths in the state file.

        Raises
        ------
        OSError
            If the disk is full.
        """
        for column in self.writer.files.values():
            os.fsync(column.fileno())
        state = {
            "manifest": self.manifest.to_json() | {"counts": asdict(counts)},
            "lengths": self.writer.lengths,
            "checksums": self.writer.checksums,
        }
        with atomic_write(self.folder / _STATE_FILE) as file:
            json.dump(state, file)
        self.has_commits = counts.read > 0

    def discard(self) -> None:
        """Remove the folder."""
        discard_folder(self.folder)


@contextmanager
def open_resumable_run(
    cache: Path, expected: Manifest, columns: Sequence[Column], *, resume: bool, on_wait: Callable[[], None]
) -> Iterator[ResumableRun]:
    """Open the unfinished run of a cache exclusively: other processes wait until the body ends.

    A run of another library, checkpoint or setting is discarded, and so is a damaged one. The lock
    does not separate threads of one process: they must not embed into the same cache.

    Parameters
    ----------
    cache
        Path of the cache that the finished run is written to.
    expected
        Manifest that the run must have.
    columns
        Columns of the run.
    resume
        Whether to continue with the rows on disk.
    on_wait
        Called once if another process holds the lock.

    Raises
    ------
    OutputError
        If the folder cannot be created or written.
    """
    folder = resumable_folder(cache)
    with ExitStack() as stack:
        try:
            stack.callback(_acquire_lock(folder, on_wait).release)
            sweep_discarded(folder.parent)
            state = _read_state(folder, expected, columns) if resume else None
            if state is None:
                (folder / _STATE_FILE).unlink(missing_ok=True)
            counts, lengths, checksums = state if state is not None else (Counts(), {}, {})
            files: dict[str, BinaryIO] = {}
            for column in columns:
                file = stack.enter_context(_open_column(folder / column.name))
                file.truncate(lengths.get(column.name, 0))
                files[column.name] = file
        except OSError as error:
            raise output_error(cache, error) from error
        writer = ColumnWriter(columns, files, lengths, checksums)
        yield ResumableRun(folder, replace(expected, counts=counts), writer, has_commits=counts.read > 0)


def _acquire_lock(folder: Path, on_wait: Callable[[], None]) -> HeldLock:
    """Create the folder and take its lock; wait while another process holds it."""
    has_reported = False
    while True:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
        try:
            lock = try_lock(folder / _LOCK_FILE)
        except FileNotFoundError:
            continue  # another process has just finished and removed the folder
        if lock is not None:
            return lock
        if not has_reported:
            has_reported = True
            on_wait()
        time.sleep(_POLL_SECONDS)


def _open_column(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW | CLOSE_ON_EXEC, 0o666)
    return os.fdopen(descriptor, "r+b", buffering=0)


_State = tuple[Counts, dict[str, int], dict[str, int]]


def _read_state(folder: Path, expected: Manifest, columns: Sequence[Column]) -> _State | None:
    """Read the committed state; None if it belongs to another run or the files disagree with it."""
    try:
        with open(folder / _STATE_FILE, "rb") as file:
            values = json.loads(file.read(_MAX_STATE_BYTES))
        manifest = Manifest.from_json(values["manifest"])
        lengths = {column.name: int(values["lengths"][column.name]) for column in columns}
        checksums = {column.name: int(values["checksums"][column.name]) for column in columns}
        if manifest.first_difference(expected) is not None or not all(
            _file_matches(folder / column.name, column, manifest.counts, lengths[column.name], checksums[column.name])
            for column in columns
        ):
            return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return manifest.counts, lengths, checksums


def _file_matches(path: Path, column: Column, counts: Counts, length: int, checksum: int) -> bool:
    rows = column.rows(counts)
    if length < 0 or (rows is not None and length != rows * column.row_bytes):
        return False
    actual, remaining = 0, length
    with _open_column(path) as file:
        while remaining:
            block: Any = file.read(min(_BLOCK_BYTES, remaining))
            if not block:
                return False
            actual, remaining = zlib.crc32(block, actual), remaining - len(block)
    return actual == checksum
