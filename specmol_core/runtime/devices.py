"""Where a network runs."""

from __future__ import annotations

from specmol_core.errors import UsageError
from specmol_core.runtime.packages import has_package, require_torch

__all__ = ["resolve_device"]


def resolve_device(name: str) -> str:
    """Return "cuda" or "cpu"; ``auto`` is CUDA if torch finds a device, else the CPU.

    Raises
    ------
    UsageError
        If CUDA is asked for and there is none, or the name is unknown; a MissingPackageError if CUDA
        is asked for and torch is not installed.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device {name!r} is unknown; choose auto, cpu or cuda")
    if name == "cpu":
        return name
    if name == "cuda":
        require_torch("--device cuda")
    elif not has_package("torch"):
        return "cpu"
    import torch  # takes seconds, and not everything that runs on the CPU needs it

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise UsageError("device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu"
