"""Remove folders of unfinished runs, also those that a killed process was just removing."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["discard_folder", "sweep_discarded"]

_DISCARDED = re.compile(r"\..{1,40}\.[0-9a-f]{12}\.tmp", re.DOTALL)


def discard_folder(folder: Path) -> None:
    """Remove a folder. It is renamed first, so that no other run finds half of it. Errors are ignored."""
    trash = folder.with_name(f".{folder.name[:40]}.{secrets.token_hex(6)}.tmp")
    try:
        folder.rename(trash)
    except OSError:  # a new name may need space, of which a full disk or quota has none
        trash = folder
    shutil.rmtree(trash, ignore_errors=True)


def sweep_discarded(parent: Path) -> None:
    """Remove the folders in ``parent`` that :func:`discard_folder` renamed and did not live to remove.

    Nothing reads a renamed folder, so that another process may remove it at the same time. A folder that is not this
    user's, or that holds anything but plain files, is left alone. Errors are ignored.
    """
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in [entry for entry in entries if _DISCARDED.fullmatch(entry.name)]:
            with suppress(OSError):
                if _is_leftover(entry):
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_leftover(entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != _user():
        return False
    with os.scandir(entry.path) as inner:
        return all(file.is_file(follow_symlinks=False) for file in inner)


def _user() -> int:
    """Return the number of this user; on Windows, files have none but 0."""
    return os.geteuid() if hasattr(os, "geteuid") else 0
