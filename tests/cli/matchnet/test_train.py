"""``specmol matchnet train``: every setting is an option, and what the api gets."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from specmol_cli.main import run
from specmol_cli.matchnet.train import train
from specmol_core import api
from specmol_core.matchnet.config import TrainConfig

pytestmark = pytest.mark.slow


def test_every_setting_of_one_value_is_an_option() -> None:
    options = inspect.signature(train).parameters

    for field in fields(TrainConfig):
        if field.name != "geometry":
            assert options[field.name].default is None, field.name


def test_absent_options_override_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    handed: dict[str, Any] = {}

    def fake(dataset: Path, output: Path, **options: Any) -> api.TrainedModel:
        handed.update(options, dataset=dataset)
        return api.TrainedModel(output / "best.safetensors", 3, 0.9876)

    monkeypatch.setattr(api, "train", fake)

    assert (
        run(
            ["matchnet", "train", "d.h5", "--output", str(tmp_path), "--epochs", "7", "--precision", "fp32", "--resume"]
        )
        == 0
    )

    given = {name: value for name, value in handed["settings"].items() if value is not None}
    assert given == {"epochs": 7, "precision": "fp32"}
    assert (handed["dataset"], handed["resume"], handed["config"]) == (Path("d.h5"), True, None)
    assert capsys.readouterr().out == f"{tmp_path}/best.safetensors: epoch 3, validation accuracy 0.9876\n"


def test_missing_dataset_is_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["matchnet", "train", str(tmp_path / "none.h5"), "--output", str(tmp_path / "run")]) == 5

    err = capfd.readouterr().err
    assert (err.count("\n"), "none.h5" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "option", [["--epochs", "0"], ["--model", "nope"], ["--schedule", "x"], ["--config", "none.toml"]]
)
def test_wrong_setting_is_refused_in_one_line(
    option: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["matchnet", "train", str(tmp_path / "d.h5"), "--output", str(tmp_path / "run"), *option]) == 2
    assert capfd.readouterr().err.count("\n") == 1
