"""Modules that load slowly are loaded only by the commands that need them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_tree import all_commands

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
_HEAVY = (
    "torch",
    "torch_geometric",
    "torchvision",
    "scipy.signal",
    "scipy.stats",
    "scipy.fft",
    "scipy.optimize",
    "onnxruntime",
    "faiss",
)


def _run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in the folder of the examples, with the packages of this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=EXAMPLES, env=environment, capture_output=True, text=True, check=True
    )


def test_ranking_with_the_default_model_loads_no_torch_or_other_heavy_modules() -> None:
    code = f"""
import json, sys
from pathlib import Path
from specmol_core import api
options = api.LibraryOptions(use_cache=False)
found = api.rank(Path("demo_h1.png"), Path("demo_c13.png"), "candidates.sdf", libraries=options)
heavy = [m for m in {_HEAVY!r} if m in sys.modules]
print(json.dumps([found.provenance.model, found.verdict.name, heavy]))
"""
    done = _run(code)

    assert json.loads(done.stdout) == ["matchnet-x", "identified", []]


def test_help_of_any_command_loads_no_heavy_module() -> None:
    lines = [[*path, "--help"] for path in all_commands()]
    heavy = (*_HEAVY, "numpy", "scipy", "rdkit", "h5py", "PIL", "rich", "numba")
    code = f"""
import json, sys
from specmol_cli.main import run
codes = [run(line) for line in {lines!r}]
print()
print(json.dumps([codes, [m for m in {heavy!r} if m in sys.modules]]))
"""
    done = _run(code)

    assert json.loads(done.stdout.splitlines()[-1]) == [[0] * len(lines), []]
