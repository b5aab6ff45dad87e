"""What a prompt waits for: modules that take seconds to load must not load where nothing needs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
