"""Where a network runs."""

from __future__ import annotations

from specmol_core.errors import UsageError

__all__ = ["resolve_device"]


def resolve_device(name: str) -> str:
    """``auto`` is CUDA where there is one, else the CPU.

    Raises
    ------
    UsageError
        If CUDA is asked for and there is none, or the name is unknown.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device {name!r} is unknown; choose auto, cpu or cuda")
    if name == "cpu":
        return name
    import torch  # seconds; not everything that runs on the CPU needs it

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise UsageError("device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu"
