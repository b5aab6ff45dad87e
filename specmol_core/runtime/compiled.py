"""Loops that numpy has no words for: compiled to machine code, kept on disk, and shared out among cores."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)

from specmol_core.runtime.machine import cache_folder, core_count
from specmol_core.runtime.private_folder import private_folder

__all__ = ["compiled", "compiled_exactly", "run_in_chunks"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


_KEPT = (".nbi", ".nbc")
"""Ends of the names of numba's files: an index and machine code, both as pickles."""

_DIGEST_BYTES = 32


class _Private:
    """A place of numba's that is used only where nobody else can have put machine code into it."""

    _cache_path: str
    get_source_stamp: Callable[[], Any]

    def ensure_cache_path(self) -> None:
        """Make the folder, or raise an OSError: numba then tries the next place."""
        self._cache_path = str(private_folder(self._cache_path, _KEPT))


class _Named(_Private, UserProvidedCacheLocator):
    """The folder that ``NUMBA_CACHE_DIR`` names."""


class _Beside(_Private, InTreeCacheLocator):
    """The folder of compiled modules beside the source."""


class _OfUser(_Private, UserWideCacheLocator):
    """The user's cache folder."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        folder = cache_folder()
        kept = self.get_suitable_cache_subpath(file)  # type: ignore[no-untyped-call]
        self._cache_path = str(folder / "kernels" / kept) if folder is not None else ""


class _Kept(CompileResultCacheImpl):
    _locator_classes = [_Named, _Beside, _OfUser]  # noqa: RUF012


class _SealedFiles(IndexDataCacheFile):
    """Numba's files with a checksum at their end: a flipped bit in machine code is found before the code runs."""

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[Any]:
        content = io.BytesIO()
        with super()._open_for_write(filepath) as file:
            yield content
            file.write(content.getvalue() + sha256(content.getvalue()).digest())

    def _load_index(self) -> Any:
        return super()._load_index() if _is_whole(self._index_path) else {}  # type: ignore[no-untyped-call]

    def _load_data(self, name: str) -> Any:
        path = self._data_path(name)  # type: ignore[no-untyped-call]
        if not _is_whole(path):
            raise OSError(errno.EIO, "damaged", path)  # numba then compiles anew
        return super()._load_data(name)  # type: ignore[no-untyped-call]


def _is_whole(path: str) -> bool:
    with suppress(OSError):
        content = Path(path).read_bytes()
        return sha256(content[:-_DIGEST_BYTES]).digest() == content[-_DIGEST_BYTES:]
    return False


class _FaultTolerantCache(FunctionCache):
    """What numba keeps of a function; damage to it, or a full disk, costs a compilation and nothing else."""

    _impl_class = _Kept

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        if not isinstance(self._impl.locator, _Private):
            raise PermissionError("NUMBA_CACHE_LOCATOR_CLASSES names a place that is not checked")
        self._cache_file = _SealedFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )  # type: ignore[no-untyped-call]

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

    Kept beside its source or in the user's cache folder, whichever is the user's own and can be written by nobody else:
    what is loaded from there runs. Where neither is, each process compiles the function anew.
    What one compiled function uses of others must stand in the same file, whose change is what renews what was kept.
    """
    return _kept(function, {"reassoc", "contract", "nsz"})


def compiled_exactly(function: _Function) -> _Function:
    """As ``compiled``, but every operation is rounded as numpy rounds it: its results are those of numpy."""
    return _kept(function, False)


def _kept(function: _Function, fastmath: set[str] | bool) -> _Function:
    dispatcher: Any = njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)
    with suppress(RuntimeError, OSError):  # there is no folder to keep it in
        # Where njit(cache=True) would put numba's own.
        dispatcher._cache = _FaultTolerantCache(function)
    compiled_function: _Function = dispatcher
    return compiled_function


def run_in_chunks(work: Callable[[int, int], None], count: int, min_chunk: int) -> None:
    """Call ``work(start, stop)`` on parts of ``range(count)`` at once, one a core, of ``min_chunk`` items or more."""
    chunks = max(1, min(core_count(), count // min_chunk))
    ends = [count * chunk // chunks for chunk in range(chunks + 1)]
    if chunks == 1:
        work(0, count)
        return
    with ThreadPoolExecutor(chunks, thread_name_prefix="specmol-loop") as pool:
        list(pool.map(work, ends[:-1], ends[1:]))
