"""Paths of the weights that the package ships."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from specmol_core.errors import CheckpointError

__all__ = ["shipped_checkpoint", "shipped_weights"]


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
