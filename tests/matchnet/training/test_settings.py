from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from specmol_core.errors import UsageError
from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.training.settings import config_to_toml, load_train_config
from specmol_core.spectra.geometry import Geometry


def test_defaults_then_file_then_options(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("epochs = 7\nlearning_rate = 1\nseed = 3\n[geometry]\nh1_window = [11, -1.0]\n")

    config = load_train_config(path, {"seed": 4, "epochs": None})

    assert config == replace(
        TrainConfig(), epochs=7, learning_rate=1.0, seed=4, geometry=replace(Geometry(), h1_window=(11.0, -1.0))
    )
    assert isinstance(config.learning_rate, float)
    assert load_train_config() == TrainConfig()


def test_written_settings_are_read_back_unchanged(tmp_path: Path) -> None:
    config = replace(TrainConfig(), learning_rate=3e-7, schedule="cosine", geometry=Geometry(size=128, exponent=0.25))
    path = tmp_path / "c.toml"
    path.write_text(config_to_toml(config))

    assert load_train_config(path) == config
    assert all(f"\n{f.name} = " in f"\n{config_to_toml(config)}" for f in fields(config) if f.name != "geometry")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch = 3", "no setting is called 'epoch'; did you mean epochs"),
        ("zzz = 3", "the settings are model, epochs"),
        ("epochs = 1.5", "epochs is 1.5; it must be a whole number"),
        ("epochs = true", "epochs is True; it must be a whole number"),
        ('learning_rate = "fast"', "must be a finite number"),
        ("learning_rate = nan", "must be a finite number"),
        ("learning_rate = 0", "learning_rate must be above 0"),
        ("batch_size = 1", "batch_size must be at least 2"),
        ("hard_negatives = 1.5", "between 0 and 1"),
        ("nucleus_dropout = 0.6", "between 0 and 0.5"),
        ('schedule = "step"', "one of constant, cosine"),
        ('model = "resnet"', "no model is called"),
        ("[geometry]\nsize = 1.0", "geometry: size is 1.0"),
        ("geometry = 3", "geometry is 3"),
        ("epochs = ", "is not TOML"),
    ],
)
def test_bad_settings(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)

    with pytest.raises(UsageError, match=words):
        load_train_config(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_train_config(tmp_path / "none.toml")
