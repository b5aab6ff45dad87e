"""The caller's side of the worker processes: start them, send requests, replace dead ones, end them."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from typing import BinaryIO, cast

from specmol_core.errors import ChildError
from specmol_core.molecules.records import Molecule, RawRecord
from specmol_core.molecules.worker import LENGTH, unpack
from specmol_core.runtime.child_processes import Limits, start

__all__ = ["PARSER", "WorkerPool"]

PARSER = "specmol_core.molecules.parse:parse_text"

_SERVE = "specmol_core.molecules.worker:serve"
_LIMITS = Limits(memory=4 << 30)
"""A record that needs more memory ends the worker, without harm to the machine."""
_MAX_FAILED_STARTS = 3
"""Number of workers in a row that may die before their first record; then it is a fault of the machine."""
_MAX_KILLED = 5
"""Number of workers in a row that may be killed (SIGKILL); then it is a fault of the machine too.

RDKit crashes with other signals."""


HAS_TIMERS = hasattr(signal, "setitimer")
"""Whether a process can limit its own processor time; on Windows, the caller measures the time instead."""
_TIMED_OUT = -int(getattr(signal, "SIGPROF", 27))
_KILLED = -int(getattr(signal, "SIGKILL", 9))


class _WorkerDiedError(Exception):
    """A worker ended; it had started ``started`` records of the request."""

    def __init__(self, started: int, code: int) -> None:
        super().__init__(f"worker ended with {code}")
        self.started, self.code = started, code


class _Watch:
    """Ends a process whose record takes too long, where the process cannot do that itself."""

    def __init__(self, seconds: float | None, end: Callable[[], None]) -> None:
        self._seconds, self._end = seconds, end
        self._timer: threading.Timer | None = None
        self.has_ended = False

    def start(self) -> None:
        """Measure the time from now on."""
        self.stop()
        if self._seconds is not None:
            self._timer = threading.Timer(self._seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        """Measure no time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self.has_ended = True
        self._end()


class _Worker:
    def __init__(self, parser: str, max_atoms: int, seconds: float) -> None:
        self._process = start(_SERVE, parser, max_atoms, seconds if HAS_TIMERS else 0, limits=_LIMITS)
        self._watch = _Watch(None if HAS_TIMERS else seconds, self._process.kill)

    def ask(self, records: Sequence[RawRecord]) -> list[Molecule | str]:
        """Parse records in one request, or raise ``_WorkerDiedError``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = json.dumps([(record.text, record.kind) for record in records]).encode()
        started = 0
        try:
            self._process.stdin.write(LENGTH.pack(len(request)) + request)
            self._process.stdin.flush()
            while (mark := self._process.stdout.read(1)) == b".":
                started += 1
                self._watch.start()
            self._watch.stop()
            if mark == b"!":
                return unpack(cast(BinaryIO, self._process.stdout))
        except (BrokenPipeError, EOFError):
            pass
        code = self._process.wait()
        raise _WorkerDiedError(started, _TIMED_OUT if self._watch.has_ended else code)

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def terminate(self) -> None:
        """Kill the process, close its pipes and wait until it has ended."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


class WorkerPool:
    """Worker processes that are started when needed and replaced when they die.

    The methods may be called from several threads.

    Parameters
    ----------
    max_atoms, seconds, parser
        See ``worker.serve``.
    """

    def __init__(self, max_atoms: int, seconds: float, parser: str = PARSER) -> None:
        self._settings = (parser, max_atoms, seconds)
        self._seconds = seconds
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        self._closed = False
        self._lock = threading.Lock()

    def parse(self, records: Sequence[RawRecord]) -> list[Molecule | str]:
        """Return the molecule or the rejection reason of each record, in order.

        A record that hangs or crashes its worker is rejected; the others of the request are parsed again.

        Raises
        ------
        ChildError
            If workers die before they start a record or keep being killed, or the pool is closed.
        """
        results: list[Molecule | str] = []
        failed_starts = killed = 0
        pending: list[Sequence[RawRecord]] = [records]
        while pending:
            part = pending.pop()
            try:
                results += self._ask(part)
                killed = 0 if part else killed
            except _WorkerDiedError as error:
                failed_starts = 0 if error.started else failed_starts + 1
                killed = killed + 1 if error.code == _KILLED else 0
                if self._closed or failed_starts == _MAX_FAILED_STARTS or killed == _MAX_KILLED:
                    what = "keep being killed" if killed == _MAX_KILLED else "do not start"
                    remedy = "check memory and limits, or use fewer --workers"
                    raise ChildError(f"the processes that read the library {what} ({error}); {remedy}") from error
                crash_index = error.started - 1
                if crash_index < 0:
                    pending.append(part)
                elif len(part) == 1:
                    results.append(self._rejection_reason(error.code))
                else:
                    pending += [part[crash_index + 1 :], part[crash_index : crash_index + 1], part[:crash_index]]
        return results

    def stop(self) -> None:
        """Kill all workers, also busy ones: threads that wait for an answer get an error."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()

    def close(self) -> None:
        """Kill all workers and release their resources. No thread may be waiting for an answer."""
        self.stop()
        while self._all:
            self._all.pop().terminate()

    def _ask(self, records: Sequence[RawRecord]) -> list[Molecule | str]:
        if not records:
            return []
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            with self._lock:
                if self._closed:
                    raise _WorkerDiedError(0, _KILLED) from None
                worker = _Worker(*self._settings)
                self._all.add(worker)
        try:
            answer = worker.ask(records)
        except _WorkerDiedError:
            worker.terminate()
            with self._lock:
                self._all.discard(worker)
            raise
        self._idle.put(worker)
        return answer

    def _rejection_reason(self, code: int) -> str:
        if code == _TIMED_OUT:
            return f"timed out: reading it takes more than {self._seconds:g} s"
        if code == _KILLED:
            return "unparsable: reading it takes more memory than is available"
        return f"unparsable: RDKit crashes on it ({_exit_description(code)})"


def _exit_description(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
