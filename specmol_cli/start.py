"""The first module of a command: it answers signals and closed streams before anything else is imported."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

__all__ = ["answer_at_once", "main", "stand_in_for_closed_streams"]

_ENDS = {signal.SIGINT: (130, b"error: interrupted\n"), signal.SIGTERM: (143, b"error: terminated\n")}


def main() -> None:
    """Run specmol on the arguments of the process."""
    stand_in_for_closed_streams()
    answer_at_once()
    from specmol_cli.main import main as run

    run()


def answer_at_once(*, quietly: bool = False) -> None:
    """Let a signal end the process without tidying up: there is nothing to tidy up yet, or it has been interrupted.

    What a process leaves behind that ends so, the next one removes. A signal that the parent had ignored stays so.

    Parameters
    ----------
    quietly
        Whether the line that says so was written before.
    """
    owner = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        code, line = _ENDS[signal.Signals(number)]
        if not quietly and os.getpid() == owner:
            with suppress(OSError):
                os.write(2, line)
        os._exit(code)

    for number in _ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def stand_in_for_closed_streams() -> None:
    """Open the null device for each standard stream that is closed: the next file would take its number.

    What is written to standard output then fails, as it should; to standard error it goes nowhere.
    """
    nowhere = os.open(os.devnull, os.O_RDONLY)
    while nowhere <= 2:
        nowhere = os.open(os.devnull, os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(nowhere, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    else:
        os.close(nowhere)
