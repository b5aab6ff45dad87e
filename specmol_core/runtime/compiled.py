"""Loops that numpy cannot express: compiled to machine code, cached on disk, and run on several cores."""

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


_CACHE_ENDINGS = (".nbi", ".nbc")
"""File name endings of numba's cache: an index and machine code, both as pickles."""

_DIGEST_BYTES = 32


class _PrivateLocator:
    """Mix-in for numba's cache locators: uses a folder only if no other user can write to it."""

    _cache_path: str
    get_source_stamp: Callable[[], Any]

    def ensure_cache_path(self) -> None:
        """Create the folder, or raise an OSError; numba then tries the next locator."""
        self._cache_path = str(private_folder(self._cache_path, _CACHE_ENDINGS))


class _EnvironmentLocator(_PrivateLocator, UserProvidedCacheLocator):
    """The folder in ``NUMBA_CACHE_DIR``."""


class _SourceFolderLocator(_PrivateLocator, InTreeCacheLocator):
    """The folder ``__pycache__`` beside the source file."""


class _UserCacheLocator(_PrivateLocator, UserWideCacheLocator):
    """The user's cache folder."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        folder = cache_folder()
        subfolder = self.get_suitable_cache_subpath(file)  # type: ignore[no-untyped-call]
        self._cache_path = str(folder / "kernels" / subfolder) if folder is not None else ""


class _PrivateCacheImpl(CompileResultCacheImpl):
    _locator_classes = [_EnvironmentLocator, _SourceFolderLocator, _UserCacheLocator]  # noqa: RUF012


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
    """numba's disk cache of a function; a damaged file or a full disk only costs a compilation."""

    _impl_class = _PrivateCacheImpl

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        if not isinstance(self._impl.locator, _PrivateLocator):
            raise PermissionError("NUMBA_CACHE_LOCATOR_CLASSES selects a locator that does not check permissions")
        self._cache_file = _SealedFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load compiled code as numba does; None if the file cannot be read."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # truncated pickles raise errors of many types
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save compiled code as numba does; do nothing if the file cannot be written."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def compiled(function: _Function) -> _Function:
    """Compile a function to machine code that releases the GIL; the compiler may reorder its sums.

    The machine code is cached beside the source or in the user's cache folder: the first of them that
    only this user can write to, because cached code is executed. If there is none, each process
    compiles the function again.
    numba's disk cache is invalidated only when the function's own file changes, so a compiled function
    may call only compiled functions of the same file.
    """
    return _compile(function, {"reassoc", "contract", "nsz"})


def compiled_exactly(function: _Function) -> _Function:
    """Compile a function as ``compiled`` does, but round every operation exactly as numpy does."""
    return _compile(function, False)


def _compile(function: _Function, fastmath: set[str] | bool) -> _Function:
    dispatcher: Any = njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)
    with suppress(RuntimeError, OSError):  # there is no folder for the cache
        # njit(cache=True) would set numba's own cache here.
        dispatcher._cache = _FaultTolerantCache(function)
    compiled_function: _Function = dispatcher
    return compiled_function


def run_in_chunks(work: Callable[[int, int], None], count: int, min_chunk: int) -> None:
    """Call ``work(start, stop)`` in parallel on consecutive chunks of ``range(count)``.

    There is at most one chunk per core, and each has at least ``min_chunk`` items if there are several.
    """
    chunks = max(1, min(core_count(), count // min_chunk))
    ends = [count * chunk // chunks for chunk in range(chunks + 1)]
    if chunks == 1:
        work(0, count)
        return
    with ThreadPoolExecutor(chunks, thread_name_prefix="specmol-loop") as pool:
        list(pool.map(work, ends[:-1], ends[1:]))
