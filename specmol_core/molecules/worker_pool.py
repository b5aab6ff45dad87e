"""Worker processes seen from the caller: start, ask, survive their death, end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import BinaryIO, cast

from specmol_core.errors import SpecmolError
from specmol_core.molecules.records import Molecule, RawRecord
from specmol_core.molecules.worker import LENGTH, unpack

__all__ = ["PARSER", "WorkerPool"]

PARSER = "specmol_core.molecules.parse:parse_text"

# An own command and no multiprocessing: that would run the caller's main module again, and with it torch.
_BOOT_SCRIPT = (
    "import sys, json; path, *rest = json.loads(sys.argv[1]); sys.path[:] = path; "
    "from specmol_core.molecules.worker import serve; serve(*rest)"
)
_MAX_FAILED_STARTS = 3
"""Times that a worker may die before its first record until that counts as this machine's fault."""


class _WorkerDiedError(Exception):
    """A worker ended; ``started`` records of the request had been begun."""

    def __init__(self, started: int, code: int) -> None:
        super().__init__(f"worker ended with {code}")
        self.started, self.code = started, code


class _Worker:
    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Threads of numpy's linear algebra would take address space on many cores, and are never used.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def ask(self, records: Sequence[RawRecord]) -> list[Molecule | str]:
        """Parse records in one go, or raise ``_WorkerDiedError``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = json.dumps([(record.text, record.kind) for record in records]).encode()
        started = 0
        try:
            self._process.stdin.write(LENGTH.pack(len(request)) + request)
            self._process.stdin.flush()
            while (mark := self._process.stdout.read(1)) == b".":
                started += 1
            if mark == b"!":
                return unpack(cast(BinaryIO, self._process.stdout))
        except (BrokenPipeError, EOFError):
            pass
        raise _WorkerDiedError(started, self._process.wait())

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def terminate(self) -> None:
        """Kill the process, wait until it is gone, close its pipes."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


class WorkerPool:
    """Some worker processes, each started when first needed and replaced when it dies.

    Its methods may be called from several threads.

    Parameters
    ----------
    max_atoms, seconds, parser
        As of ``worker.serve``.
    """

    def __init__(self, max_atoms: int, seconds: float, parser: str = PARSER) -> None:
        rest = json.dumps([sys.path, parser, max_atoms, seconds])
        self._command = [sys.executable, "-I", "-c", _BOOT_SCRIPT, rest]
        self._seconds = seconds
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        self._closed = False

    def parse(self, records: Sequence[RawRecord]) -> list[Molecule | str]:
        """The molecule or the reason of rejection of each record, in order.

        A record that hangs or crashes its worker is rejected; the others of the request are parsed again.

        Raises
        ------
        SpecmolError
            If workers die before they begin a record, or the crew was closed meanwhile.
        """
        results: list[Molecule | str] = []
        failed_starts = 0
        pending: list[Sequence[RawRecord]] = [records]
        while pending:
            part = pending.pop()
            try:
                results += self._ask(part)
            except _WorkerDiedError as error:
                failed_starts = 0 if error.started else failed_starts + 1
                if self._closed or failed_starts == _MAX_FAILED_STARTS:
                    reason = f"the processes that read the library do not run ({error}); check memory and limits"
                    raise SpecmolError(reason) from error
                crash_index = error.started - 1
                if crash_index < 0:
                    pending.append(part)
                elif len(part) == 1:
                    results.append(self._rejection_reason(error.code))
                else:
                    pending += [part[crash_index + 1 :], part[crash_index : crash_index + 1], part[:crash_index]]
        return results

    def stop(self) -> None:
        """Kill every worker at once, also those at work: threads that wait for an answer get an error."""
        self._closed = True
        for worker in list(self._all):
            worker.kill()

    def close(self) -> None:
        """Kill every worker and free what it held. No thread may be waiting for an answer."""
        self.stop()
        while self._all:
            self._all.pop().terminate()

    def _ask(self, records: Sequence[RawRecord]) -> list[Molecule | str]:
        if not records:
            return []
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            worker = _Worker(self._command)
            self._all.add(worker)
        try:
            answer = worker.ask(records)
        except _WorkerDiedError:
            worker.terminate()
            self._all.discard(worker)
            raise
        self._idle.put(worker)
        return answer

    def _rejection_reason(self, code: int) -> str:
        if code == -signal.SIGPROF:
            return f"timed out: reading it takes more than {self._seconds:g} s"
        return f"unparsable: RDKit crashes on it ({_exit_description(code)})"


def _exit_description(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
