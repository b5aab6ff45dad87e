from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from specmol_core.errors import CheckpointError, DatasetError
from specmol_core.matchnet.config import EncoderConfig, TrainConfig
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.variants import variant
from specmol_core.matchnet.training.encoder import load_encoder, pretrain_encoder
from specmol_core.matchnet.training.trainer import LAST, train
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.spectra.geometry import Geometry
from specmol_core.storage.torch_weights import read_tensors, write_tensors

pytestmark = pytest.mark.slow

CONFIG = EncoderConfig(epochs=6, batch_size=8, learning_rate=3e-3, seed=1)


def go(dataset_path: Path, output: Path, config: EncoderConfig = CONFIG, **options: Any) -> list[dict[str, Any]]:
    with open_dataset(dataset_path) as dataset:
        return pretrain_encoder(dataset, config, Geometry(), output, **options)


@pytest.fixture(scope="module")
def trained(dataset_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    path = tmp_path_factory.mktemp("encoder") / "encoder.safetensors"
    return path, go(dataset_path, path)


def test_the_loss_of_the_encoder_falls(trained: tuple[Path, list[dict[str, Any]]]) -> None:
    _, history = trained

    assert [line["epoch"] for line in history] == [1, 2, 3, 4, 5, 6]
    assert history[-1]["train_loss"] < 0.7 * history[0]["train_loss"]
    assert history[-1]["val_loss"] < history[0]["val_loss"]


def test_the_header_describes_the_encoder(trained: tuple[Path, list[dict[str, Any]]]) -> None:
    path, history = trained

    _, header, _ = read_tensors(path, None)

    assert (header["format"], header["model"]) == ("specmol-encoder-1", "matchnet")
    assert header["metrics"] == history[-1]
    assert EncoderConfig(**header["config"]) == CONFIG


def test_same_seed_same_weights(trained: tuple[Path, list[dict[str, Any]]], dataset_path: Path, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    repeated = go(dataset_path, tmp_path / "e", report=lines.append)

    assert lines == repeated
    assert [line["val_loss"] for line in repeated] == [line["val_loss"] for line in trained[1]]
    tensors, expected = read_tensors(tmp_path / "e", None)[0], read_tensors(trained[0], None)[0]
    assert all(torch.equal(value, tensors[name]) for name, value in expected.items())


def test_round_trip(trained: tuple[Path, list[dict[str, Any]]]) -> None:
    path, _ = trained
    network = build(variant("matchnet"))
    others = {k: v.clone() for k, v in network.state_dict().items() if not k.startswith("molecules.")}

    digest = load_encoder(path, network.molecules)

    tensors, _, expected = read_tensors(path, None)
    assert digest == expected
    state = network.state_dict()
    assert all(torch.equal(value, state[f"molecules.{name}"]) for name, value in tensors.items())
    assert all(torch.equal(value, state[name]) for name, value in others.items())


@pytest.mark.parametrize("name", ["matchnet-a", "matchnet-b", "matchnet-d"])
def test_another_graph_branch_is_refused(trained: tuple[Path, list[dict[str, Any]]], name: str) -> None:
    with pytest.raises(CheckpointError, match="another graph branch"):
        load_encoder(trained[0], build(variant(name)).molecules)


def test_a_variant_of_the_spectral_branch_loads_the_encoder(trained: tuple[Path, list[dict[str, Any]]]) -> None:
    network = build(variant("matchnet-c"))

    load_encoder(trained[0], network.molecules)

    weight = read_tensors(trained[0], None)[0]["head.0.weight"]
    assert torch.equal(network.molecules.head[0].weight, weight)


def test_other_files_are_refused_as_encoder(tmp_path: Path) -> None:
    write_tensors(tmp_path / "b", {}, {"format": "specmol-backbone-1"}, quantise=False)

    for name, reason in (("b", "another kind of file"), ("none", "no such file")):
        with pytest.raises(CheckpointError, match=reason) as caught:
            load_encoder(tmp_path / name, build(variant("matchnet")).molecules)
        assert caught.value.exit_code == 5


def test_a_dataset_with_too_few_molecules_is_refused(dataset_path: Path, tmp_path: Path) -> None:
    with open_dataset(dataset_path) as dataset:
        for split in (0, 1):
            lacking = replace(dataset, split=np.full_like(dataset.split, split))
            with pytest.raises(DatasetError, match="at least two molecules to train on, and one to validate with"):
                pretrain_encoder(lacking, CONFIG, Geometry(), tmp_path / "e")
    assert not (tmp_path / "e").exists()


@pytest.mark.slow
def test_training_starts_from_the_encoder(
    trained: tuple[Path, list[dict[str, Any]]], dataset_path: Path, store_path: Path, tmp_path: Path
) -> None:
    """With a learning rate of zero the weights do not change."""
    config = TrainConfig(epochs=1, batch_size=10, neighbours=4, learning_rate=0.0)
    began = []
    for encoder in ("", str(trained[0])):
        folder = tmp_path / (Path(encoder).name or "random")
        with open_dataset(dataset_path) as dataset, FeatureStore(store_path) as store:
            train(dataset, store, replace(config, encoder=encoder), folder)
        began.append(read_tensors(folder / LAST, None)[0])

    random, pretrained = began
    expected = read_tensors(trained[0], None)[0]["head.0.weight"]
    assert torch.equal(pretrained["network.molecules.head.0.weight"], expected)
    assert not torch.equal(random["network.molecules.head.0.weight"], expected)
    assert torch.equal(pretrained["network.fusion.first.weight"], random["network.fusion.first.weight"])
