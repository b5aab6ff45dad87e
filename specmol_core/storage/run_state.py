"""The state of a training run: weights, optimiser and progress in one file, written atomically."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from specmol_core.errors import CheckpointError
from specmol_core.storage.torch_weights import read_tensors, write_tensors

__all__ = ["RunState", "load_state", "save_state"]

FORMAT = "specmol-training-1"


@dataclass
class RunState:
    """Progress of a run. Random numbers derive from seed, epoch and step, so none are stored."""

    epoch: int = 0
    """Number of finished epochs."""
    step: int = 0
    """Number of finished steps in the current epoch."""
    loss_sums: dict[str, float] = field(default_factory=dict)
    """Sums of the losses over the steps of the current epoch."""
    seconds: float = 0.0
    """Time spent in the current epoch (s)."""
    best_accuracy: float = -1.0
    """Highest validation accuracy so far."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """Metrics of each finished epoch."""


def save_state(path: Path, identity: dict[str, Any], state: RunState, network: nn.Module, optimiser: Optimizer) -> None:
    """Write the state of a run atomically: a kill leaves the old state or the new one.

    Parameters
    ----------
    path
        The file to create or replace.
    identity
        Settings, dataset and backbone of the run. ``load_state`` refuses a state of another identity.
    state, network, optimiser
        Progress, weights and optimiser state.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    tensors: dict[str, Tensor] = {f"network.{name}": value for name, value in network.state_dict().items()}
    for index, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{key}": value for key, value in values.items()}
    header = {"format": FORMAT, "identity": identity, "state": asdict(state)}
    write_tensors(path, tensors, header, quantise=False)


def load_state(path: Path, identity: dict[str, Any], network: nn.Module, optimiser: Optimizer) -> RunState:
    """Load a saved state into network and optimiser, and return the progress of the run.

    Raises
    ------
    CheckpointError
        If the file is damaged, or belongs to a run of another identity.
    """
    tensors, header, _ = read_tensors(path, FORMAT)
    try:
        saved_identity, state = header["identity"], RunState(**header["state"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(path, f"the header is incomplete ({error}); start a new run") from None
    different = sorted(key for key in {*saved_identity, *identity} if saved_identity.get(key) != identity.get(key))
    if different:
        key = different[0]
        reason = (
            f"was made with {key} = {saved_identity.get(key)!r}, now it is {identity.get(key)!r}; "
            "resume with the same value, or "
        )
        raise CheckpointError(path, reason + "start in another folder")
    weights = {k.removeprefix("network."): v for k, v in tensors.items() if k.startswith("network.")}
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = value
    try:
        network.load_state_dict(weights)
        optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(path, f"does not fit this network ({str(error).splitlines()[0]})") from None
    _check_moments(path, optimiser)
    return state


def _check_moments(path: Path, optimiser: Optimizer) -> None:
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            for key, value in optimiser.state.get(parameter, {}).items():
                if isinstance(value, torch.Tensor) and key != "step" and value.shape != parameter.shape:
                    raise CheckpointError(path, "the optimiser's state does not fit this network")
