"""How a task reports its progress."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

__all__ = ["Advance", "ProgressFactory", "no_progress"]

Advance = Callable[[int, int | None], None]
"""Hears how much is done and, where that is known, of how much."""
ProgressFactory = Callable[[str], AbstractContextManager[Advance]]
"""Starts to show the progress of a piece of work with this name."""


def no_progress(what: str) -> AbstractContextManager[Advance]:
    """Progress that nobody sees."""
    return nullcontext(lambda done, total: None)
