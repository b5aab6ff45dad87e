"""Atomic file writes: a file is written under a temporary name, flushed to disk, then renamed.

The target is replaced as a whole or not at all.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Literal

from specmol_core.errors import OutputError
from specmol_core.storage.locks import CLOSE_ON_EXEC, NO_FOLLOW, NO_WAIT, hold, host_mark, is_held

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
    errno.EXDEV: "this file is mounted on its own and cannot be replaced; name a file in a mounted folder",
    errno.EBUSY: "this file is mounted on its own or in use and cannot be replaced; name another file",
    errno.ESTALE: "the network folder has changed or is gone; mount it again or write elsewhere",
    errno.ENOLCK: "the file system has no locks left; write to a local folder",
}
_TEMPORARY = re.compile(r"\..{1,40}\.([0-9a-f]{4})[0-9a-f]{8}\.tmp", re.DOTALL)
_OLD_SECONDS = 86_400.0
"""Age from which a temporary file counts as left behind if its lock cannot tell (s)."""


def output_error(path: Path | str, error: OSError) -> OutputError:
    """Return an OutputError for a failed write to ``path``, with a remedy for the system's reason."""
    reason = error.strerror or str(error) or type(error).__name__
    remedy = _REMEDIES.get(error.errno or 0, f"cannot be written ({reason}); check the disk or write elsewhere")
    return OutputError(path, remedy)


def sync_folder(folder: Path) -> None:
    """Flush the directory entries of ``folder`` to disk; file systems without support are ignored."""
    with suppress(OSError):  # Windows cannot open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path``, which is renamed to ``path`` when the body ends.

    It is for libraries that open files by name. The temporary file exists and is empty. If the body
    raises anything, KeyboardInterrupt included, the temporary file is removed and the old file stays.
    The temporary file of a killed process is removed by the next process that writes to the folder.
    A symbolic link is followed, and its target is replaced.
    The body should only write, because every OSError in it is reported as a failed write.

    Raises
    ------
    OutputError
        If the folder is missing or read-only, the disk is full, or ``path`` is not a regular file.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = _mode_of(target)
        _sweep(target.parent)
        temporary, lock = _locked_temporary(target)
        try:
            yield temporary
            _sync_file(temporary)
            if mode is not None:
                _set_mode(temporary, mode)
            if os.name == "nt":  # Windows renames no open file
                os.close(lock)
            temporary.replace(target)
        finally:
            # After the rename this name does not exist.
            with suppress(OSError):
                temporary.unlink()
            with suppress(OSError):
                os.close(lock)
        sync_folder(target.parent)
    except OSError as error:
        raise output_error(Path(path), error) from error


@contextmanager
def atomic_write(path: Path | str, mode: Literal["w", "wb"] = "w", *, newline: str | None = "") -> Iterator[IO[Any]]:
    """Yield an open file that replaces ``path`` when the body ends without error; text is UTF-8.

    See :func:`atomic_path`. A device or a pipe such as ``/dev/stdout`` is written directly, because
    renaming a file to its name would destroy it.

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
    """Create a file beside the target, and return its path and its locked descriptor.

    The lock shows that this process is still writing. A writer that uses h5py must set
    ``locking=False``, because HDF5 would wait for this lock.
    """
    while True:
        path = target.with_name(f".{target.name[:40]}.{host_mark()}{secrets.token_hex(4)}.tmp")
        # The kernel applies the umask here; tempfile would create a file that only its owner can read.
        lock = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | CLOSE_ON_EXEC, 0o666)
        hold(lock)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path), os.fstat(lock)):
                return path, lock
        os.close(lock)  # another process removed the file as stale before it was locked


@lru_cache(maxsize=1024)
def _sweep(folder: Path) -> None:
    """Remove the temporary files of killed processes from a folder.

    This is done once per process and folder, because folders may be large.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        names = [(entry.name, match[1]) for entry in entries if (match := _TEMPORARY.fullmatch(entry.name))]
        for name, host in names:
            with suppress(OSError):
                _remove_stale(folder / name, is_local=host == host_mark())


def _remove_stale(path: Path, *, is_local: bool) -> None:
    """Remove a temporary file that no process is writing.

    Locks of another machine may not be seen here, and some file systems have none: there the age decides.
    """
    descriptor = os.open(path, os.O_WRONLY | NO_FOLLOW | NO_WAIT | CLOSE_ON_EXEC)
    try:
        status = os.fstat(descriptor)
        held = is_held(descriptor)
        is_certain = held is False and is_local
        is_old = time.time() - status.st_mtime > _OLD_SECONDS
        if stat.S_ISREG(status.st_mode) and not held and (is_certain or is_old):
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
    """Return the permissions of the file to replace; None if there is no file."""
    try:
        kind = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "not a regular file", str(target))
    return stat.S_IMODE(kind)


def _set_mode(path: Path, mode: int) -> None:
    """Set the permissions; a file system without permissions may refuse, if none is added."""
    try:
        path.chmod(mode)
    except OSError:
        if stat.S_IMODE(path.stat().st_mode) & ~mode:
            raise


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
