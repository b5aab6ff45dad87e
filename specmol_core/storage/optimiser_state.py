"""The state of an optimiser as named tensors, checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer

from specmol_core.errors import CheckpointError

__all__ = ["load_optimiser", "optimiser_tensors"]

_REASON = "the optimiser's state does not fit this network; start a new run"


def optimiser_tensors(optimiser: Optimizer, prefix: str) -> dict[str, Tensor]:
    """Return the state as tensors with names such as ``<prefix>3.exp_avg``: parameter and quantity."""
    state = optimiser.state_dict()["state"]
    return {f"{prefix}{index}.{key}": value for index, values in state.items() for key, value in values.items()}


def load_optimiser(path: Path, optimiser: Optimizer, tensors: Mapping[str, Tensor], prefix: str) -> None:
    """Load the tensors whose names begin with ``prefix`` into an optimiser.

    Parameters
    ----------
    path
        The file of the tensors, for messages.

    Raises
    ------
    CheckpointError
        If a tensor does not belong to a parameter, has another shape, or one is missing.
    """
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(prefix):
            index, _, key = name.removeprefix(prefix).partition(".")
            if not (index.isdecimal() and index.isascii() and int(index) < len(parameters)):
                raise CheckpointError(path, _REASON)
            state.setdefault(int(index), {})[key] = value
    _check(path, optimiser, state)
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _check(path: Path, optimiser: Optimizer, state: Mapping[int, Mapping[str, Tensor]]) -> None:
    first = 0
    for group in optimiser.param_groups:
        members = [(first + i, parameter) for i, parameter in enumerate(group["params"])]
        first += len(members)
        kept = [(state[i], parameter) for i, parameter in members if i in state]
        if not kept:
            continue
        # All parameters of a group have the same quantities.
        keys = set(kept[0][0])
        needed = {"step", "exp_avg", "exp_avg_sq"} if type(optimiser) in (Adam, AdamW) else {"step", "exp_avg"}
        if not needed <= keys or any(set(values) != keys for values, _ in kept):
            raise CheckpointError(path, _REASON)
        for values, parameter in kept:
            fits = (values[k].numel() == 1 if k == "step" else values[k].shape == parameter.shape for k in keys)
            if not all(fits) or not all(value.is_floating_point() for value in values.values()):
                raise CheckpointError(path, _REASON)
