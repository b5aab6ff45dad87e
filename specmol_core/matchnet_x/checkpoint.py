"""Checkpoints of matchnet-x: tables as arrays, and all other fitted numbers in the header."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import CheckpointError
from specmol_core.matchnet_x.kernels import HEIGHT_BINS
from specmol_core.matchnet_x.likelihood import LikelihoodModel, NucleusModel
from specmol_core.matchnet_x.matcher import MatchNetXMatcher, ScoreFactors
from specmol_core.matchnet_x.misfit import NONE_FEATURES, NONE_SIGNS
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES
from specmol_core.matchnet_x.posterior import PosteriorModel
from specmol_core.matchnet_x.predicted_lines import KIND_COUNTS
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.storage.weights import read_arrays, write_arrays

__all__ = ["FORMAT", "load_matchnet_x", "save_matchnet_x"]

FORMAT = "specmol-matchnet-x-4"
_TABLES = {
    "multiplicity": ("multiplicity_weight", (KIND_COUNTS["1H"], len(MULTIPLICITIES))),
    "multiplicity_trace": ("multiplicity_trace_weight", (KIND_COUNTS["1H"], len(MULTIPLICITIES))),
    "heights": ("height_weight", (KIND_COUNTS["13C"], HEIGHT_BINS)),
}
"""Tables of the likelihood model: name of the factor on each, and its shape."""
_OPTIONAL_TABLES = ("multiplicity_trace", "heights")
"""Tables that older checkpoints lack."""
_MAX_NUMBER = 1e4
"""Largest absolute value of a number; no fit exceeds it, and sums and exponentials stay finite."""
_MAX_EXPONENT = 10.0
"""Largest absolute value of an exponent of a number of protons."""
_KINDS_OF_PART = {"c13": 4, "h1": 2, "c13_trace": 4, "h1_trace": 2}
"""Parts of the likelihood model, and the number of kinds of lines of each."""


def save_matchnet_x(
    path: Path,
    model: LikelihoodModel,
    weights: ScoreFactors,
    posterior: PosteriorModel,
    predictor: Path,
    notes: dict[str, Any],
    posterior_trace: PosteriorModel | None = None,
) -> None:
    """Write a checkpoint atomically.

    Parameters
    ----------
    predictor
        File of the shift predictor that the model was fitted with; its name and hash are stored.
    notes
        Sources, settings and results, stored as given.
    posterior, posterior_trace
        Models for signals of peak lists, and for signals from traces (the same if None).

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    header = {
        "format": FORMAT,
        "model": MatchNetXMatcher.model,
        "predictor": {"file": predictor.name, "sha256": ShiftPredictor.load(predictor).digest},
        "c13": asdict(model.c13),
        "h1": asdict(model.h1),
        "c13_trace": asdict(model.c13_trace),
        "h1_trace": asdict(model.h1_trace),
        "weights": asdict(weights),
        "posterior": asdict(posterior),
        "posterior_trace": asdict(posterior if posterior_trace is None else posterior_trace),
        **{weight: getattr(model, weight) for weight, _ in _TABLES.values()},
        "multiplicities": list(MULTIPLICITIES),
        "notes": notes,
    }
    write_arrays(path, {name: getattr(model, name) for name in _TABLES}, header)


def load_matchnet_x(path: Path, shipped: Path) -> MatchNetXMatcher:
    """Load a checkpoint with the shift predictor that it was fitted with.

    Parameters
    ----------
    shipped
        Folder in which the predictor is searched if it is not beside the checkpoint.

    Raises
    ------
    CheckpointError
        If one of the files is missing or damaged, or the predictor is a different one.
    """
    arrays, header, digest = read_arrays(path, FORMAT)
    try:
        if header["multiplicities"] != list(MULTIPLICITIES):
            raise ValueError("its multiplicities differ")
        parts: dict[str, Any] = {name: _nucleus(header[name], kinds) for name, kinds in _KINDS_OF_PART.items()}
        model = LikelihoodModel(**parts, **_tables(arrays, header))
        weights = ScoreFactors(*(_pair(header["weights"][f.name]) for f in fields(ScoreFactors)))
        posterior, posterior_trace = (_posterior(header[name]) for name in ("posterior", "posterior_trace"))
        predictor_digest, name = str(header["predictor"]["sha256"]), Path(str(header["predictor"]["file"])).name
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise CheckpointError(path, f"the header is incomplete ({error}); the file is damaged") from None
    # Path.is_file raises an error for a name that no file can have.
    predictor_path = next((f / name for f in (path.parent, shipped) if os.path.isfile(f / name)), None)
    if predictor_path is None:
        raise CheckpointError(
            path, f"its predictor {name} is neither beside it nor in the package; copy it beside the checkpoint"
        )
    predictor = ShiftPredictor.load(predictor_path)
    if predictor.digest != predictor_digest:
        raise CheckpointError(
            predictor_path, f"is not the predictor that {path} was fitted with (sha256 {predictor_digest[:12]}...)"
        )
    matcher_id = hashlib.sha256(f"{digest}:{predictor_digest}".encode()).hexdigest()
    return MatchNetXMatcher(predictor, model, weights, posterior, matcher_id, posterior_trace)


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != count or not (np.abs(numbers) <= _MAX_NUMBER).all():
        raise ValueError(f"expected {count} numbers of at most {_MAX_NUMBER:g}, found {len(numbers)} numbers")
    return numbers


def _pair(values: Any) -> tuple[float, float]:
    first, second = _numbers(values, 2)
    return first, second


def _nucleus(values: dict[str, Any], kinds: int) -> NucleusModel:
    numbers = {f.name: float(values[f.name]) for f in fields(NucleusModel) if f.name != "missing"}
    largest_exponent = max(abs(numbers[name]) for name in ("weight_exponent", "integral_exponent"))
    smallest = min(numbers[name] for name in ("window", "dof", "spread_factor"))
    if not (
        (np.abs(list(numbers.values())) <= _MAX_NUMBER).all()
        and smallest >= 1 / _MAX_NUMBER
        and largest_exponent <= _MAX_EXPONENT
    ):
        raise ValueError("a number of the likelihood model is out of range")
    return NucleusModel(missing=_numbers(values["missing"], kinds), **numbers)


def _tables(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name, (weight, shape) in _TABLES.items():
        if name in _OPTIONAL_TABLES and name not in arrays and weight not in header:
            tables[weight] = 0.0
            continue
        if arrays[name].shape != shape:
            raise ValueError(f"the table {name} has shape {arrays[name].shape}")
        tables[name] = arrays[name].astype(np.float64)
        if not (np.abs(tables[name]) <= _MAX_NUMBER).all():
            raise ValueError(f"the table {name} holds a number of more than {_MAX_NUMBER:g}")
        (tables[weight],) = _numbers((header[weight],), 1)
    return tables


def _posterior(values: dict[str, Any]) -> PosteriorModel:
    (threshold,) = _numbers((values["none_threshold"],), 1)
    if not 0 < threshold <= 1:
        raise ValueError("a probability of the posterior is out of range")
    weights = _numbers(values["none_weights"], len(NONE_FEATURES))
    if (np.array(weights) * NONE_SIGNS < 0).any():
        raise ValueError("a weight of the posterior has the wrong sign")
    return PosteriorModel(weights, threshold)
