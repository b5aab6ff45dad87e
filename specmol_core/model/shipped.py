"""The weights that the package brings, and where they run."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from specmol_core.errors import CheckpointError, UsageError

__all__ = ["resolve_device", "shipped_checkpoint", "shipped_weights"]


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


def shipped_checkpoint(model: str) -> Path:
    """Path of the checkpoint that the package ships for a model.

    Raises
    ------
    CheckpointError
        If the package ships none for it.
    """
    path = shipped_weights() / f"{model}.safetensors"
    if not path.is_file():
        raise CheckpointError(path, f"no weights are shipped for {model}; train some and give them by --checkpoint")
    return path


def shipped_weights() -> Path:
    """Folder of the weights in the package."""
    return Path(str(resources.files("specmol_core") / "weights"))
