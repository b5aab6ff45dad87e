"""Child processes: this module starts all of them, isolated from the current folder and with limits.

Started with ``-m`` or ``-c``, Python searches the current folder for modules first. A user's download
named ``subprocess.py`` in that folder would run in every child process. Therefore a child starts with
``-I``. It imports ``specmol_core`` from the same folder as its parent, and everything else from the
parent's search path without the current folder.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import specmol_core
from specmol_core.errors import ChildError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

__all__ = ["Limits", "begin", "private_pipes", "resolve", "run", "start"]

_PACKAGE = os.path.abspath(specmol_core.__file__)
# The package is loaded from its file, so it need not be on the search path.
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
    """Limits on a child process; 0 is no limit. Windows has none."""

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
        ``module:function``; the return value of the function is the exit code.
    arguments
        Arguments of the function: JSON values.
    limits
        Limits on memory and processor time.
    one_thread
        Whether the linear algebra libraries use one thread. Many threads take much address space.
    stderr
        As in ``subprocess.Popen``; None shares the parent's standard error.

    Raises
    ------
    ChildError
        If the process cannot be started.
    """
    with _start_errors():
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
    """Run a child process to its end and return the result with its standard output and error.

    Parameters
    ----------
    target, arguments, limits
        See :func:`start`.
    content
        Bytes for its standard input.
    timeout
        Time after which the process is killed (s).

    Raises
    ------
    subprocess.TimeoutExpired
        If the process was killed after ``timeout``.
    ChildError
        If the process cannot be started.
    """
    with _start_errors():
        return subprocess.run(
            _command(target, arguments, limits),
            input=content,
            capture_output=True,
            timeout=timeout,
            env=_environment(one_thread=True),
            check=False,
        )


def resolve(target: str) -> Callable[..., Any]:
    """Import and return the function named by ``module:function``.

    >>> resolve("math:sqrt")(4.0)
    2.0
    """
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def begin(request: str) -> None:
    """Run in the child: set the search path and the limits, call the target, exit with its result."""
    path, target, arguments, limits = json.loads(request)
    sys.path[:] = _without_current_folder(path, sys.path)
    _set_limits(Limits(*limits))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and ends the child
    sys.exit(resolve(target)(*arguments))


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and output of this process, and discard everything that is printed.

    Only the caller can write to the returned output. Text that a library prints goes to the null device.
    """
    answers = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
    return sys.stdin.buffer, os.fdopen(answers, "wb")


@contextlib.contextmanager
def _start_errors() -> Iterator[None]:
    """Turn an OSError of starting a process into a ChildError."""
    try:
        yield
    except OSError as error:
        reason = f"a process cannot be started ({error.strerror or error}); check memory and limits (ulimit -a)"
        raise ChildError(reason) from error


def _command(target: str, arguments: tuple[Any, ...], limits: Limits) -> list[str]:
    flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
    return [sys.executable, *flags, "-c", _BOOT, _PACKAGE, json.dumps([sys.path, target, arguments, limits])]


def _environment(one_thread: bool) -> dict[str, str]:
    # PYTHONSAFEPATH is for the Python processes that the child itself starts.
    return os.environ | {"PYTHONSAFEPATH": "1"} | (_ONE_THREAD if one_thread else {})


def _without_current_folder(path: list[str], default: list[str]) -> list[str]:
    """Return the absolute entries of ``path`` without the current folder; entries of ``default`` stay."""
    return [entry for entry in path if entry in default or (os.path.isabs(entry) and not _is_current_folder(entry))]


def _is_current_folder(entry: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(entry).samefile(os.curdir)
    return False


def _set_limits(limits: Limits) -> None:
    if resource is None:
        return
    _lower_limit(resource.RLIMIT_CORE, 0, 0)
    if limits.memory:
        _lower_limit(resource.RLIMIT_AS, limits.memory, limits.memory)
    if limits.seconds:
        # The soft limit ends the process with SIGXCPU, which its parent recognises.
        _lower_limit(resource.RLIMIT_CPU, limits.seconds, limits.seconds + 1)


def _lower_limit(what: int, soft: int, hard: int) -> None:
    """Lower a limit of this process; a limit that is already lower stays."""
    _, highest = resource.getrlimit(what)
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (soft, hard))
