"""Paths of the weights that are shipped with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from specmol_core.errors import CheckpointError

__all__ = ["shipped_checkpoint", "shipped_weights"]


def shipped_checkpoint(model: str) -> Path:
    """Return the path of the shipped checkpoint of a model.

    Raises
    ------
    CheckpointError
        If no checkpoint is shipped for the model.
    """
    path = shipped_weights() / f"{model}.safetensors"
    if not path.is_file():
        raise CheckpointError(path, f"no weights are shipped for {model}; train it, then use --checkpoint")
    return path


def shipped_weights() -> Path:
    """Return the folder of the weights in the package."""
    return Path(str(resources.files("specmol_core") / "weights"))
