"""``specmol evaluate shifts``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specmol_cli.main import run


@pytest.mark.slow
def test_evaluate_shifts(predictor: Path, benchmark_set: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "shifts", str(benchmark_set), "--checkpoint", str(predictor), "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["missing"] == 1
    assert entry["13C error"] > 0

    assert run(["evaluate", "shifts", str(benchmark_set), "--checkpoint", str(predictor)]) == 0
    assert "bench.jsonl  specmol" in capsys.readouterr().out


def test_reference_without_some_truths_is_compared_on_the_others(
    predictor: Path, benchmark_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    other = benchmark_set.read_text().replace('"id": "q"', '"id": "r"').replace('"truth": "CCO"', '"truth": "COC"')
    benchmark_set.write_text(benchmark_set.read_text() + other)
    columns = {"smiles": ["CCO"] * 2, "nucleus": ["13C"] * 2, "atom_index": [0, 1], "shift_ppm": [18.0, 58.0]}
    parquet.write_table(pytest.importorskip("pyarrow").table(columns), tmp_path / "csp5.parquet")
    arguments = ["--reference", str(tmp_path / "csp5.parquet"), "--checkpoint", str(predictor), "--format", "json"]

    assert run(["evaluate", "shifts", str(benchmark_set), *arguments]) == 0

    own, table_entry, shared = json.loads(capsys.readouterr().out)
    assert (own["queries"], table_entry["queries"], shared["queries"]) == (2, 2, 1)
    assert table_entry["13C error"] == 0
    assert shared["predictor"] == "specmol where csp5 has the truth"
    assert shared["set"] == "bench.jsonl, 1 of 2 truths"


def test_nothing_to_measure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "shifts"]) == 2
    assert "give a benchmark set, or --held-out" in capsys.readouterr().err
