"""Arrays in a safetensors file with a JSON header, read and written without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from specmol_core.errors import CheckpointError
from specmol_core.storage.atomic import atomic_write

__all__ = ["checkpoint_format", "header_metadata", "read_arrays", "read_safetensors", "write_arrays"]

_HEADER = "specmol"
_MAX_BYTES = 2_000_000_000
_OLDER_FORMATS = ("specmol-evidence-1", "specmol-matchnet-1")
"""Formats of checkpoints before version 0.2.0, whose keys have other names."""
_TYPES = ("float64", "float32", "float16", "int64", "int32")


def header_metadata(header: dict[str, Any]) -> dict[str, str]:
    """Return the safetensors metadata for a header."""
    return {_HEADER: json.dumps(header, sort_keys=True)}


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], header: dict[str, Any]) -> None:
    """Write arrays and their header atomically.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    payload = save({name: np.ascontiguousarray(a) for name, a in arrays.items()}, metadata=header_metadata(header))
    with atomic_write(path, "wb") as file:
        file.write(payload)


def checkpoint_format(path: Path) -> str:
    """Return the ``format`` in the header of a checkpoint; empty if there is none.

    Raises
    ------
    CheckpointError
        If the file is missing or not a safetensors file.
    """
    try:
        if not path.is_file():
            raise CheckpointError(path, "no such file; give a checkpoint written by specmol")
        with safe_open(path, framework="np") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise CheckpointError(
            path, f"not a readable safetensors file ({error}); give a checkpoint written by specmol"
        ) from None
    return str(header.get("format", "")) if isinstance(header, dict) else ""


def read_safetensors(
    path: Path, expected_format: str | None, framework: str
) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Read the stored values, the header, and the SHA-256 of a file.

    Parameters
    ----------
    path
        A safetensors file.
    expected_format
        Required ``format`` of the header; None reads any safetensors file, with or without a header.
    framework
        ``np`` for arrays, ``pt`` for torch tensors.

    Raises
    ------
    CheckpointError
        If the file is missing, empty, damaged, or of another format.
    """
    try:
        size = path.stat().st_size
        if not path.is_file() or size == 0 or size > _MAX_BYTES:
            raise CheckpointError(path, "is empty, too large or not a file; give a .safetensors checkpoint")
        digest = _sha256(path)
        with safe_open(path, framework=framework) as file:
            metadata = file.metadata() or {}
            values_by_name = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        header = json.loads(metadata.get(_HEADER, "{}"))
    # A type that numpy lacks, such as bfloat16, is a TypeError.
    except (OSError, SafetensorError, TypeError, ValueError, RecursionError) as error:
        reason = (
            "no such file" if isinstance(error, FileNotFoundError) else f"not a readable safetensors file ({error})"
        )
        raise CheckpointError(path, f"{reason}; give a checkpoint written by specmol") from None
    found_format = header.get("format") if isinstance(header, dict) else None
    if found_format in _OLDER_FORMATS:
        raise CheckpointError(path, "was written by a version before 0.2.0; train it again, or use a shipped model")
    if expected_format is not None and found_format != expected_format:
        raise CheckpointError(
            path, f"format is {found_format!r}, expected {expected_format!r}; this is another kind of file"
        )
    return values_by_name, header, digest


def read_arrays(path: Path, expected_format: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any], str]:
    """Read the arrays, the header, and the SHA-256 of a file.

    Raises
    ------
    CheckpointError
        If the file is missing, empty, damaged, of another format, or holds values that are not finite.
    """
    arrays, header, digest = read_safetensors(path, expected_format, "np")
    for name, values in arrays.items():
        if values.dtype.name not in _TYPES:
            raise CheckpointError(path, f"tensor {name} has type {values.dtype}, which this format does not support")
        if not np.isfinite(values).all():
            raise CheckpointError(path, f"tensor {name} holds values that are not finite; the file is damaged")
    return arrays, header, digest


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
