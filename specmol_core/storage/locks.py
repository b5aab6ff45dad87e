"""Locks between processes, also where the operating system or the file system has none.

A record lock of POSIX (``lockf``) is released by the kernel when its process ends. Windows has no
``fcntl``, and some network file systems refuse such locks. There a lock is a file that only one process
can create, and whose date it renews; it is stale if its process is gone, or if its date is old.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["CLOSE_ON_EXEC", "NO_FOLLOW", "NO_WAIT", "HeldLock", "hold", "host_mark", "is_held", "try_lock"]

_BUSY = (errno.EAGAIN, errno.EACCES)
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
CLOSE_ON_EXEC: int = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
"""Flags of ``os.open``; 0 on systems that lack them. On Windows, ``O_BINARY`` keeps line ends."""
_FLAGS = CLOSE_ON_EXEC | NO_FOLLOW
_RENEWAL_SECONDS = 20.0
_STALE_SECONDS = 300.0
"""Age of a lock file whose process ended without removing it, or was suspended for as long."""
_MAX_OWNER_BYTES = 1 << 12


class HeldLock:
    """A lock of this process; ``release`` gives it back."""

    def __init__(self, descriptor: int | None = None, file: _LockFile | None = None) -> None:
        self._descriptor, self._file = descriptor, file

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        if self._file is not None:
            self._file.release()
        self._descriptor = self._file = None


def try_lock(path: Path) -> HeldLock | None:
    """Lock a file, which is created if it is missing; None if another process holds the lock.

    A record lock does not separate threads of one process.

    Raises
    ------
    OSError
        If the folder is missing or cannot be written. FileNotFoundError also if another process has
        just removed the folder.
    """
    while fcntl is not None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o666)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return HeldLock(descriptor)
        except FileNotFoundError:  # another process removed the file before it was locked
            pass
        except OSError as error:
            os.close(descriptor)
            if error.errno in _BUSY:
                return None
            if error.errno in _UNSUPPORTED:
                break
            raise
        os.close(descriptor)
    file = _LockFile.create(path.with_name(f"{path.name}.owner"))
    return HeldLock(file=file) if file is not None else None


def hold(descriptor: int) -> bool:
    """Mark an open file as being written by this process; return whether the system could."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def is_held(descriptor: int) -> bool | None:
    """Whether another process has marked an open file with ``hold``; None if the system cannot tell."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in _BUSY else None
    return False


def host_mark() -> str:
    """Return four hexadecimal digits that stand for this machine or container."""
    return f"{zlib.crc32(_host().encode()) & 0xFFFF:04x}"


def _host() -> str:
    """Return the name of the machine, and of the set of process numbers if containers have their own."""
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    with suppress(OSError):
        return f"{name}:{os.stat('/proc/self/ns/pid').st_ino}"
    return name


class _LockFile:
    """A file that only its creator owns; a thread renews its date."""

    def __init__(self, path: Path, owner: dict[str, Any]) -> None:
        self._path, self._owner = path, owner
        self._ended = threading.Event()
        threading.Thread(target=self._renew, name="specmol-lock", daemon=True).start()

    @classmethod
    def create(cls, path: Path) -> _LockFile | None:
        """Create the file; None if another process owns it."""
        owner = {"host": _host(), "pid": os.getpid(), "token": secrets.token_hex(8)}
        for _ in range(2):
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o666)
            except FileExistsError:
                if not _remove_stale(path):
                    return None
                continue
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(owner).encode())
            return cls(path, owner)
        return None

    def release(self) -> None:
        """Remove the file, if it is still that of this process."""
        self._ended.set()
        with suppress(OSError):
            if _owner(self._path) == self._owner:
                self._path.unlink()

    def _renew(self) -> None:
        while not self._ended.wait(_RENEWAL_SECONDS):
            with suppress(OSError):
                os.utime(self._path)


def _owner(path: Path) -> Any:
    """Return what the file says about its owner; None if that is not written yet, or damaged."""
    with open(path, "rb") as file:
        content = file.read(_MAX_OWNER_BYTES)
    with suppress(ValueError, RecursionError):
        return json.loads(content)
    return None


def _remove_stale(path: Path) -> bool:
    """Remove the lock file of a process that is gone; whether the caller may try again."""
    trash = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    try:
        owner = _owner(path)
        if not _is_stale(path, owner):
            return False
        path.rename(trash)
        if _owner(trash) == owner:
            trash.unlink()
            return True
        # Another process was faster, and this is its new file.
        if not path.exists():
            trash.rename(path)
    except FileNotFoundError:
        return True
    except OSError:
        pass
    return False


def _is_stale(path: Path, owner: Any) -> bool:
    if isinstance(owner, dict) and owner.get("host") == _host() and _is_gone(owner.get("pid")):
        return True
    # The clock of a file server may be another one, so the date is compared with that of a new file.
    probe = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o666))
        return probe.stat().st_mtime - path.stat().st_mtime > _STALE_SECONDS
    finally:
        with suppress(OSError):
            probe.unlink()


def _is_gone(number: Any) -> bool:
    # On Windows, signal 0 is Ctrl-C.
    if type(number) is not int or number <= 0 or os.name == "nt":
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False
