from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("model", ["matchnet", "matchnet-x"])
def test_a_checkpoint_leaves_nothing_in_the_temporary_folder(model: str, tmp_path: Path) -> None:
    code = f"from specmol_core.retrieval.models import load_model; load_model(None, {model!r}, 'cpu')"
    environment = os.environ | {"TMPDIR": str(tmp_path), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "own")}

    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=environment, check=True)

    assert [p for p in tmp_path.iterdir() if p.name != "own"] == []
