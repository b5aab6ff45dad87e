"""``specmol shifts predict``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from specmol_cli.main import run


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "some.smi"
    path.write_text("CCO ethanol\nCC[Na] sodium\nC[CH]C radical\nO=C(O)c1ccccc1 benzoic, acid\n")
    return path


def test_csv_has_a_row_per_atom(predictor: Path, library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shifts", "predict", str(library), "--checkpoint", str(predictor)]) == 0

    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    ethanol = [r for r in rows if r["record"] == "1"]
    assert [(r["nucleus"], r["atom"]) for r in ethanol] == [("13C", "1"), ("13C", "2")] + [("1H", "1")] * 3 + [
        ("1H", "2")
    ] * 2 + [("1H", "3")]
    assert {r["name"] for r in rows if r["record"] == "4"} == {"benzoic, acid"}
    assert all(float(r["uncertainty_ppm"]) > 0 for r in rows)
    assert "record 2 sodium: metal: Na" in err
    assert "record 3 radical: radical" in err
    assert "2 records without prediction" in err


def test_jsonl_has_an_object_per_structure(predictor: Path, library: Path, tmp_path: Path) -> None:
    output = tmp_path / "shifts.jsonl"

    code = run(
        ["shifts", "predict", str(library), "--checkpoint", str(predictor), "--format", "jsonl", "-o", str(output)]
    )

    found = [json.loads(line) for line in output.read_text().splitlines()]
    assert code == 0
    assert [f["smiles"] for f in found] == ["CCO", "O=C(O)c1ccccc1"]
    assert [len(a["ppm"]) for a in found[0]["1H"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--solvent", "ether"], 2, "solvent 'ether' is unknown"),
        (["--backend", "csp5"], 2, "csp5"),
        (["--checkpoint", "missing.safetensors"], 5, "no such file"),
    ],
)
def test_wrong_option_is_explained(
    arguments: list[str], code: int, reason: str, predictor: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if "--checkpoint" in arguments else [*arguments, "--checkpoint", str(predictor)]

    assert run(["shifts", "predict", str(library), *given]) == code
    assert reason in capsys.readouterr().err


def test_library_without_any_prediction_is_an_error(
    predictor: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "salts.smi"
    path.write_text("[Na+].[Cl-] salt\n")

    assert run(["shifts", "predict", str(path), "--checkpoint", str(predictor)]) == 4
    assert "none of its 1 records" in capsys.readouterr().err
