"""Temporary source files that torch-geometric generates for its layers and does not remove."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

__all__ = ["remove_generated_modules"]

_MODULE_SUFFIXES = ("_propagate", "_edge_updater")


def remove_generated_modules() -> None:
    """Delete the source files that torch-geometric generated in the temporary folder and imported.

    There is one file per type of layer and process, so a script that starts specmol ten thousand times
    would leave ten thousand files.
    """
    folder = Path(tempfile.gettempdir())
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) if name.endswith(_MODULE_SUFFIXES) else None
        if path is not None and Path(path).parent == folder:
            Path(path).unlink(missing_ok=True)
