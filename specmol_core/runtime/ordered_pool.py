"""A map over worker processes that keeps the order and limits the number of pending tasks."""

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
_EXIT_SECONDS = 0.5
"""Time that a process has to clean up before it is killed (s)."""
_PROCESS_MEMORY_BYTES = 16 << 30
"""Address space of a process (bytes); importing torch takes 5 GB of it, drawing spectra less than 1 GB more."""
_CORE_MEMORY_BYTES = 128 << 20
"""Address space for the threads of linear algebra, one per core (bytes)."""


def ordered_map(function: Callable[[In], Out], items: Iterable[In], workers: int) -> Iterator[Out]:
    """Yield ``function(item)`` in the order of the items, computed by worker processes.

    Parameters
    ----------
    function
        A function that can be imported by name, because workers do not run the caller's main module.
    items
        Picklable items.
    workers
        Number of processes; 0 uses one per core, 1 computes in this process.

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
        # End the processes first: a thread ends only after its process has ended.
        threads.shutdown(wait=False, cancel_futures=True)
        pool.end()
        threads.shutdown(wait=True)
        pool.close()


class _Pool:
    """Worker processes that are started when needed. Several threads may use ``call`` at once."""

    def __init__(self) -> None:
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._ended = False

    def call(self, function: Callable[[In], Out], item: In) -> Out:
        """Call the function in a process, and return its result or raise its error."""
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        call = pickle.dumps((function, item), pickle.HIGHEST_PROTOCOL)
        try:
            process.stdin.write(_LENGTH.pack(len(call)) + call)
            process.stdin.flush()
            (length,) = _LENGTH.unpack(_read_exactly(process.stdout, _LENGTH.size))
            succeeded, answer = pickle.loads(_read_exactly(process.stdout, length))
        except (EOFError, OSError) as error:
            code = process.wait()
            reason = f"a process that specmol started ended with {code}; check memory and limits, or use fewer workers"
            raise ChildError(reason) from error
        self._idle.put(process)
        if not succeeded:
            raise _restore_error(*answer)
        result: Out = answer
        return result

    def end(self) -> None:
        """End all processes, also busy ones: threads that wait for an answer get an error."""
        with self._lock:
            self._ended = True
        for process in self._all:
            process.terminate()
        deadline = time.monotonic() + _EXIT_SECONDS
        for process in self._all:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
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
    return Limits(memory=_PROCESS_MEMORY_BYTES + _CORE_MEMORY_BYTES * core_count())


def serve() -> None:
    """Run in the process: answer calls on standard input until the stream ends."""
    signal.signal(signal.SIGTERM, _exit)
    calls, answers = private_pipes()
    while call := calls.read(_LENGTH.size):
        content = _read_exactly(calls, *_LENGTH.unpack(call))
        try:
            # This pickle was made by the parent process.
            function, item = pickle.loads(content)
            answer = pickle.dumps((True, function(item)), pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            answer = _pack_error(error, traceback.format_exc())
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("the pipe of a process was closed early")
    return content


def _pack_error(error: Exception, trace: str) -> bytes:
    try:
        return pickle.dumps((False, (type(error), error.args, vars(error), trace)))
    except Exception:  # the error of a library may hold values that cannot be pickled
        return pickle.dumps((False, (RuntimeError, (f"{type(error).__name__}: {error}",), {}, trace)))


def _restore_error(
    kind: type[BaseException], arguments: tuple[Any, ...], state: dict[str, Any], trace: str
) -> BaseException:
    """Rebuild the error of a process without ``__init__``, whose arguments may differ from ``args``."""
    if issubclass(kind, MemoryError):
        reason = (
            f"a process that specmol started needs more than {_limits().memory >> 30} GB of memory; check the input"
        )
        return ChildError(reason)
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    error.add_note(f"In a worker process of specmol:\n{trace}")
    return error
