from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from specmol_core.errors import CheckpointError
from specmol_core.storage.run_state import RunState, load_state, save_state
from specmol_core.storage.torch_weights import read_tensors, write_tensors


def parts(seed: int, width: int = 3) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(4, width), nn.BatchNorm1d(width))
    return network, torch.optim.Adam(network.parameters(), 0.1, fused=True)


def step(network: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    network(torch.arange(8.0).reshape(2, 4)).square().sum().backward()
    optimiser.step()


def test_run_continues_identically_from_a_loaded_state(tmp_path: Path) -> None:
    network, optimiser = parts(1)
    for _ in range(3):
        step(network, optimiser)
    state = RunState(2, 5, {"train_loss": 1 / 3}, 1.5, 0.75, [{"epoch": 1, "val_auc": 0.1}])
    save_state(tmp_path / "s.safetensors", {"seed": 1}, state, network, optimiser)
    other, other_optimiser = parts(2)

    assert load_state(tmp_path / "s.safetensors", {"seed": 1}, other, other_optimiser) == state

    step(network, optimiser)
    step(other, other_optimiser)
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_state_before_the_first_step_can_be_loaded(tmp_path: Path) -> None:
    save_state(tmp_path / "s.safetensors", {}, RunState(), *parts(1))

    assert load_state(tmp_path / "s.safetensors", {}, *parts(2)) == RunState()


def test_state_of_another_run_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    network, optimiser = parts(1)
    step(network, optimiser)
    save_state(path, {"seed": 1}, RunState(), network, optimiser)

    with pytest.raises(CheckpointError, match="made with seed = 1, now it is 2"):
        load_state(path, {"seed": 2}, *parts(1))
    with pytest.raises(CheckpointError, match="does not fit this network"):
        load_state(path, {"seed": 1}, *parts(1, width=5))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="not a readable safetensors"):
        load_state(path, {"seed": 1}, *parts(1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"identity": [1]}, "header is incomplete"),
        ({"state": 5}, "header is incomplete"),
        ({"state": {"epoch": "1"}}, "header is incomplete"),
        ({"state": {"epoch": -1}}, "header is incomplete"),
        ({"state": {"step": 1e300}}, "header is incomplete"),
        ({"state": {"loss_sums": {"a": None}}}, "header is incomplete"),
        ({"state": {"loss_sums": []}}, "header is incomplete"),
        ({"state": {"history": [1]}}, "header is incomplete"),
        ({"state": {"other": 1}}, "header is incomplete"),
        ({"identity": {"seed\n1": "x\n" * 500}}, "was made with"),
    ],
)
def test_header_of_unknown_origin_is_checked(header: dict, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    network, optimiser = parts(1)
    step(network, optimiser)
    save_state(path, {}, RunState(), network, optimiser)
    tensors, whole, _ = read_tensors(path, None)
    write_tensors(path, tensors, whole | header, quantise=False)

    with pytest.raises(CheckpointError, match=reason) as caught:
        load_state(path, {}, *parts(1))

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
