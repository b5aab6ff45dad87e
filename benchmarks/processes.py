"""Run processes; measure wall and processor time, memory, and the time of each line of output."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["ProcessResult", "run"]

_INTERVAL = 0.2
"""Interval between two readings of the memory of a process (s)."""


class ProcessResult(NamedTuple):
    """Output and resources of a process that ended without error."""

    seconds: float
    """Wall time (s)."""
    cpu_seconds: float
    """Processor time of the process and its children (s); the process waited if it is much less
    than ``seconds``."""
    lines: list[str]
    """Lines of standard output."""
    arrivals: list[float]
    """Time of each line after the start (s)."""
    peak_mb: float
    """Largest resident memory of the process (MB)."""
    tree_mb: float
    """Largest memory of the process and its children, with shared pages counted once (MB)."""


def run(command: Sequence[str], folder: Path, *, memory: bool = False) -> ProcessResult:
    """Run a command in a folder until it ends.

    Parameters
    ----------
    memory
        Whether to measure memory, which takes a little processor time.

    Raises
    ------
    RuntimeError
        If the command fails; the message has the last line of standard error.
    """
    monitor = _MemoryMonitor()
    arrivals, lines = [], []
    with tempfile.TemporaryFile("w+") as stderr_file:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=stderr_file, text=True)
        try:
            if memory:
                monitor.start(process.pid)
            for line in process.stdout or ():
                arrivals.append(time.perf_counter() - began)
                lines.append(line.rstrip("\n"))
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            monitor.stop()
            if process.returncode is None:
                process.kill()
                process.wait()
        if process.returncode:
            stderr_file.seek(0)
            last_line = stderr_file.read().strip().splitlines()[-1:] or ["nothing"]
            raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}: {last_line[0]}")
    return ProcessResult(seconds, usage.ru_utime + usage.ru_stime, lines, arrivals, monitor.own, monitor.tree)


class _MemoryMonitor:
    """Reads the memory of a process repeatedly from /proc; without /proc both values stay 0.

    The value of the system (ru_maxrss) is not usable, because it includes the memory of the process
    that forks.
    """

    def __init__(self) -> None:
        self.own = self.tree = 0.0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pid: int) -> None:
        self._thread = threading.Thread(target=self._watch, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, pid: int) -> None:
        while not self._ended.wait(_INTERVAL):
            self.own = max(self.own, _kilobytes(pid, "status", "VmHWM:") / 1e3)
            self.tree = max(self.tree, sum(_kilobytes(p, "smaps_rollup", "Pss:") for p in _process_tree(pid)) / 1e3)


def _process_tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from _process_tree(int(child))


def _kilobytes(pid: int, file: str, name: str) -> float:
    """A value of a process in kB; 0 if the process has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1.024
    return 0.0
