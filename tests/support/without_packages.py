"""Run specmol in an environment that lacks packages, which are installed here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["LIGHT", "run_without"]

ROOT = Path(__file__).parents[2]

LIGHT = ("torch", "torchvision", "torch_geometric", "nvidia", "cuda", "triton")
"""Packages that the light installation lacks."""

_BLOCKER = """
import sys


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Blocker())
"""


def run_without(
    packages: Sequence[str], folder: Path, arguments: Sequence[str | Path], *, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run python with these arguments; no process of the run can import the packages.

    Parameters
    ----------
    folder
        Folder for the module that blocks the imports. Python imports it at the start of every process.
    """
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_BLOCKER.format(packages=tuple(packages)))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
