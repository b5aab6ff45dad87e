"""Loops that numpy has no words for, compiled to machine code at their first call and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache

__all__ = ["compiled"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _SoundCache(FunctionCache):
    """What numba keeps of a function; damage to it, or a full disk, costs a compilation and nothing else."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """As numba has it; None where what was kept cannot be read."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # of bytes that broke off, anything may come
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """As numba has it; nothing where it cannot be written."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def compiled(function: _Function) -> _Function:
    """The function in machine code, without the interpreter's lock, its sums free to be vectorised.

    Kept beside its source or in the user's cache folder; where neither can be written, each process compiles it anew.
    What one compiled function uses of others must stand in the same file, whose change is what renews what was kept.
    """
    found: Any = njit(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})(function)
    with suppress(RuntimeError):  # there is no folder to keep it in
        # Where njit(cache=True) would put numba's own.
        found._cache = _SoundCache(function)  # type: ignore[no-untyped-call]
    compiled_function: _Function = found
    return compiled_function
