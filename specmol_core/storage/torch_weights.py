"""Torch tensors in a file: safetensors with a JSON header, optionally with 8 bits per weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from specmol_core.errors import CheckpointError
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.weights import header_metadata, read_safetensors

__all__ = ["dequantise", "quantise_rows", "read_tensors", "write_tensors"]

_SCALE = ".scale"
_MIN_QUANTISED_SIZE = 4096
"""Tensors with fewer elements stay in full precision, because quantisation would save little."""
_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int8)
"""Accepted types of weights. For narrower types torch cannot check whether values are finite."""


def quantise_rows(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return symmetric 8-bit weights (same shape, int8) and a float32 scale per output row (rows,)."""
    flat = weight.flatten(1)
    scale = flat.abs().amax(1).clamp_min(1e-12) / 127
    return torch.round(flat / scale[:, None]).to(torch.int8).reshape(weight.shape), scale


def dequantise(weight: Tensor, scale: Tensor) -> Tensor:
    """Return float32 weights from the output of ``quantise_rows``."""
    return (weight.flatten(1).float() * scale[:, None]).reshape(weight.shape)


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any], *, quantise: bool) -> None:
    """Write tensors and their header atomically.

    With ``quantise``, floating-point tensors of two or more dimensions and at least 4,096 elements are
    stored as 8-bit rows with one scale each; ``read_tensors`` restores full precision.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        value = tensor.detach().cpu()
        if quantise and value.ndim >= 2 and value.is_floating_point() and value.numel() >= _MIN_QUANTISED_SIZE:
            stored[name], stored[name + _SCALE] = quantise_rows(value)
        else:
            stored[name] = value
        stored[name] = stored[name].contiguous()
    payload = save(stored, metadata=header_metadata(header))
    with atomic_write(path, "wb") as file:
        file.write(payload)


def read_tensors(path: Path, expected_format: str | None) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Read the tensors in full precision, the header, and the SHA-256 of the file.

    Parameters
    ----------
    path
        A safetensors file.
    expected_format
        Required ``format`` of the header; None reads any safetensors file, with or without a header.

    Raises
    ------
    CheckpointError
        If the file is missing, empty, damaged, or of another format.
    """
    stored, header, digest = read_safetensors(path, expected_format, "pt")
    tensors: dict[str, Tensor] = {}
    for name, value in stored.items():
        if name.endswith(_SCALE) and name.removesuffix(_SCALE) in stored:
            continue
        scale = stored.get(name + _SCALE)
        if value.dtype not in _DTYPES:
            raise CheckpointError(path, f"tensor {name} has type {value.dtype}, which specmol does not support")
        if scale is not None and (value.dtype != torch.int8 or value.ndim < 2 or scale.shape != value.shape[:1]):
            raise CheckpointError(path, f"tensor {name} does not fit its scale; the file is damaged")
        tensors[name] = value if scale is None else dequantise(value, scale)
        if tensors[name].is_floating_point() and not bool(torch.isfinite(tensors[name]).all()):
            raise CheckpointError(path, f"tensor {name} holds values that are not finite; the file is damaged")
    return tensors, header, digest
