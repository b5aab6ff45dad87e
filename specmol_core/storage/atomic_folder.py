"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from specmol_core.errors import OutputError
from specmol_core.storage.atomic import output_error, sync_folder

__all__ = ["atomic_folder"]


@contextmanager
def atomic_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``; it becomes ``path`` at the end.

    If the body raises anything, the temporary folder is removed and an old folder stays as it was.
    A killed process leaves a folder ``.<name>.<12 digits>.tmp``, which can be removed.

    Parameters
    ----------
    replace
        Whether an existing folder is replaced.

    Raises
    ------
    OutputError
        If the folder exists and is not to be replaced, or it cannot be written.
    """
    target = Path(os.path.realpath(path))
    temporary = _temporary_name(target)
    try:
        temporary.mkdir()
        try:
            yield temporary
            sync_folder(temporary)
            old = _temporary_name(target) if replace and target.exists() else None
            if old is not None:
                target.rename(old)
            elif target.exists():
                raise OutputError(path, "exists; choose another name, or replace it with --force")
            try:
                temporary.rename(target)
            except OSError:
                if old is not None:
                    old.rename(target)
                raise
            sync_folder(target.parent)
            if old is not None:
                shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise output_error(path, error) from error


def _temporary_name(target: Path) -> Path:
    return target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.tmp")
