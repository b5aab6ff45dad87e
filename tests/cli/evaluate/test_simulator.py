"""``specmol evaluate simulator``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specmol_cli.main import run
from specmol_core import api
from specmol_core.evaluation.simulator.config import RealismConfig

FOUND = {
    "pairs": 2,
    "skipped": ["c: is no spectrum"],
    "structures": 2,
    "draws": 5,
    "real_or_simulated": [{"shown": "1H", "classifier": "random forest", "auc": 0.61234, "low": 0.5, "high": 0.7}],
    "sources": [
        {"source": "OSDB", "shown": "13C", "classifier": "random forest", "auc": 0.98765, "low": 0.9, "high": 1.0}
    ],
    "distinguishing_features": [
        {"nucleus": "1H", "name": "noise", "auc": 0.7, "real": -5.0, "simulated": -4.0, "weight": 0.1}
    ],
    "decoys": {
        "figures": [{"shown": "both", "mrr": 0.9, "low": 0.8, "high": 1.0, "top_1": 0.85, "by_chance": 0.13}],
        "decoys_requested": 30,
        "short_query_count": 1,
        "queries": [{"compound": "a", "decoys": 7, "rank_1H": 1, "rank_13C": 1, "rank_both": 1}],
    },
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    def evaluate(*arguments: object, progress: object, **options: object) -> dict[str, Any]:
        calls.append((arguments, options))
        return FOUND

    monkeypatch.setattr(api, "evaluate_simulator", evaluate)
    return calls


def test_figures_are_printed(calls: list[Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "simulator", str(tmp_path), "--draws", "3", "--seed", "7", "--library", "l.smi"]) == 0

    out, _ = capfd.readouterr()
    assert calls == [
        (
            (tmp_path, RealismConfig(draws=3, seed=7)),
            {"checkpoint": None, "library": Path("l.smi"), "plots": None},
        )
    ]
    for text in (
        "random forest",
        "0.6123",
        "2 measured pairs of 2 structures",
        "left out c: is no spectrum",
        "noise",
        "0.9877",
    ):
        assert text in out
    assert "1 of 1 queries have fewer than 30 decoys" in out


def test_json_has_everything(calls: list[Any], tmp_path: Path) -> None:
    target = tmp_path / "o.json"

    assert run(["evaluate", "simulator", str(tmp_path), "--format", "json", "-o", str(target)]) == 0
    assert json.loads(target.read_text()) == FOUND


def test_ranges_are_measured_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    row = {"nucleus": "1H", "quantity": "noise", "spectra": 2, "values": 2, "low": 1e-6, "median": 2e-6, "high": 3e-6,
           "mean": 2e-6}  # fmt: skip
    monkeypatch.setattr(api, "measure_ranges", lambda *_, **__: {"pairs": 2, "skipped": [], "ranges": [row]})

    assert run(["evaluate", "simulator", str(tmp_path), "--ranges"]) == 0
    out, _ = capfd.readouterr()
    assert "noise" in out
    assert "1e-06" in out
    assert "2 measured pairs" in out


def test_folder_without_manifest_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:

    assert run(["evaluate", "simulator", str(tmp_path)]) == 5
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "manifest.json: cannot be read" in err


def test_draws_are_at_least_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "simulator", str(tmp_path), "--draws", "0"]) == 2
    assert "--draws" in capfd.readouterr().err
