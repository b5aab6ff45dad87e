"""What torch-geometric writes for its layers, and would leave behind."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

__all__ = ["remove_generated_modules"]

_MODULE_SUFFIXES = ("_propagate", "_edge_updater")


def remove_generated_modules() -> None:
    """Delete the source that torch-geometric wrote into the temporary folder for each kind of layer and has imported.

    One file a kind and process: a script that ranks ten thousand spectra would leave so many.
    """
    folder = Path(tempfile.gettempdir())
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) if name.endswith(_MODULE_SUFFIXES) else None
        if path is not None and Path(path).parent == folder:
            Path(path).unlink(missing_ok=True)
