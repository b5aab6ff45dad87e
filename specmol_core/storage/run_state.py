"""The state of a training run: weights, optimiser and progress in one file, written atomically."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from specmol_core.errors import CheckpointError
from specmol_core.storage.optimiser_state import load_optimiser, optimiser_tensors
from specmol_core.storage.plain_text import plain_text
from specmol_core.storage.torch_weights import read_tensors, write_tensors

__all__ = ["RunState", "load_state", "save_state"]

FORMAT = "specmol-training-1"
_OPTIMISER = "optimiser."
_MAX_NUMBER = 1e12


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
    tensors |= optimiser_tensors(optimiser, _OPTIMISER)
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
        saved_identity, state = dict(header["identity"]), _run_state(header["state"])
    except (KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CheckpointError(path, f"the header is incomplete ({reason}); start a new run") from None
    different = sorted(key for key in {*saved_identity, *identity} if saved_identity.get(key) != identity.get(key))
    if different:
        key = different[0]
        saved, now = (plain_text(repr(values.get(key)))[:80] for values in (saved_identity, identity))
        reason = f"was made with {plain_text(key)[:80]} = {saved}, now it is {now}; resume with the same value, or "
        raise CheckpointError(path, reason + "start in another folder")
    weights = {k.removeprefix("network."): v for k, v in tensors.items() if k.startswith("network.")}
    try:
        network.load_state_dict(weights)
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(path, f"does not fit this network ({str(error).splitlines()[0][:120]})") from None
    load_optimiser(path, optimiser, tensors, _OPTIMISER)
    return state


def _run_state(values: dict[str, Any]) -> RunState:
    """Return the checked progress in a header.

    Raises
    ------
    TypeError, ValueError
        If a value has another type, or is out of range.
    """
    state = RunState(**values)
    numbers: list[Any] = [state.epoch, state.step, state.seconds, state.best_accuracy]
    if type(state.loss_sums) is not dict or type(state.history) is not list:
        raise TypeError("loss_sums or history has another type")
    if not all(type(entry) is dict for entry in state.history):
        raise TypeError("history has another type")
    numbers += state.loss_sums.values()
    if not all(type(number) in (int, float) and abs(number) <= _MAX_NUMBER for number in numbers):
        raise ValueError("a number is missing or out of range")
    if not (type(state.epoch) is int and type(state.step) is int and min(state.epoch, state.step) >= 0):
        raise ValueError("epoch or step is out of range")
    return state
