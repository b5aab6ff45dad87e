"""NumPy archives of unknown origin."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError

__all__ = ["read_npz"]

_MAX_BYTES = 16_000_000_000


def read_npz(path: Path, names: Sequence[str], remedy: str) -> dict[str, NDArray[Any]]:
    """Return the named arrays of an archive of ``numpy.savez``; nothing is unpickled.

    Compressed members are refused, because a small file could then hold a huge array.

    Parameters
    ----------
    names
        The arrays to read; all must be there.
    remedy
        What to do about an unusable file, for messages.

    Raises
    ------
    DatasetError
        If the file is missing, damaged, compressed or larger than 16 GB, or lacks an array.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member for member in archive.infolist()}
        missing = next((name for name in names if f"{name}.npy" not in members), None)
        if missing is not None:
            raise ValueError(f"it has no array {missing}")
        used = [members[f"{name}.npy"] for name in names]
        if any(member.compress_type != zipfile.ZIP_STORED for member in used):
            raise ValueError("its arrays are compressed")
        if sum(member.file_size for member in used) > min(_MAX_BYTES, path.stat().st_size):
            raise ValueError("its arrays are larger than the file")
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in names}
        # numpy returns a member that is no array as bytes.
        if not all(isinstance(array, np.ndarray) for array in found.values()):
            raise ValueError("a member is no array")
        return found
    # A damaged header of an array may raise any of the errors of Python's parser.
    except (
        *(OSError, ValueError, KeyError, EOFError, MemoryError, NotImplementedError, RuntimeError, SyntaxError),
        *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, OverflowError, TypeError),
    ) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise DatasetError(path, f"is not a NumPy archive of specmol ({reason}); {remedy}") from None
