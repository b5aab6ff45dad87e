from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from specmol_core.errors import CheckpointError
from specmol_core.shifts.train.muon import Muon
from specmol_core.storage.optimiser_state import load_optimiser, optimiser_tensors

PATH = Path("s.safetensors")


def trained(kind: str, steps: int = 3) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(steps)
    network = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    matrices, others = ([p for p in network.parameters() if (p.ndim == 2) == two] for two in (True, False))
    optimiser: torch.optim.Optimizer
    if kind == "muon":
        optimiser = Muon(matrices, others, learning_rate=0.1, matrix_decay=0.0, other_decay=0.0)
    else:
        optimiser = getattr(torch.optim, kind)(network.parameters())
    for _ in range(steps):
        optimiser.zero_grad()
        network(torch.arange(8.0).reshape(2, 4)).square().sum().backward()
        optimiser.step()
    return network, optimiser


@pytest.mark.parametrize("kind", ["Adam", "AdamW", "muon"])
def test_state_is_restored(kind: str) -> None:
    tensors = optimiser_tensors(trained(kind)[1], "o.")
    _, other = trained(kind, steps=0)

    load_optimiser(PATH, other, tensors | {"network.weight": torch.ones(2)}, "o.")

    found = optimiser_tensors(other, "o.")
    assert tensors.keys() == found.keys()
    assert all(torch.equal(found[name], value) for name, value in tensors.items())


def test_optimiser_that_made_no_step_has_no_tensors() -> None:
    _, optimiser = trained("Adam", steps=0)

    assert optimiser_tensors(optimiser, "o.") == {}
    load_optimiser(PATH, optimiser, {}, "o.")


def _renamed(tensors: dict[str, Tensor], old: str, new: str) -> dict[str, Tensor]:
    return {name.replace(old, new): value for name, value in tensors.items()}


@pytest.mark.parametrize("kind", ["Adam", "muon"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("o.0.step", "p.0.step"),
        ("o.0.exp_avg", "p.0.exp_avg"),
        ("o.1.", "o.9."),
        ("o.1.", "o.-1."),
        ("o.1.", "o.\u0661."),
        ("o.1.", "o.1"),
        ("o.0.exp_avg", "o.0.other"),
    ],
)
def test_missing_or_unknown_tensor_is_an_error(kind: str, old: str, new: str) -> None:
    tensors = _renamed(optimiser_tensors(trained(kind)[1], "o."), old, new)

    with pytest.raises(CheckpointError, match="does not fit this network"):
        load_optimiser(PATH, trained(kind, steps=0)[1], tensors, "o.")


@pytest.mark.parametrize("value", [torch.ones(5), torch.ones(3, 4, dtype=torch.int64)])
def test_tensor_of_another_shape_or_type_is_an_error(value: Tensor) -> None:
    tensors = optimiser_tensors(trained("Adam")[1], "o.") | {"o.0.exp_avg": value}

    with pytest.raises(CheckpointError, match="does not fit this network"):
        load_optimiser(PATH, trained("Adam", steps=0)[1], tensors, "o.")
