"""A map over worker processes that keeps the order and a bounded number of tasks in flight."""

from __future__ import annotations

import contextlib
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import IO, Any, TypeVar

from specmol_core.errors import ChildError
from specmol_core.runtime.child_processes import Limits, private_pipes, start
from specmol_core.runtime.machine import core_count

__all__ = ["ordered_map", "serve"]

In = TypeVar("In")
Out = TypeVar("Out")

_LENGTH = struct.Struct("<Q")
_LAST_SECONDS = 0.5
"""Time that a process has to tidy up before it is killed (s)."""
_MEMORY = 16 << 30
"""Address space of a process (bytes); importing torch takes 5 GB of it, drawing spectra less than 1 GB more."""
_MEMORY_PER_CORE = 128 << 20
"""Address space for the threads of linear algebra, one per core (bytes)."""


def ordered_map(function: Callable[[In], Out], items: Iterable[In], workers: int) -> Iterator[Out]:
    """Results in the order of the items; 0 workers take one per core, 1 stays in this process.

    The function must be importable by its name: the processes do not run the caller's main module.

    Raises
    ------
    ChildError
        If a process dies or needs too much memory.
    """
    workers = workers or core_count()
    if workers == 1:
        yield from map(function, items)
        return
    in_flight: deque[Future[Out]] = deque()
    pool = _Pool()
    threads = ThreadPoolExecutor(workers, thread_name_prefix="specmol-map")
    try:
        for item in items:
            in_flight.append(threads.submit(pool.call, function, item))
            if len(in_flight) >= 4 * workers:
                yield in_flight.popleft().result()
        while in_flight:
            yield in_flight.popleft().result()
    finally:
        # The processes go first: a thread ends once its process does.
        threads.shutdown(wait=False, cancel_futures=True)
        pool.end()
        threads.shutdown(wait=True)
        pool.close()


class _Pool:
    """Processes, each started when first needed. ``call`` may run in several threads at once."""

    def __init__(self) -> None:
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._ended = False

    def call(self, function: Callable[[In], Out], item: In) -> Out:
        """What the function returns or raises in a process."""
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        call = pickle.dumps((function, item), pickle.HIGHEST_PROTOCOL)
        try:
            process.stdin.write(_LENGTH.pack(len(call)) + call)
            process.stdin.flush()
            good, answer = pickle.loads(_exactly(process.stdout, *_LENGTH.unpack(_exactly(process.stdout, 8))))
        except (EOFError, OSError) as error:
            code = process.wait()
            reason = f"a process that specmol started ended with {code}; check memory and limits, or use fewer workers"
            raise ChildError(reason) from error
        self._idle.put(process)
        if not good:
            raise _rebuilt(*answer)
        found: Out = answer
        return found

    def end(self) -> None:
        """End every process, also those at work: threads that wait for an answer get an error."""
        with self._lock:
            self._ended = True
        for process in self._all:
            process.terminate()
        last = time.monotonic() + _LAST_SECONDS
        for process in self._all:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, last - time.monotonic()))
            process.kill()
            process.wait()

    def close(self) -> None:
        """Close the pipes. No thread may be waiting for an answer."""
        for pipe in (pipe for process in self._all for pipe in (process.stdin, process.stdout) if pipe is not None):
            with contextlib.suppress(OSError):
                pipe.close()

    def _process(self) -> subprocess.Popen[bytes]:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        with self._lock:
            if self._ended:
                raise ChildError("the processes of specmol were ended")
            self._all.append(start(f"{__name__}:serve", limits=_limits(), one_thread=False))
            return self._all[-1]


def _limits() -> Limits:
    return Limits(memory=_MEMORY + _MEMORY_PER_CORE * core_count())


def serve() -> None:
    """The process: answer calls on standard input until it ends."""
    signal.signal(signal.SIGTERM, _leave)
    calls, answers = private_pipes()
    while call := calls.read(_LENGTH.size):
        content = _exactly(calls, *_LENGTH.unpack(call))
        try:
            # A pickle of the parent's own making.
            function, item = pickle.loads(content)
            answer = pickle.dumps((True, function(item)), pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            answer = _told(error, traceback.format_exc())
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("the pipe of a process breaks off")
    return content


def _told(error: Exception, trace: str) -> bytes:
    try:
        return pickle.dumps((False, (type(error), error.args, vars(error), trace)))
    except Exception:  # of a library's own error, anything may be in it
        return pickle.dumps((False, (RuntimeError, (f"{type(error).__name__}: {error}",), {}, trace)))


def _rebuilt(kind: type[BaseException], arguments: tuple[Any, ...], state: dict[str, Any], trace: str) -> BaseException:
    """The error that a process raised. Its ``__init__`` is not called: its arguments may be others."""
    if issubclass(kind, MemoryError):
        reason = (
            f"a process that specmol started needs more than {_limits().memory >> 30} GB of memory; check the input"
        )
        return ChildError(reason)
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    error.add_note(f"In a process of specmol:\n{trace}")
    return error
