"""Folders whose content only this user can have written: what may be loaded from them is code."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from pathlib import Path

__all__ = ["private_folder"]


def private_folder(path: Path | str, endings: tuple[str, ...]) -> Path:
    """Make the folder if it is missing, and check that nobody but this user and root can have put files into it.

    Parameters
    ----------
    path
        The folder; it must be absolute.
    endings
        Ends of the names of the files that will be loaded from it.

    Returns
    -------
    The folder without symbolic links.

    Raises
    ------
    PermissionError
        If the path is relative, or the folder or a file with one of the endings belongs to another user, or others may
        write to it; likewise a folder on the way to it, unless others may not rename what is not theirs there.
    OSError
        If the folder cannot be made or written.
    """
    if not os.path.isabs(path):
        raise _refused(path, "is no absolute path")
    folder = Path(os.path.realpath(path))
    _check_way(folder)
    for missing in [one for one in (folder, *folder.parents) if not one.exists()][::-1]:
        missing.mkdir(mode=0o700, exist_ok=True)
    _check_way(folder)
    found = folder.lstat()
    if found.st_uid != os.geteuid():
        raise _refused(folder, "belongs to another user")
    if _others_write(found):
        raise _refused(folder, "can be written by others")
    for entry in os.scandir(folder):
        if entry.name.endswith(endings):
            file = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(file.st_mode) or file.st_uid != os.geteuid() or _others_write(file):
                raise _refused(entry.path, "can have been written by others")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refused(folder, "cannot be written")
    return folder


def _check_way(folder: Path) -> None:
    """Nobody else may put another folder in the place of one on the way."""
    for above in folder.parents:
        try:
            found = above.lstat()
        except FileNotFoundError:
            continue
        sticky = found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.geteuid()) or (_others_write(found) and not sticky):
            raise _refused(above, "can be changed by others")


def _others_write(found: os.stat_result) -> bool:
    in_group = bool(found.st_mode & stat.S_IWGRP) and not _is_own_group(found.st_gid)
    return in_group or bool(found.st_mode & stat.S_IWOTH)


def _is_own_group(number: int) -> bool:
    """Whether the group has this user as its only member, as many systems make one for each user."""
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return False
    alone = group.gr_name == user.pw_name and user.pw_gid == number and set(group.gr_mem) <= {user.pw_name}
    return alone and number != 0


def _refused(path: Path | str, reason: str) -> PermissionError:
    return PermissionError(errno.EACCES, reason, str(path))
