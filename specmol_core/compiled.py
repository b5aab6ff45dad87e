"""Loops that numpy has no words for, compiled to machine code at their first call and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["compiled"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """The function in machine code, without the interpreter's lock, its sums free to be vectorised.

    Kept beside its source or in the user's cache folder; where neither can be written, each process compiles it anew.
    What one compiled function uses of others must stand in the same file, whose change is what renews what was kept.
    """
    settings: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}
    try:
        found: _Function = njit(cache=True, **settings)(function)
    except RuntimeError:  # there is no folder to keep it in
        found = njit(**settings)(function)
    return found
