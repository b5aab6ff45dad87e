"""Types for reporting the progress of a task."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

__all__ = ["Advance", "ProgressFactory", "no_progress"]

Advance = Callable[[int, int | None], None]
"""Called with the amount done and the total; the total is None if unknown."""
ProgressFactory = Callable[[str], AbstractContextManager[Advance]]
"""Starts showing the progress of the task with this name; the context gives an ``Advance``."""


def no_progress(what: str) -> AbstractContextManager[Advance]:
    """Return a context that ignores all progress."""
    return nullcontext(lambda done, total: None)
