"""Loops that numpy has no words for: compiled to machine code, kept on disk, and shared out among cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache

__all__ = ["compiled", "cores", "shared_out"]

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


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared_out(work: Callable[[int, int], None], count: int, least: int) -> None:
    """Call ``work(start, stop)`` on parts of ``range(count)`` at once, one a core, of ``least`` items or more."""
    parts = max(1, min(cores(), count // least))
    ends = [count * part // parts for part in range(parts + 1)]
    if parts == 1:
        work(0, count)
        return
    with ThreadPoolExecutor(parts, thread_name_prefix="specmol-loop") as pool:
        list(pool.map(work, ends[:-1], ends[1:]))
