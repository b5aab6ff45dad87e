"""Files that appear whole or not at all: written beside their place, flushed to disk, then renamed into it."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Literal

from specmol_core.errors import OutputError

__all__ = ["atomic_path", "atomic_write", "output_error", "sync_folder"]

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or write elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space or write elsewhere",
    errno.EFBIG: "the file would be larger than allowed here; raise the limit (ulimit -f) or write elsewhere",
    errno.EROFS: "the file system is read-only; write elsewhere",
    errno.EACCES: "no permission to write here; write elsewhere or change the permissions",
    errno.EPERM: "no permission to write here; write elsewhere or change the permissions",
    errno.ENOENT: "no such folder; create it first",
    errno.ENOTDIR: "a part of this path is a file, not a folder; write elsewhere",
    errno.EISDIR: "this is a folder; name a file in it",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}
_TEMPORARY = re.compile(r"\..{1,40}\.[0-9a-f]{12}\.tmp", re.DOTALL)


def output_error(path: Path | str, error: OSError) -> OutputError:
    """The OutputError for a failed write to ``path``, with the remedy that fits the system's reason."""
    reason = error.strerror or str(error) or type(error).__name__
    remedy = _REMEDIES.get(error.errno or 0, f"cannot be written ({reason}); check the disk or write elsewhere")
    return OutputError(path, remedy)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. File systems that cannot do so are taken at their word."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """A temporary path beside ``path``, for libraries that open files by name; it becomes ``path`` at the end.

    The temporary file exists and is empty. If the body raises anything, KeyboardInterrupt included, it
    is removed and the old file stays as it was; that of a killed process is removed by the next one that writes into
    the folder. A symbolic link is followed: its target is replaced.
    The body should do nothing but write, because each OSError in it is reported as a failed write.

    Raises
    ------
    OutputError
        If the folder is missing or read-only, the disk is full, or ``path`` is no regular file.
    """
    given, target = Path(path), Path(os.path.realpath(path))
    try:
        mode = _mode_of(target)
        _sweep(target.parent)
        temporary, lock = _locked_temporary(target)
        try:
            yield temporary
            _sync_file(temporary)
            if mode is not None:
                temporary.chmod(mode)
            temporary.replace(target)
        finally:
            # After the rename there is nothing left of this name.
            with suppress(OSError):
                temporary.unlink()
            os.close(lock)
        sync_folder(target.parent)
    except OSError as error:
        raise output_error(given, error) from error


@contextmanager
def atomic_write(path: Path | str, mode: Literal["w", "wb"] = "w", *, newline: str | None = "") -> Iterator[IO[Any]]:
    """An open file, UTF-8 if text, that becomes ``path`` when the body ends well (see :func:`atomic_path`).

    A device or a pipe such as ``/dev/stdout`` is written directly: renaming a file over it would destroy it.

    Raises
    ------
    OutputError
        As :func:`atomic_path`.
    """
    text: dict[str, Any] = {} if mode == "wb" else {"encoding": "utf-8", "newline": newline}
    if _is_stream(Path(path)):
        try:
            with open(path, mode, **text) as stream:
                yield stream
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_error(path, error) from error
        return
    with atomic_path(path) as temporary, open(temporary, mode, **text) as file:
        yield file


def _locked_temporary(target: Path) -> tuple[Path, int]:
    """A new file beside the target, and its descriptor, whose lock says that this process is still at work.

    Who writes to it with h5py says ``locking=False``, since HDF5 would want this lock.
    """
    while True:
        path = target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.tmp")
        # The kernel applies the umask here; tempfile would leave a file that only its owner can read.
        lock = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path), os.fstat(lock)):
                return path, lock
        os.close(lock)  # another process took it for a leftover before it was locked


@lru_cache(maxsize=1024)
def _sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder; once a process, as folders may be large."""
    with suppress(OSError), os.scandir(folder) as entries:
        for name in [entry.name for entry in entries if _TEMPORARY.fullmatch(entry.name)]:
            with suppress(OSError):
                _remove_unlocked(folder / name)


def _remove_unlocked(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    finally:
        os.close(descriptor)


def _is_stream(path: Path) -> bool:
    try:
        kind = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(kind) or stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)


def _mode_of(target: Path) -> int | None:
    """Permissions of the file to be replaced; None if there is none yet."""
    try:
        kind = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "not a regular file", str(target))
    return stat.S_IMODE(kind)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
