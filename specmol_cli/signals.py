"""Signals and closed streams: what the process does about them before other modules are imported."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

__all__ = ["exit_on_signals", "replace_closed_streams"]

_EXITS = {signal.SIGINT: (130, b"error: interrupted\n"), signal.SIGTERM: (143, b"error: terminated\n")}


def exit_on_signals(*, silent: bool = False) -> None:
    """Make SIGINT and SIGTERM end the process immediately, without cleanup.

    This is used before there is anything to clean up, and after the cleanup was interrupted. The next
    process removes files that are left behind. A signal that the parent process ignores stays ignored.

    Parameters
    ----------
    silent
        Whether to print no message, because it was printed before.
    """
    owner = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        code, line = _EXITS[signal.Signals(number)]
        if not silent and os.getpid() == owner:
            with suppress(OSError):
                os.write(2, line)
        os._exit(code)

    for number in _EXITS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def replace_closed_streams() -> None:
    """Open the null device for each closed standard stream; else the next file would get its number.

    Writing to standard output then fails, as it should. Text to standard error is discarded.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    while null <= 2:
        null = os.open(os.devnull, os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(null, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    else:
        os.close(null)
