"""``specmol evaluate readers`` of a folder of vendor files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specmol_cli.main import run

SENTENCE = "1H NMR (400 MHz, CDCl3) δ 7.64 (d, J = 16.0 Hz, 1H), 4.25 (q, J = 7.1 Hz, 2H), 1.33 (t, J = 7.1 Hz, 3H)."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("nmredata", "sentences"):
        (tmp_path / name).mkdir()
    (tmp_path / "nmredata" / "small.smi").write_text("".join(f"{'C' * n}O alcohol{n}\n" for n in range(1, 9)))
    (tmp_path / "sentences" / "f.tex").write_text(SENTENCE)
    return tmp_path


def test_shares_by_format_and_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "readers", str(folder), "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert run(["evaluate", "readers", str(folder), "--quiet", "--format", "json"]) == 0
    result = json.loads(capsys.readouterr().out)

    assert "sentences/f.tex: no line at 7.46, 6.89, 6.31, 3.83 ppm" in shown
    assert "nmredata/small.smi" not in shown
    (sentences,) = [entry for entry in result["formats"] if entry["format"] == "sentences"]
    assert sentences == {"format": "sentences", "files": 4, "right": 0, "right_share": 0.0}
    assert [file["path"] for file in result["files"] if not file["faults"]] == ["nmredata/small.smi"]


def test_images_of_vendor_files_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "readers", str(folder), "--images"]) == 2
    assert "--images plots measured pairs" in capsys.readouterr().err
