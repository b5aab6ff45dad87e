from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from specmol_core.config import RankConfig
from specmol_core.errors import CheckpointError, UsageError
from specmol_core.matchnet.network.matcher import MatchNetMatcher
from specmol_core.matchnet_x.matcher import MatchNetXMatcher
from specmol_core.retrieval.models import MODELS, load_model
from specmol_core.storage.torch_weights import write_tensors
from specmol_core.storage.weights import checkpoint_format


@pytest.mark.slow
def test_checkpoint_determines_the_model(tiny_checkpoint: Path, matchnet_x_checkpoint: Path) -> None:
    network, payloads = (load_model(path, None, "cpu") for path in (tiny_checkpoint, matchnet_x_checkpoint))

    assert isinstance(network, MatchNetMatcher)
    assert isinstance(payloads, MatchNetXMatcher)
    assert (network.model, payloads.model) == ("matchnet", "matchnet-x")


@pytest.mark.parametrize("name", [None, "matchnet", "matchnet-x"])
def test_model_name_gives_the_shipped_checkpoint(
    name: str | None, matchnet_x_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded_names: list[str] = []
    monkeypatch.setattr(
        "specmol_core.retrieval.models.shipped_checkpoint",
        lambda model: (loaded_names.append(model), matchnet_x_checkpoint)[1],
    )

    assert load_model(None, name, "cpu").model == "matchnet-x"
    assert loaded_names == [name or RankConfig.model]
    assert loaded_names[0] in MODELS


def test_unknown_model_name_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"unknown model 'matchnet-z'; choose one of matchnet-x, matchnet,"):
        load_model(None, "matchnet-z", "cpu")


def test_checkpoint_and_model_name_exclude_each_other(matchnet_x_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match="leave out --model"):
        load_model(matchnet_x_checkpoint, "matchnet-x", "cpu")


def test_unknown_device_is_an_error_for_every_model(matchnet_x_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match="device 'tpu' is unknown"):
        load_model(matchnet_x_checkpoint, None, "tpu")


@pytest.mark.parametrize("content", [None, b"", b"no safetensors"])
def test_file_that_is_not_a_checkpoint_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.safetensors"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CheckpointError, match=r"x\.safetensors"):
        load_model(path, None, "cpu")


def test_weights_without_a_specmol_header_have_no_format(tmp_path: Path) -> None:
    foreign, odd, ours = (tmp_path / f"{name}.safetensors" for name in ("foreign", "odd", "ours"))
    save_file({"w": torch.zeros(2)}, foreign)
    save_file({"w": torch.zeros(2)}, odd, metadata={"specmol": json.dumps([1])})
    write_tensors(ours, {"w": torch.zeros(2)}, {"format": "mine"}, quantise=False)

    assert [checkpoint_format(path) for path in (foreign, odd, ours)] == ["", "", "mine"]
