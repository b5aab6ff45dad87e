from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from specmol_core.errors import CheckpointError
from specmol_core.matchnet.config import NetworkConfig
from specmol_core.matchnet.network.assembly import build
from specmol_core.matchnet.network.checkpoint import load_checkpoint, make_header, save_checkpoint
from specmol_core.matchnet.network.network import MatchNet
from specmol_core.matchnet.network.variants import VARIANTS
from specmol_core.spectra.geometry import Geometry
from specmol_core.storage.torch_weights import read_tensors, write_tensors

pytestmark = pytest.mark.slow

GEOMETRY = Geometry(size=128, h1_window=(13.0, -1.5), c13_window=(220.0, 0.5), exponent=0.75)
HEADER = make_header("matchnet", NetworkConfig(), GEOMETRY, "ab" * 32, "b.safetensors", seed=7)


@pytest.fixture(scope="module")
def saved(network: MatchNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "c.safetensors"
    save_checkpoint(path, network, HEADER)
    return path


def test_geometry_and_weights_are_restored(network: MatchNet, saved: Path) -> None:
    loaded, header, digest = load_checkpoint(saved)

    assert header["geometry"] == GEOMETRY
    assert header["model"] == "matchnet"
    assert header["backbone"] == {"sha256": "ab" * 32, "file": "b.safetensors"}
    assert header["notes"] == {"seed": 7}
    assert digest == read_tensors(saved, None)[2]
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    state = loaded.state_dict()
    for name, value in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(value, state[name]), name


@pytest.mark.parametrize("name", ["matchnet-a", "matchnet-c"])
def test_each_variant_is_restored(tmp_path: Path, name: str) -> None:
    config = replace(VARIANTS[name], joint_width=32, dropout=0.3)
    save_checkpoint(tmp_path / "c", build(config), make_header(name, config, Geometry(), "", ""))

    loaded, header, _ = load_checkpoint(tmp_path / "c")

    assert header["model"] == name
    assert (loaded.molecules.attention is None) is (name == "matchnet-a")
    assert loaded.spectra.gate is None
    assert loaded.joint.spectrum[2].out_features == 32
    assert loaded.molecules.head[2].p == 0.3


def test_8_bits_are_smaller_and_nearly_the_same(network: MatchNet, saved: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "q", network, HEADER, quantise=True)

    loaded, _, _ = load_checkpoint(tmp_path / "q")

    assert (tmp_path / "q").stat().st_size < 0.3 * saved.stat().st_size
    u = torch.randn(5, 160, generator=torch.Generator().manual_seed(0))
    exact, rough = (n.classifier(n.fusion(u)) for n in (network, loaded))
    assert not torch.equal(exact, rough)
    torch.testing.assert_close(rough, exact, atol=0.05, rtol=0.05)


def without(*keys: str) -> Callable[[dict[str, Any]], None]:
    def go(header: dict[str, Any]) -> None:
        for key in keys[:-1]:
            header = header[key]
        del header[keys[-1]]

    return go


def setting(value: object, *keys: str) -> Callable[[dict[str, Any]], None]:
    def go(header: dict[str, Any]) -> None:
        for key in keys[:-1]:
            header = header[key]
        header[keys[-1]] = value

    return go


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (setting("specmol-backbone-1", "format"), "another kind of file"),
        (without("model"), "header is incomplete"),
        (setting(3, "model"), "header is incomplete"),
        (without("network"), "header is incomplete"),
        (setting(1, "network", "depth"), "header is incomplete"),
        (setting("wide", "network", "joint_width"), "header is incomplete"),
        (setting(10**12, "network", "joint_width"), "header is incomplete"),
        (setting(0, "network", "joint_width"), "header is incomplete"),
        (setting(1.5, "network", "dropout"), "header is incomplete"),
        (without("geometry", "exponent"), "header is incomplete"),
        (setting([1.0, 2.0], "geometry", "h1_window"), "header is incomplete"),
        (setting([1.0], "geometry", "c13_window"), "header is incomplete"),
        (setting(0, "geometry", "size"), "header is incomplete"),
        (setting("big", "geometry", "size"), "header is incomplete"),
        (setting([1e300, 0.0, 0.0], "score_weights"), "header is incomplete"),
        (setting([1.0, float("nan"), 0.0], "score_weights"), "header is incomplete"),
        (setting([1e300, -1e300], "geometry", "h1_window"), "header is incomplete"),
        (without("backbone"), "header is incomplete"),
        (setting(None, "backbone", "sha256"), "header is incomplete"),
        (without("elements"), "header is incomplete"),
        (setting(["C", "N", "O", "H", "S"], "elements"), "atom features of .*'S'"),
        (setting(64, "network", "joint_width"), "tensor joint.* of another shape"),
        (setting(False, "network", "transformer_conv"), "tensor molecules.* missing, unexpected"),
    ],
)
def test_damaged_headers(saved: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], reason: str) -> None:
    tensors, header, _ = read_tensors(saved, None)
    change(header)
    write_tensors(tmp_path / "c", tensors, header, quantise=False)

    with pytest.raises(CheckpointError, match=reason) as caught:
        load_checkpoint(tmp_path / "c")

    assert caught.value.exit_code == 5


def test_missing_and_foreign_tensors_are_named(saved: Path, tmp_path: Path) -> None:
    tensors, header, _ = read_tensors(saved, None)
    fewer = {k: v for k, v in tensors.items() if k != "fusion.skip.bias"}
    write_tensors(tmp_path / "fewer", fewer, header, quantise=False)
    write_tensors(tmp_path / "more", {**tensors, "extra": torch.zeros(1)}, header, quantise=False)

    for name, tensor in (("fewer", "fusion.skip.bias"), ("more", "extra")):
        with pytest.raises(CheckpointError, match=f"tensor {tensor} is missing, unexpected"):
            load_checkpoint(tmp_path / name)
