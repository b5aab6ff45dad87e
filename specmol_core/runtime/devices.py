"""The device that a network runs on."""

from __future__ import annotations

from specmol_core.errors import UsageError
from specmol_core.runtime.packages import has_package, require_torch

__all__ = ["resolve_device"]


def resolve_device(name: str) -> str:
    """Return ``cpu`` or ``cuda`` for a device name; ``auto`` is CUDA if it is available.

    Raises
    ------
    UsageError
        If the name is unknown, or it is ``cuda`` and there is no CUDA device.
    MissingPackageError
        If CUDA is requested and torch is not installed.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device {name!r} is unknown; choose auto, cpu or cuda")
    if name == "cpu":
        return name
    if name == "cuda":
        require_torch("--device cuda")
    elif not has_package("torch"):
        return "cpu"
    import torch  # takes seconds, and matchnet-x does not need it

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise UsageError("device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu"
