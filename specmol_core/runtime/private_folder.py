"""Folders that only this user can write to, so that code can safely be loaded from them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from specmol_core.runtime.machine import home_folder

try:
    import grp
    import pwd
except ImportError:  # Windows
    grp = pwd = None  # type: ignore[assignment]

__all__ = ["private_folder"]


def private_folder(path: Path | str, endings: tuple[str, ...]) -> Path:
    """Create the folder if it is missing, and check that only this user and root can write to it.

    Windows has other permissions than POSIX. There the folder must be inside the user's home folder, which
    other users cannot write to.

    Parameters
    ----------
    path
        The folder; it must be absolute.
    endings
        Endings of the names of the files that will be loaded from it.

    Returns
    -------
    The folder with symbolic links resolved.

    Raises
    ------
    PermissionError
        If the path is relative; if the folder, or a file with one of the endings, belongs to another
        user or can be written by others; or if others can replace one of its parent folders.
    OSError
        If the folder cannot be created or written.
    """
    if not os.path.isabs(path):
        raise _permission_error(path, "is not an absolute path")
    folder = Path(os.path.realpath(path))
    if pwd is None:
        return _folder_at_home(folder)
    _check_parents(folder)
    for missing in [parent for parent in (folder, *folder.parents) if not parent.exists()][::-1]:
        missing.mkdir(mode=0o700, exist_ok=True)
    _check_parents(folder)
    status = folder.lstat()
    if status.st_uid != os.geteuid():
        raise _permission_error(folder, "belongs to another user")
    if _is_writable_by_others(status):
        raise _permission_error(folder, "can be written by others")
    for entry in os.scandir(folder):
        if entry.name.endswith(endings):
            file = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(file.st_mode) or file.st_uid != os.geteuid() or _is_writable_by_others(file):
                raise _permission_error(entry.path, "may have been written by others")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _permission_error(folder, "cannot be written")
    return folder


def _folder_at_home(folder: Path) -> Path:
    home = home_folder()
    if home is None or not folder.is_relative_to(os.path.realpath(home)):
        raise _permission_error(folder, "is not inside the home folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _check_parents(folder: Path) -> None:
    """Check that no other user can replace a parent folder.

    In a folder with the sticky bit, other users cannot rename entries that are not theirs.
    """
    for parent in folder.parents:
        try:
            status = parent.lstat()
        except FileNotFoundError:
            continue
        sticky = status.st_mode & stat.S_ISVTX
        if status.st_uid not in (0, os.geteuid()) or (_is_writable_by_others(status) and not sticky):
            raise _permission_error(parent, "can be changed by others")


def _is_writable_by_others(status: os.stat_result) -> bool:
    by_group = bool(status.st_mode & stat.S_IWGRP) and not _is_private_group(status.st_gid)
    return by_group or bool(status.st_mode & stat.S_IWOTH)


def _is_private_group(number: int) -> bool:
    """Whether this user is the only member of the group; many systems create such a group per user."""
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return False
    is_only_member = group.gr_name == user.pw_name and user.pw_gid == number and set(group.gr_mem) <= {user.pw_name}
    return is_only_member and number != 0


def _permission_error(path: Path | str, reason: str) -> PermissionError:
    return PermissionError(errno.EACCES, reason, str(path))
