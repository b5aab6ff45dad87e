"""Errors as one line on standard error and an exit code, with a traceback only on request."""

from __future__ import annotations

import errno
import os
import sys
import traceback

import typer

from specmol_core.errors import (
    DEBUG,
    INTERNAL,
    OutputError,
    SpecmolError,
    UsageError,
    fault_message,
    missing_package,
)
from specmol_core.storage.plain_text import plain_text

__all__ = ["DEBUG", "TerminationRequest", "exit_code_of"]

_INTERRUPTED_CODE, _TERMINATED_CODE = 130, 143


class TerminationRequest(KeyboardInterrupt):
    """Request to terminate (SIGTERM); it unwinds the stack as Ctrl-C does."""


def exit_code_of(error: BaseException) -> int:
    """Print an error as one line on standard error and return its exit code."""
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return 0
    message, code = _describe(error)
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        # The rest of the buffer cannot be written either, and Python would report that at exit.
        _silence_stdout()
    if isinstance(error, KeyboardInterrupt):
        # CPython remembers an interrupt during an exec() and would end with the signal's exit code.
        # The next exec() clears this state.
        exec("")
    print(f"error: {plain_text(message)}", file=sys.stderr)
    return code


def _describe(error: BaseException) -> tuple[str, int]:
    if isinstance(error, SpecmolError):
        return str(error), error.exit_code
    if isinstance(error, TerminationRequest):
        return "; ".join(("terminated", *map(str, error.args))), _TERMINATED_CODE
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "; ".join(("interrupted", *map(str, error.args))), _INTERRUPTED_CODE
    if hasattr(error, "format_message"):  # a usage error of click, which some versions of typer vendor
        context = getattr(error, "ctx", None)
        message = error.format_message().rstrip(".")
        if context is not None:
            message += f"{' See' if message.endswith('?') else '; see'} {context.command_path} --help"
        return message, UsageError.exit_code
    if isinstance(error, OSError):
        return _describe_os_error(error)
    missing = missing_package(error)
    if missing is not None:
        return str(missing), missing.exit_code
    return fault_message(error), INTERNAL


def _describe_os_error(error: OSError) -> tuple[str, int]:
    where = error.filename if error.filename is not None else "standard output"
    if error.errno == errno.EBADF and error.filename is None:
        return "standard output: is closed; use --output FILE, or do not close it", OutputError.exit_code
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}: no space left on the disk; free some, or write elsewhere", OutputError.exit_code
    return f"{where}: {error.strerror or error}; check the path and its permissions", OutputError.exit_code


def _silence_stdout() -> None:
    """Discard the buffer of standard output, so that Python prints no error at exit."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, descriptor)
    os.close(devnull)
