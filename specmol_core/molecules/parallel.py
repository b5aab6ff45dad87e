"""Parsing of records into candidates: in order, on several cores, safe against any input."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Protocol

from specmol_core.config import EmbedConfig
from specmol_core.errors import LibraryError
from specmol_core.molecules.precheck import is_quick
from specmol_core.molecules.records import Candidate, Molecule, ParsedRecord, RawRecord, RejectedRecord
from specmol_core.molecules.worker import Parser
from specmol_core.molecules.worker_pool import PARSER, WorkerPool
from specmol_core.runtime.child_processes import resolve
from specmol_core.runtime.machine import core_count

__all__ = ["SMALL_LIBRARY_RECORDS", "HasRecords", "parse_records"]

SMALL_LIBRARY_RECORDS = 2_000
"""Largest number of records of a small library, for which starting processes costs more than it saves."""
_SMALL_LIBRARY_CHARACTERS = 8_000_000
"""Largest size of a small library (characters)."""
_MAX_SLOW_RECORDS = 64
"""Largest number of slow records of a small library that one worker parses; more go to all workers."""
_BATCH_RECORDS = 256
_BATCH_CHARACTERS = 1_000_000
"""Size of a full batch (characters), which bounds the memory for libraries of long records."""


class HasRecords(Protocol):
    """The part of a library that ``parse_records`` needs."""

    def records(self) -> Iterator[RawRecord]:
        """Yield every record in order."""


def parse_records(
    library: HasRecords,
    *,
    max_atoms: int = EmbedConfig.max_atoms,
    workers: int = EmbedConfig.workers,
    record_seconds: float = EmbedConfig.record_seconds,
    start: int = 0,
    parser: str = PARSER,
) -> Iterator[list[ParsedRecord]]:
    """Parse a library into candidates and rejections.

    The quick records of a small library (``precheck.is_quick``) are parsed in this process. All
    others go to worker processes with a time limit: a record that hangs or crashes a worker is
    rejected, and the run continues. At most a few batches per worker are held at a time.
    Close the iterator to end the workers early.

    Parameters
    ----------
    library
        An open library.
    max_atoms
        Largest number of heavy atoms of a candidate.
    workers
        Number of worker processes; 0 uses one per core.
    record_seconds
        Limit on the processor time of one record (s).
    start
        Index of the first record to parse; earlier records are skipped.
    parser
        ``module:function`` that parses one record, here and in the worker processes.

    Yields
    ------
    list
        Candidates and rejections in the order of the records; together the lists hold each record once.

    Raises
    ------
    LibraryError
        If the library breaks off; it is raised after the results of all complete records.
    """
    pool = WorkerPool(max_atoms, record_seconds, parser)
    records = islice(library.records(), start, None)
    try:
        first, quick = _peek(records)
        if quick is not None and quick.count(False) <= _MAX_SLOW_RECORDS:
            yield from _parse_in_process(first, iter(quick), resolve(parser), max_atoms, pool)
        else:
            yield from _parse_in_workers(_batches(first), workers or core_count(), pool)
    finally:
        pool.close()


def _peek(records: Iterator[RawRecord]) -> tuple[Iterator[RawRecord], list[bool] | None]:
    """Return the same records and, if the library is small, whether each is quick.

    An error of the library is raised by the returned iterator, after the records before it.
    """
    buffer: list[RawRecord] = []
    size = 0
    try:
        for record in records:
            buffer.append(record)
            size += len(record.text)
            if len(buffer) > SMALL_LIBRARY_RECORDS or size > _SMALL_LIBRARY_CHARACTERS:
                return chain(buffer, records), None
    except LibraryError as error:
        return chain(buffer, _raise_when_read(error)), _are_quick(buffer)
    return iter(buffer), _are_quick(buffer)


def _are_quick(records: Sequence[RawRecord]) -> list[bool]:
    """Whether each record can be handled without a worker."""
    return [bool(record.fault) or is_quick(record.text, record.kind) for record in records]


def _raise_when_read(error: LibraryError) -> Iterator[RawRecord]:
    raise error
    yield


def _batches(records: Iterable[RawRecord]) -> Iterator[list[RawRecord]]:
    """Yield records in bounded batches; an error of the library is raised after the last batch."""
    batch: list[RawRecord] = []
    size = 0
    failure: LibraryError | None = None
    try:
        for record in records:
            batch.append(record)
            size += len(record.text)
            if len(batch) == _BATCH_RECORDS or size > _BATCH_CHARACTERS:
                yield batch
                batch, size = [], 0
    except LibraryError as error:
        failure = error
    if batch:
        yield batch
    if failure is not None:
        raise failure


def _parse_in_process(
    records: Iterable[RawRecord], quick: Iterator[bool], parse: Parser, max_atoms: int, pool: WorkerPool
) -> Iterator[list[ParsedRecord]]:
    """Parse quick records in this process, and the others in the worker pool."""
    for batch in _batches(records):
        are_quick = list(islice(quick, len(batch)))
        answers = iter(pool.parse([record for record, ok in zip(batch, are_quick, strict=True) if not ok]))
        results = [
            record.fault or (parse(record.text, record.kind, max_atoms) if ok else next(answers))
            for record, ok in zip(batch, are_quick, strict=True)
        ]
        yield _parsed_records(batch, results)


def _parse_in_workers(
    batches: Iterator[list[RawRecord]], workers: int, pool: WorkerPool
) -> Iterator[list[ParsedRecord]]:
    """Parse each batch in the next free worker; one thread per worker waits for its answers."""

    def parse(batch: list[RawRecord]) -> list[ParsedRecord]:
        answers = iter(pool.parse([record for record in batch if not record.fault]))
        return _parsed_records(batch, [record.fault or next(answers) for record in batch])

    threads = ThreadPoolExecutor(workers, thread_name_prefix="specmol-parse")
    pending: deque[Future[list[ParsedRecord]]] = deque()
    failure: LibraryError | None = None
    try:
        while True:
            batch = None
            try:
                batch = next(batches, None)
            except LibraryError as error:
                failure = error
            if batch is None:
                break
            pending.append(threads.submit(parse, batch))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
        if failure is not None:
            raise failure
    finally:
        # End the workers first: a thread ends only after its worker has ended.
        threads.shutdown(wait=False, cancel_futures=True)
        pool.stop()
        threads.shutdown(wait=True)


def _parsed_records(batch: Sequence[RawRecord], results: Sequence[Molecule | str]) -> list[ParsedRecord]:
    return [
        RejectedRecord(raw.index, raw.name, item) if isinstance(item, str) else Candidate(raw.index, raw.name, *item)
        for raw, item in zip(batch, results, strict=True)
    ]
