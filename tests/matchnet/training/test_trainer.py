from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from specmol_core.errors import CheckpointError, OutputError, UsageError
from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.data.pairs import plan_epoch
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.checkpoint import load_checkpoint
from specmol_core.matchnet.training import trainer
from specmol_core.matchnet.training.settings import load_train_config
from specmol_core.matchnet.training.trainer import BEST, LAST, METRICS, SETTINGS, train
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.storage.run_state import RunState

pytestmark = pytest.mark.slow

CONFIG = replace(TrainConfig(), epochs=2, batch_size=5, neighbours=4, checkpoint_steps=2, learning_rate=1e-3)
STEPS = 4
"""21 molecules in batches of 5: the last one, alone in its batch, is left out."""


class ProgressReporter:
    """Counts, and stops the run at a given step as Ctrl-C would."""

    def __init__(self, stop_at: int = 0) -> None:
        self.stop_at, self.steps = stop_at, 0
        self.began: tuple[int, int, int, int] = (0, 0, 0, 0)
        self.epochs: list[dict[str, Any]] = []

    def start(self, epochs: int, steps: int, state: RunState) -> None:
        self.began = (epochs, steps, state.epoch, state.step)

    def step(self, epoch: int, step: int, loss: float) -> None:
        self.steps += 1
        if self.steps == self.stop_at:
            raise KeyboardInterrupt

    def epoch(self, metrics: dict[str, Any]) -> None:
        self.epochs.append(metrics)


@pytest.fixture(scope="module")
def run(dataset_path: Path, store_path: Path):  # type: ignore[no-untyped-def]
    def go(folder: Path, config: TrainConfig = CONFIG, **options: Any) -> list[dict[str, Any]]:
        with open_dataset(dataset_path) as dataset, FeatureStore(store_path) as store:
            return train(dataset, store, config, folder, **options)

    return go


@pytest.fixture(scope="module")
def finished(run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], ProgressReporter]:  # type: ignore[no-untyped-def]
    folder, listener = tmp_path_factory.mktemp("run") / "whole", ProgressReporter()
    return folder, run(folder, progress=listener, backbone_file="b.safetensors"), listener


def without_time(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


@pytest.mark.slow
def test_a_run_writes_its_files(finished, store_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder, history, listener = finished

    assert listener.began == (2, STEPS, 0, 0)
    assert listener.steps == 2 * STEPS
    assert listener.epochs == history
    assert [json.loads(line) for line in (folder / METRICS).read_text().splitlines()] == history
    assert load_train_config(folder / SETTINGS) == CONFIG
    _, header, _ = load_checkpoint(folder / BEST)
    assert header["backbone"] == {"sha256": "fa" * 32, "file": "b.safetensors"}
    assert header["notes"]["settings"]["batch_size"] == 5
    best = max(history, key=lambda m: m["val_accuracy"])
    assert header["notes"]["metrics"]["val_accuracy"] == best["val_accuracy"]
    names = {"epoch", "train_loss", "train_match_loss", "train_contrastive_loss", "val_loss", "val_accuracy", "val_auc"}
    assert names | {"val_joint_recall", "score_weights", "seconds"} == set(history[0])
    assert sorted(p.name for p in folder.iterdir()) == sorted([BEST, LAST, METRICS, SETTINGS, "neighbours.h5"])


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", [1, 3, 4, 7])
def test_a_resumed_run_equals_an_uninterrupted_one(finished, run, tmp_path: Path, stop_at: int) -> None:  # type: ignore[no-untyped-def]
    whole, history, _ = finished
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "r", progress=ProgressReporter(stop_at), backbone_file="b.safetensors")
    listener = ProgressReporter()

    resumed = run(tmp_path / "r", resume=True, progress=listener, backbone_file="b.safetensors")

    saved = {1: (0, 0), 3: (0, 2), 4: (0, 2), 7: (1, 2)}[stop_at]
    assert listener.began[2:] == saved
    assert without_time(resumed) == without_time(history)
    for name in (BEST, LAST):
        expected, found = load_file(whole / name), load_file(tmp_path / "r" / name)
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            assert torch.equal(value, found[key]), (name, key)


@pytest.mark.slow
def test_memory_mapped_features_give_the_same_result(finished, run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run(tmp_path / "r", replace(CONFIG, memory_gb=0.0))

    expected, found = (load_file(folder / LAST) for folder in (finished[0], tmp_path / "r"))
    assert all(torch.equal(value, found[key]) for key, value in expected.items())


def test_a_run_is_not_overwritten_nor_resumed_with_other_settings(finished, run) -> None:  # type: ignore[no-untyped-def]
    folder = finished[0]
    before = (folder / LAST).read_bytes()

    with pytest.raises(OutputError, match="--resume"):
        run(folder)
    with pytest.raises(CheckpointError, match="seed = 0, now it is 1"):
        run(folder, replace(CONFIG, seed=1), resume=True)
    assert (folder / LAST).read_bytes() == before
    assert load_train_config(folder / SETTINGS) == CONFIG


@pytest.mark.slow
def test_fixed_pairs_are_memorised(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(
        trainer, "plan_epoch", lambda dataset, table, epoch, **rest: plan_epoch(dataset, table, epoch=0, **rest)
    )
    config = replace(CONFIG, epochs=15, batch_size=21, learning_rate=3e-3, nucleus_dropout=0.0)

    first, *_, last = run(tmp_path / "r", config)

    assert last["train_match_loss"] < 0.7 * first["train_match_loss"]
    assert last["train_contrastive_loss"] < 0.5 * first["train_contrastive_loss"]


def test_the_random_state_of_the_caller_is_kept(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    run(tmp_path / "r", replace(CONFIG, epochs=1))

    assert torch.equal(torch.rand(1), expected)


def test_a_loss_that_is_not_finite_is_an_error(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="not finite; lower the learning rate"):
        run(tmp_path / "r", replace(CONFIG, learning_rate=1e30))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_cuda_without_a_gpu(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="no CUDA device"):
        run(tmp_path / "r", replace(CONFIG, device="cuda"))
    assert not (tmp_path / "r").exists()


def test_bf16_on_request(run, tmp_path: Path, finished) -> None:  # type: ignore[no-untyped-def]
    history = run(tmp_path / "r", replace(CONFIG, epochs=1, precision="bf16"))

    assert history[0]["train_loss"] != finished[1][0]["train_loss"]
    # A few steps with eight bits of mantissa and BatchNorm on tiny batches differ by several percent.
    assert history[0]["train_loss"] == pytest.approx(finished[1][0]["train_loss"], rel=0.2)
