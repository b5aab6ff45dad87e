"""Loops that numpy has no words for: compiled to machine code, kept on disk, and shared out among cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache

__all__ = ["compiled", "core_count", "run_in_chunks"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _FaultTolerantCache(FunctionCache):
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
    dispatcher: Any = njit(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})(function)
    with suppress(RuntimeError):  # there is no folder to keep it in
        # Where njit(cache=True) would put numba's own.
        dispatcher._cache = _FaultTolerantCache(function)  # type: ignore[no-untyped-call]
    compiled_function: _Function = dispatcher
    return compiled_function


def core_count() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_in_chunks(work: Callable[[int, int], None], count: int, min_chunk: int) -> None:
    """Call ``work(start, stop)`` on parts of ``range(count)`` at once, one a core, of ``min_chunk`` items or more."""
    chunks = max(1, min(core_count(), count // min_chunk))
    ends = [count * chunk // chunks for chunk in range(chunks + 1)]
    if chunks == 1:
        work(0, count)
        return
    with ThreadPoolExecutor(chunks, thread_name_prefix="specmol-loop") as pool:
        list(pool.map(work, ends[:-1], ends[1:]))
