from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from specmol_core.config import RankConfig
from specmol_core.errors import CheckpointError, UsageError
from specmol_core.matchnet.network.matcher import MatchNetMatcher
from specmol_core.matchnet_x.matcher import EvidenceMatcher
from specmol_core.retrieval.models import MODELS, load_model
from specmol_core.storage.torch_weights import write_tensors
from specmol_core.storage.weights import format_of


def test_a_checkpoint_says_which_model_it_is(tiny_checkpoint: Path, evidence_checkpoint: Path) -> None:
    network, evidence = (load_model(path, None, "cpu") for path in (tiny_checkpoint, evidence_checkpoint))

    assert isinstance(network, MatchNetMatcher)
    assert isinstance(evidence, EvidenceMatcher)
    assert (network.model, evidence.model) == ("matchnet", "matchnet-x")


@pytest.mark.parametrize("name", [None, "matchnet", "matchnet-x"])
def test_a_name_stands_for_the_shipped_checkpoint(
    name: str | None, evidence_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "specmol_core.retrieval.models.shipped_checkpoint", lambda model: (asked.append(model), evidence_checkpoint)[1]
    )

    assert load_model(None, name, "cpu").model == "matchnet-x"
    assert asked == [name or RankConfig.model]
    assert asked[0] in MODELS


def test_a_model_of_no_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"unknown model 'matchnet-z'; known are matchnet-x, matchnet,"):
        load_model(None, "matchnet-z", "cpu")


def test_a_checkpoint_and_a_name_exclude_each_other(evidence_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match="leave --model out"):
        load_model(evidence_checkpoint, "matchnet-x", "cpu")


def test_an_unknown_device_is_refused_whatever_the_model(evidence_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match="device 'tpu' is unknown"):
        load_model(evidence_checkpoint, None, "tpu")


@pytest.mark.parametrize("content", [None, b"", b"no safetensors"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.safetensors"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CheckpointError, match=r"x\.safetensors"):
        load_model(path, None, "cpu")


def test_a_file_of_weights_without_our_header_has_no_format(tmp_path: Path) -> None:
    foreign, odd, ours = (tmp_path / f"{name}.safetensors" for name in ("foreign", "odd", "ours"))
    save_file({"w": torch.zeros(2)}, foreign)
    save_file({"w": torch.zeros(2)}, odd, metadata={"specmol": json.dumps([1])})
    write_tensors(ours, {"w": torch.zeros(2)}, {"format": "mine"}, quantise=False)

    assert [format_of(path) for path in (foreign, odd, ours)] == ["", "", "mine"]
