"""Try an HDF5 file in a child process first.

Damaged metadata can make the HDF5 library loop for ever or crash, and no exception handler of this
process can stop that.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from specmol_core.runtime.child_processes import Limits, run

__all__ = ["find_hdf5_fault"]

_MEMORY = 8 << 30
_SECONDS = 3
_BYTES_PER_SECOND = 50 << 20
_WALL_RATIO = 5
"""Wall time (s) for each second of processor time, on a busy machine or a slow disk."""


def find_hdf5_fault(path: Path) -> str:
    """Return why an HDF5 file must not be opened in this process; empty if it may be.

    A child process reads all metadata, all texts and the first row of each array. A file that it
    refuses with an exception may be opened: the caller gets the same exception.

    Raises
    ------
    ChildError
        If the process cannot be started.
    """
    status = path.stat()
    return _find_fault(path, status.st_size, status.st_mtime_ns, status.st_ino)


@functools.lru_cache(maxsize=256)
def _find_fault(path: Path, size: int, *_: int) -> str:
    seconds = _SECONDS + size // _BYTES_PER_SECOND
    limits = Limits(memory=_MEMORY, seconds=seconds)
    try:
        done = run(f"{__name__}:visit", str(path), content=b"", timeout=_WALL_RATIO * seconds, limits=limits)
    except subprocess.TimeoutExpired:
        done = None
    return "" if done and done.returncode == 0 else f"the HDF5 library needs more than {seconds} s for it, or crashes"


def visit(path: str) -> int:
    """Read metadata, texts and first rows (in the child process)."""
    import h5py

    def read(_: str, member: h5py.Group | h5py.Dataset) -> None:
        dict(member.attrs)
        if isinstance(member, h5py.Dataset) and member.shape:
            member[:] if h5py.check_string_dtype(member.dtype) else member[:1]

    try:
        with h5py.File(path, "r", locking=False) as file:
            read("/", file)
            file.visititems(read)
    except Exception:  # the caller meets it again, and says what it means
        return 0
    return 0
