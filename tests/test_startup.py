"""Modules that take long to load are loaded only by the commands that need them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.command_tree import all_commands

EXAMPLES = Path(__file__).parent.parent / "examples"
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


def test_ranking_with_the_default_model_loads_neither_torch_nor_other_heavy_modules() -> None:
    code = f"""
import json, sys
from pathlib import Path
from specmol_core import api
found = api.rank(h1=Path("demo_h1.png"), c13=Path("demo_c13.png"), library="candidates.sdf", keep_cache=False)
heavy = [m for m in {_HEAVY!r} if m in sys.modules]
print(json.dumps([found.provenance.model, found.verdict.name, heavy]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=EXAMPLES, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == ["matchnet-x", "identified", []]


def test_help_of_no_command_loads_a_heavy_module() -> None:
    lines = [[*path, "--help"] for path in all_commands()]
    heavy = (*_HEAVY, "numpy", "scipy", "rdkit", "h5py", "PIL", "rich", "numba")
    code = f"""
import json, sys
from specmol_cli.main import run
codes = [run(line) for line in {lines!r}]
print()
print(json.dumps([codes, [m for m in {heavy!r} if m in sys.modules]]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout.splitlines()[-1]) == [[0] * len(lines), []]
