"""Tensors in a file: safetensors with a JSON header, optionally 8 bits per weight."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from specmol_core.atomic import atomic_write
from specmol_core.errors import CheckpointError

__all__ = ["dequantise", "format_of", "quantise_rows", "read_tensors", "write_tensors"]

_HEADER = "specmol"
_SCALE = ".scale"
_SMALLEST_QUANTISED = 4096
"""Weights of fewer numbers stay in full precision: nothing is gained."""
_MAX_BYTES = 2_000_000_000
_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int8)
"""What weights come in. Of narrower ones torch cannot even say whether they are finite."""


def quantise_rows(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 8-bit weights (same shape, int8) and the float32 scale of each output row (rows,)."""
    flat = weight.flatten(1)
    scale = flat.abs().amax(1).clamp_min(1e-12) / 127
    return torch.round(flat / scale[:, None]).to(torch.int8).reshape(weight.shape), scale


def dequantise(weight: Tensor, scale: Tensor) -> Tensor:
    """Float32 weights of ``quantise_rows``' output."""
    return (weight.flatten(1).float() * scale[:, None]).reshape(weight.shape)


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any], *, quantise: bool) -> None:
    """Write tensors and their header atomically.

    With ``quantise``, floating tensors of two or more dimensions and at least 4,096 numbers become
    8-bit rows with a scale each; the reader undoes it.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        value = tensor.detach().cpu()
        if quantise and value.ndim >= 2 and value.is_floating_point() and value.numel() >= _SMALLEST_QUANTISED:
            stored[name], stored[name + _SCALE] = quantise_rows(value)
        else:
            stored[name] = value
        stored[name] = stored[name].contiguous()
    payload = save(stored, metadata={_HEADER: json.dumps(header, sort_keys=True)})
    with atomic_write(path, "wb") as file:
        file.write(payload)


def format_of(path: Path) -> str:
    """What the header of a checkpoint says that it is; empty where it says nothing.

    Raises
    ------
    CheckpointError
        If the file is missing or no safetensors file.
    """
    try:
        if not path.is_file():
            raise CheckpointError(path, "no such file; give a checkpoint written by specmol")
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise CheckpointError(
            path, f"no readable safetensors ({error}); give a checkpoint written by specmol"
        ) from None
    return str(header.get("format", "")) if isinstance(header, dict) else ""


def read_tensors(path: Path, expected_format: str | None) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Tensors in full precision, the header, and the sha256 of the file.

    Parameters
    ----------
    expected_format
        What the header's ``format`` must say; None reads any safetensors file, header or not.

    Raises
    ------
    CheckpointError
        If the file is missing, empty, damaged, or of another format.
    """
    try:
        size = path.stat().st_size
        if not path.is_file() or size == 0 or size > _MAX_BYTES:
            raise CheckpointError(path, "is empty, too large or no file; give a .safetensors checkpoint")
        digest = _sha256(path)
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        header = json.loads(metadata.get(_HEADER, "{}"))
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"no readable safetensors ({error})"
        raise CheckpointError(path, f"{reason}; give a checkpoint written by specmol") from None
    found = header.get("format") if isinstance(header, dict) else None
    if expected_format is not None and found != expected_format:
        raise CheckpointError(path, f"format is {found!r}, expected {expected_format!r}; this is another kind of file")
    tensors: dict[str, Tensor] = {}
    for name, value in stored.items():
        if name.endswith(_SCALE) and name.removesuffix(_SCALE) in stored:
            continue
        scale = stored.get(name + _SCALE)
        if value.dtype not in _DTYPES:
            raise CheckpointError(path, f"tensor {name} is of type {value.dtype}, which no checkpoint of specmol holds")
        if scale is not None and (value.dtype != torch.int8 or value.ndim < 2 or scale.shape != value.shape[:1]):
            raise CheckpointError(path, f"tensor {name} does not fit its scale; the file is damaged")
        tensors[name] = value if scale is None else dequantise(value, scale)
        if tensors[name].is_floating_point() and not bool(torch.isfinite(tensors[name]).all()):
            raise CheckpointError(path, f"tensor {name} holds values that are not finite; the file is damaged")
    return tensors, header, digest


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
