"""``specmol matchnet pairs``: what goes to the api, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specmol_cli.main import run
from specmol_core import api

FIGURES: dict[str, Any] = {"table": "t", "pairs": 2, "auc": 0.75, "skipped": {"candidate unreadable": 3}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    given: dict[str, Any] = {}

    def evaluate(dataset: Path, tables: list[Path], **options: Any) -> list[dict[str, Any]]:
        given.update(options, dataset=dataset, tables=tables)
        return [FIGURES | {"note": "a note"}]

    monkeypatch.setattr(api, "evaluate_pairs", evaluate)
    return given


def test_options_reach_the_api(asked: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--dataset", "d.h5", "--shifts", "a.parquet", "--shifts", "b.parquet", "--images", "256"]

    assert run(["evaluate", "pairs", "t.csv", *options, "--workers", "2", "--model", "alignment"]) == 0

    assert asked["shifts"] == [Path("a.parquet"), Path("b.parquet")]
    assert (asked["image_columns"], asked["workers"], asked["model"]) == (256, 2, "alignment")
    out = capfd.readouterr().out
    for text in ("0.7500", "t: left out 3 pairs, candidate unreadable", "a note"):
        assert text in out


def test_json_has_all(asked: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "pairs", "t.csv", "--dataset", "d.h5", "--format", "json"]) == 0

    assert json.loads(capfd.readouterr().out) == [FIGURES | {"note": "a note"}]
    assert asked["shifts"] == ()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--model", "alignment"], "name them by --shifts"),
        (["--model", "alignment", "--shifts", "s.parquet", "--features", "f.h5"], "--features"),
        (["--model", "alignment", "--shifts", "s.parquet", "--checkpoint", "c"], "--checkpoint"),
        (["--model", "nothing"], "unknown model 'nothing'"),
    ],
)
def test_what_the_alignment_has_no_use_for(
    options: list[str], told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", "pairs", "t.csv", "--dataset", str(tmp_path / "none.h5"), *options]) == 2

    assert told in capfd.readouterr().err
