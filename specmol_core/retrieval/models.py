"""Trained models by name or checkpoint."""

from __future__ import annotations

import math
from pathlib import Path

from specmol_core.config import RankConfig
from specmol_core.errors import UsageError
from specmol_core.matcher.protocol import Matcher
from specmol_core.matchnet.network.variants import VARIANTS
from specmol_core.matchnet_x.checkpoint import FORMAT as MATCHNET_X_FORMAT
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.matcher import MatchNetXMatcher
from specmol_core.runtime.devices import resolve_device
from specmol_core.runtime.packages import require_torch
from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.inference import tensor_shapes
from specmol_core.shipped import shipped_checkpoint, shipped_weights
from specmol_core.storage.weights import checkpoint_format

__all__ = ["MODELS", "checkpoint_path", "is_matchnet_x", "load_model", "parameter_counts"]

MODELS = (MatchNetXMatcher.model, *VARIANTS)
"""Names of all models that rank."""


def load_model(checkpoint: Path | None, model: str | None, device: str) -> Matcher:
    """Load the model of a checkpoint, or the shipped model of that name.

    Raises
    ------
    UsageError
        If both are given, no model has that name, or there is no such device; a MissingPackageError
        if the model is a network that needs torch, which is not installed.
    CheckpointError
        If the checkpoint is unusable, or no weights are shipped for the model.
    """
    path = checkpoint_path(checkpoint, model)
    if device != "auto":
        resolve_device(device)
    if is_matchnet_x(path):
        return load_matchnet_x(path, shipped_weights())
    require_torch(f"the network of {path}" if checkpoint is not None else f"--model {model}")
    from specmol_core.matchnet.network.matcher import load_matcher  # torch takes seconds; only the networks need it

    return load_matcher(path, device)


def checkpoint_path(checkpoint: Path | None, model: str | None) -> Path:
    """Return the path of the checkpoint: the given one, or the shipped one of a model.

    If both are None, it is the shipped checkpoint of the default model.

    Raises
    ------
    UsageError
        If both are given, or no model has that name.
    CheckpointError
        If no weights are shipped for the model.
    """
    if checkpoint is not None and model is not None:
        raise UsageError("--checkpoint already determines the model; leave out --model")
    name = model if model is not None else RankConfig.model
    if name not in MODELS:
        raise UsageError(f"unknown model {name!r}; choose one of {', '.join(MODELS)}")
    return checkpoint if checkpoint is not None else shipped_checkpoint(name)


def is_matchnet_x(path: Path) -> bool:
    """Whether a checkpoint is one of matchnet-x; all others are of the paper's networks.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing or damaged.
    """
    return checkpoint_format(path) == MATCHNET_X_FORMAT


def parameter_counts(name: str) -> dict[str, int]:
    """Return the number of parameters of a model: trainable, frozen, total, and of the joint space.

    The parameters of matchnet-x are those of its shift predictor and its multiplicity table; its
    joint space has none.

    Raises
    ------
    MissingPackageError
        If the model is one of the paper's networks and torch is not installed.
    """
    if name != MatchNetXMatcher.model:
        require_torch(f"the number of parameters of {name}")
        from specmol_core.matchnet.network.assembly import parameter_counts as network_parameters

        return network_parameters(name)
    predictor = sum(map(math.prod, tensor_shapes(ShiftNetworkConfig()).values()))
    trainable = predictor + LikelihoodModel().multiplicity.size
    return {"trainable": trainable, "frozen": 0, "total": trainable, "joint_space": 0}
