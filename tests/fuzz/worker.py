"""The process that reads the cases, and its caller. It may die, hang, or want too much memory."""

from __future__ import annotations

import contextlib
import json
import select
import struct
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from specmol_core.runtime.child_processes import Limits, private_pipes, start

__all__ = ["SECONDS", "Worker", "serve"]

SECONDS = 20.0
"""Time for a case (s)."""
_MEMORY = 4 << 30
"""Address space of the process (bytes); libraries and their threads take 1.5 GB of it."""
_TORCH_MEMORY = 12 << 30
"""The same for targets that load torch, which takes 5 GB of it."""
_LENGTH = struct.Struct("<Q")


class Worker:
    """A process for one target; it is started anew after it died or hung."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._folder = tempfile.TemporaryDirectory(prefix="specmol-fuzz-")
        self._process = self._start()
        self._is_warm = False

    def _start(self) -> subprocess.Popen[bytes]:
        self._is_warm = False
        memory = _TORCH_MEMORY if self._target.startswith("torch-") else _MEMORY
        return start("fuzz.worker:serve", self._target, self._folder.name, limits=Limits(memory=memory))

    def run(self, content: bytes) -> str:
        """Read a case; returns nothing, or what went wrong: its first line is the same for the same fault."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(_LENGTH.pack(len(content)) + content)
            self._process.stdin.flush()
        seconds = SECONDS if self._is_warm else 3 * SECONDS  # the first case loads the libraries
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            self._restart()
            return f"{self._target}: longer than {seconds:g} s"
        head = self._process.stdout.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            code = self._process.wait()
            self._restart()
            return f"{self._target}: the process ended with {code}"
        self._is_warm = True
        return str(json.loads(self._process.stdout.read(*_LENGTH.unpack(head))))

    def close(self) -> None:
        """End the process and remove its folder."""
        self._end()
        self._folder.cleanup()

    def _end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _restart(self) -> None:
        self._end()
        self._process = self._start()


def serve(target: str, folder: str) -> int:
    """The process: cases on standard input, their outcomes on standard output."""
    from fuzz.targets import check, warm_up

    cases, answers = private_pipes()
    warm_up(target)
    path = Path(folder) / "case"
    while head := cases.read(_LENGTH.size):
        path.write_bytes(cases.read(*_LENGTH.unpack(head)))
        outcome = ""
        try:
            check(target, path)
        except Exception as error:
            outcome = _describe(target, error)
        text = json.dumps(outcome).encode()
        answers.write(_LENGTH.pack(len(text)) + text)
        answers.flush()
    return 0


def _describe(target: str, error: Exception) -> str:
    """Class and place of the error in specmol, then the traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "specmol_core" in f.filename]
    place = f"{frames[-1].filename.rpartition('specmol_core/')[2]}:{frames[-1].lineno}" if frames else "the checks"
    return f"{target}: {type(error).__name__} in {place}\n" + "".join(traceback.format_exception(error))


if __name__ == "__main__":
    sys.exit(__doc__)
