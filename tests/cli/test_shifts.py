"""``specmol shifts`` and the evaluations of shifts and rankings."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support import measured_fixtures as world

from specmol_cli.main import run
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.network import ShiftNetwork
from specmol_core.shifts.predictor import save_predictor


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("shifts") / "tiny.safetensors"
    save_predictor(path, ShiftNetwork(ShiftNetworkConfig(16, 16, 2)), ((1.0, 3.0), (1.0, 3.0)), {})
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "some.smi"
    path.write_text("CCO ethanol\nCC[Na] sodium\nC[CH]C radical\nO=C(O)c1ccccc1 benzoic, acid\n")
    return path


def test_a_row_per_atom(predictor: Path, library: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_an_object_per_structure(predictor: Path, library: Path, tmp_path: Path) -> None:
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
def test_what_has_no_sense_is_said(
    arguments: list[str], code: int, reason: str, predictor: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if "--checkpoint" in arguments else [*arguments, "--checkpoint", str(predictor)]

    assert run(["shifts", "predict", str(library), *given]) == code
    assert reason in capsys.readouterr().err


def test_a_library_without_one_prediction_is_an_error(
    predictor: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "salts.smi"
    path.write_text("[Na+].[Cl-] salt\n")

    assert run(["shifts", "predict", str(path), "--checkpoint", str(predictor)]) == 4
    assert "none of its 1 records" in capsys.readouterr().err


def test_training_ends_in_a_checkpoint_that_predicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [
        {"smiles": "C" * n + end, "map": "cascade_sdf", "c13": [[10.0 + n, [0], "Q"]], "h1": [[1.0, 3, "t", [], [0]]]}
        for n in range(2, 30)
        for end in ("O", "N", "Cl", "Br", "F", "S", "C#N", "OC")
    ]
    measured, output = tmp_path / "measured.jsonl", tmp_path / "shifts.safetensors"
    measured.write_text("".join(json.dumps(e) + "\n" for e in entries))
    excluded = tmp_path / "test.smi"
    excluded.write_text("CCO\n")
    arguments = ["shifts", "train", "--measured", str(measured), "--exclude", str(excluded), "-o", str(output)]

    assert run([*arguments, "--epochs", "1", "--quiet"]) == 0

    assert "held-out scaffolds" in capsys.readouterr().out
    library = tmp_path / "one.smi"
    library.write_text("CCCO\n")
    assert run(["shifts", "predict", str(library), "--checkpoint", str(output)]) == 0
    assert run([*arguments, "--epochs", "2", "--quiet"]) == 5
    assert "another training" in capsys.readouterr().err


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    query = {
        "id": "q", "truth": "CCO", "pool": ["COC", "CCO", "C[Te]C"], "exchangeable": False,
        "c13": [[18.0, 1], [58.0, 1]], "h1": [[1.2, 3, "t", [7.0]], [3.7, 2, "q", [7.0]]],
    }  # fmt: skip
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps(query) + "\n")
    return path


def test_evaluate_shifts(predictor: Path, bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "shifts", str(bench), "--checkpoint", str(predictor), "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["missing"] == 1
    assert entry["13C error"] > 0

    assert run(["evaluate", "shifts", str(bench), "--checkpoint", str(predictor)]) == 0
    assert "bench.jsonl  specmol" in capsys.readouterr().out


def test_where_a_table_lacks_truths_the_network_is_compared_on_the_others(
    predictor: Path, bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    other = bench.read_text().replace('"id": "q"', '"id": "r"').replace('"truth": "CCO"', '"truth": "COC"')
    bench.write_text(bench.read_text() + other)
    columns = {"smiles": ["CCO"] * 2, "nucleus": ["13C"] * 2, "atom_index": [0, 1], "shift_ppm": [18.0, 58.0]}
    parquet.write_table(pytest.importorskip("pyarrow").table(columns), tmp_path / "csp5.parquet")
    arguments = ["--reference", str(tmp_path / "csp5.parquet"), "--checkpoint", str(predictor), "--format", "json"]

    assert run(["evaluate", "shifts", str(bench), *arguments]) == 0

    own, table_entry, shared = json.loads(capsys.readouterr().out)
    assert (own["queries"], table_entry["queries"], shared["queries"]) == (2, 2, 1)
    assert table_entry["13C error"] == 0
    assert shared["predictor"] == "specmol where csp5 has the truth"
    assert shared["set"] == "bench.jsonl, 1 of 2 truths"


def test_evaluate_ranking(tiny_checkpoint: Path, bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "ranking", str(bench), "--checkpoint", str(tiny_checkpoint), "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert set(entry["ranking"]) == {"both", "13C", "1H"}
    assert entry["queries"] == 1

    assert run(["evaluate", "ranking", str(bench), "--checkpoint", str(tiny_checkpoint)]) == 0
    assert "ms/candidate" in capsys.readouterr().out


def test_a_bench_is_ranked_in_measured_spectra_too(
    tiny_checkpoint: Path, bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, nucleus in (("h1", "1H"), ("c13", "13C")):
        world.write_jcamp(tmp_path / f"{name}.dx", world.measured(nucleus))  # type: ignore[arg-type]
    world.manifest(tmp_path)
    arguments = [str(bench), "--background", str(tmp_path), "--checkpoint", str(tiny_checkpoint), "--format", "json"]

    assert run(["evaluate", "ranking", *arguments]) == 0

    drawn, insert_signals = json.loads(capsys.readouterr().out)
    assert (drawn["set"], insert_signals["set"]) == ("bench.jsonl", "bench.jsonl, in measured spectra, from files")
    assert insert_signals["queries"] == 1


def test_a_laboratory_needs_lines_that_point_up(
    tiny_checkpoint: Path, bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, nucleus in (("h1", "1H"), ("c13", "13C")):
        spectrum = world.measured(nucleus)  # type: ignore[arg-type]
        turned = np.where(spectrum.axis.grid() < 50, -1, 1).astype(np.float32) * spectrum.intensities
        world.write_jcamp(tmp_path / f"{name}.dx", replace(spectrum, intensities=turned))
    world.manifest(tmp_path)

    assert run(["evaluate", "ranking", str(bench), "--background", str(tmp_path)]) != 0

    assert "point down" in capsys.readouterr().err
