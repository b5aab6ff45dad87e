"""``specmol train shifts``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from specmol_cli.main import run

pytestmark = pytest.mark.slow


def test_checkpoint_of_a_training_predicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [
        {"smiles": "C" * n + end, "map": "cascade_sdf", "c13": [[10.0 + n, [0], "Q"]], "h1": [[1.0, 3, "t", [], [0]]]}
        for n in range(2, 30)
        for end in ("O", "N", "Cl", "Br", "F", "S", "C#N", "OC")
    ]
    measured, output = tmp_path / "measured.jsonl", tmp_path / "shifts.safetensors"
    measured.write_text("".join(json.dumps(e) + "\n" for e in entries))
    excluded = tmp_path / "test.smi"
    excluded.write_text("CCO\n")
    arguments = ["train", "shifts", "--measured", str(measured), "--exclude", str(excluded), "-o", str(output)]

    assert run([*arguments, "--epochs", "1", "--quiet"]) == 0

    assert "held-out scaffolds" in capsys.readouterr().out
    library = tmp_path / "one.smi"
    library.write_text("CCCO\n")
    assert run(["shifts", "predict", str(library), "--checkpoint", str(output)]) == 0
    assert run([*arguments, "--epochs", "2", "--quiet"]) == 5
    assert "another training" in capsys.readouterr().err

    more = ["--start", str(output), "--folder", str(tmp_path / "more"), "-o", str(tmp_path / "more.safetensors")]
    assert run([*arguments[:-2], *more, "--epochs", "1", "--quiet"]) == 0
    capsys.readouterr()
    archive = str(tmp_path / "more" / "labelled.npz")
    assert run(["evaluate", "shifts", "--held-out", archive, "--checkpoint", str(output)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^13C +uncharged +\d+ +\d+\.\d{3} ", out, re.MULTILINE)
    assert re.search(r"^1H +environment of 3 bonds in training +\d+ ", out, re.MULTILINE)
