"""``specmol matchnet pairs``: what the api gets, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specmol_cli.main import run
from specmol_core import api

pytestmark = pytest.mark.slow

FIGURES: dict[str, Any] = {"table": "t", "pairs": 2, "auc": 0.75, "skipped": {"candidate unreadable": 3}}


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    given: dict[str, Any] = {}

    def evaluate(dataset: Path, tables: list[Path], **options: Any) -> list[dict[str, Any]]:
        given.update(options, dataset=dataset, tables=tables)
        return [FIGURES | {"note": "a note"}]

    monkeypatch.setattr(api, "evaluate_pairs", evaluate)
    return given


def test_options_reach_the_api(handed: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--dataset", "d.h5", "--shifts", "a.parquet", "--shifts", "b.parquet", "--images", "256"]

    assert run(["matchnet", "pairs", "t.csv", *options, "--workers", "2", "--model", "alignment"]) == 0

    assert handed["shifts"] == [Path("a.parquet"), Path("b.parquet")]
    assert (handed["image_columns"], handed["workers"], handed["model"]) == (256, 2, "alignment")
    out = capfd.readouterr().out
    for text in ("0.7500", "t: left out 3 pairs, candidate unreadable", "a note"):
        assert text in out


def test_json_has_everything(handed: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["matchnet", "pairs", "t.csv", "--dataset", "d.h5", "--format", "json"]) == 0

    assert json.loads(capfd.readouterr().out) == [FIGURES | {"note": "a note"}]
    assert handed["shifts"] == ()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--model", "alignment"], "give them with --shifts"),
        (["--model", "alignment", "--shifts", "s.parquet", "--features", "f.h5"], "--features"),
        (["--model", "alignment", "--shifts", "s.parquet", "--checkpoint", "c"], "--checkpoint"),
        (["--model", "nothing"], "unknown model 'nothing'"),
    ],
)
def test_option_that_the_alignment_does_not_use_is_refused(
    options: list[str], reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["matchnet", "pairs", "t.csv", "--dataset", str(tmp_path / "none.h5"), *options]) == 2

    assert reason in capfd.readouterr().err
