"""Child processes: the one place that starts them, apart from the current folder and limited in what they take.

Python searches the current folder for modules first where it is started with ``-m`` or ``-c``. That folder holds the
user's downloads: a file ``subprocess.py`` in it would run in every child process. A child therefore starts with
``-I``; it takes ``specmol_core`` from the folder that its parent runs, and everything else from the parent's search
path without the current folder.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import specmol_core
from specmol_core.errors import ChildError

__all__ = ["Limits", "begin", "private_pipes", "resolve", "run", "start"]

_PACKAGE = os.path.abspath(specmol_core.__file__)
# The package is bound by its file, so that no folder of the search path has to hold it.
_BOOT = f"""
import sys
from importlib import import_module, util
spec = util.spec_from_file_location("specmol_core", sys.argv[1])
sys.modules["specmol_core"] = module = util.module_from_spec(spec)
spec.loader.exec_module(module)
import_module({__name__!r}).begin(sys.argv[2])
"""
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Limits(NamedTuple):
    """What a child process may take; 0 sets no limit."""

    memory: int = 0
    """Address space (bytes)."""
    seconds: int = 0
    """Processor time (s)."""


def start(
    target: str,
    *arguments: Any,
    limits: Limits = Limits(),  # noqa: B008
    one_thread: bool = True,
    stderr: int | None = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child process with pipes to its standard input and from its standard output.

    Parameters
    ----------
    target
        ``module:function``; what the function returns is the exit code.
    arguments
        Its arguments: values that JSON can hold.
    limits
        What the process may take.
    one_thread
        Whether the libraries of linear algebra keep to one thread. On many cores the threads take much address space.
    stderr
        As of ``subprocess.Popen``; None leaves it as the parent's.

    Raises
    ------
    ChildError
        If the process cannot be started.
    """
    with _told():
        return subprocess.Popen(
            _command(target, arguments, limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment(one_thread),
        )


def run(
    target: str, *arguments: Any, content: bytes, timeout: float, limits: Limits
) -> subprocess.CompletedProcess[bytes]:
    """Run a child process to its end: ``content`` on its standard input, both its outputs in the result.

    Parameters
    ----------
    target, arguments, limits
        As of :func:`start`.
    timeout
        Time after which the process is killed (s).

    Raises
    ------
    subprocess.TimeoutExpired
        If the time is up.
    ChildError
        If the process cannot be started.
    """
    with _told():
        return subprocess.run(
            _command(target, arguments, limits),
            input=content,
            capture_output=True,
            timeout=timeout,
            env=_environment(one_thread=True),
            check=False,
        )


def resolve(target: str) -> Callable[..., Any]:
    """The function that ``module:function`` names."""
    module, _, function = target.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def begin(request: str) -> None:
    """The child's side: take the search path and the limits, call the target, end the process."""
    path, target, arguments, limits = json.loads(request)
    sys.path[:] = _without_current_folder(path, sys.path)
    _set_limits(Limits(*limits))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    sys.exit(resolve(target)(*arguments))


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output of this process for its protocol alone; what a library prints goes nowhere."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return sys.stdin.buffer, os.fdopen(answers, "wb")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"a process cannot be started ({error.strerror or error}); check memory and limits (ulimit -a)"
        raise ChildError(reason) from error


def _command(target: str, arguments: tuple[Any, ...], limits: Limits) -> list[str]:
    flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
    return [sys.executable, *flags, "-c", _BOOT, _PACKAGE, json.dumps([sys.path, target, arguments, limits])]


def _environment(one_thread: bool) -> dict[str, str]:
    # For the Python processes that the child starts in its turn.
    return os.environ | {"PYTHONSAFEPATH": "1"} | (_ONE_THREAD if one_thread else {})


def _without_current_folder(path: list[str], own: list[str]) -> list[str]:
    """The absolute entries of ``path`` without the current folder, unless it is an entry of Python itself."""
    return [entry for entry in path if entry in own or (os.path.isabs(entry) and not _is_current_folder(entry))]


def _is_current_folder(entry: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(entry).samefile(os.curdir)
    return False


def _set_limits(limits: Limits) -> None:
    _limit(resource.RLIMIT_CORE, 0, 0)
    if limits.memory:
        _limit(resource.RLIMIT_AS, limits.memory, limits.memory)
    if limits.seconds:
        # The first ends the process with SIGXCPU, which its parent can tell from other deaths.
        _limit(resource.RLIMIT_CPU, limits.seconds, limits.seconds + 1)


def _limit(what: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, highest = resource.getrlimit(what)
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (soft, hard))
