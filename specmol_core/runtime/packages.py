"""Packages that only some tasks need, and that the light installation lacks."""

from __future__ import annotations

import importlib
import importlib.util

from specmol_core.errors import MissingPackageError, UsageError

__all__ = ["has_package", "require_faiss", "require_torch"]

_TORCH_PACKAGES = ("torch", "torch_geometric", "torchvision")


def has_package(name: str) -> bool:
    """Whether a package of this name can be imported; it is not imported.

    >>> has_package("json"), has_package("no_such_package")
    (True, False)
    """
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def require_torch(task: str) -> None:
    """Check that torch, torch-geometric and torchvision are installed.

    Parameters
    ----------
    task
        What needs them, in words of the user: an option or a command.

    Raises
    ------
    MissingPackageError
        If one of them is not installed.
    """
    for name in _TORCH_PACKAGES:
        _require(name, task)


def require_faiss(task: str) -> None:
    """Check that faiss is installed and loads; it is imported.

    Parameters
    ----------
    task
        What needs it, as ``require_torch``.

    Raises
    ------
    MissingPackageError
        If faiss is not installed.
    UsageError
        If it does not load, as faiss-gpu without the CUDA libraries.
    """
    _require("faiss", task)
    try:
        importlib.import_module("faiss")
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"{task} needs the package faiss, which does not load ({reason}); run pip install faiss-cpu"
        ) from error


def _require(name: str, task: str) -> None:
    if not has_package(name):
        raise MissingPackageError(task, name)
