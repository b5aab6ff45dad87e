"""The checkpoint of matchnet-x: its tables, and in the header the other numbers that were fitted."""

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
from specmol_core.matchnet_x.kernels import CELLS
from specmol_core.matchnet_x.likelihood import EvidenceModel, NucleusModel
from specmol_core.matchnet_x.matcher import EvidenceMatcher, Weights
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES
from specmol_core.matchnet_x.posterior import NONE_FEATURES, PosteriorModel
from specmol_core.matchnet_x.predicted_lines import KINDS
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.storage.weights import read_arrays, write_arrays

__all__ = ["FORMAT", "load_evidence_matcher", "save_evidence"]

FORMAT = "specmol-evidence-1"
_TABLES = {
    "multiplicity": ("multiplicity_weight", (KINDS["1H"], len(MULTIPLICITIES))),
    "multiplicity_read": ("multiplicity_read_weight", (KINDS["1H"], len(MULTIPLICITIES))),
    "heights": ("height_weight", (KINDS["13C"], CELLS)),
}
"""Tables of the evidence model, the factor on each, and its shape."""
_LATER = ("multiplicity_read", "heights")
"""Tables that checkpoints of before they were weighed lack."""
_PARTS = {"c13": 4, "h1": 2, "c13_read": 4, "h1_read": 2}
"""Parts of the evidence model, and kinds of lines that each tells apart."""


def save_evidence(
    path: Path,
    model: EvidenceModel,
    weights: Weights,
    posterior: PosteriorModel,
    predictor: Path,
    notes: dict[str, Any],
    posterior_read: PosteriorModel | None = None,
) -> None:
    """Write a checkpoint atomically.

    Parameters
    ----------
    predictor
        File of the shift predictor that all was fitted with; its name and hash are kept.
    notes
        Sources, settings and figures, kept as given.
    posterior, posterior_read
        For listed signals, and for those read off traces (the same if None).

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    header = {
        "format": FORMAT,
        "model": EvidenceMatcher.model,
        "predictor": {"file": predictor.name, "sha256": ShiftPredictor.load(predictor).digest},
        "c13": asdict(model.c13),
        "h1": asdict(model.h1),
        "c13_read": asdict(model.c13_read),
        "h1_read": asdict(model.h1_read),
        "weights": asdict(weights),
        "posterior": asdict(posterior),
        "posterior_read": asdict(posterior if posterior_read is None else posterior_read),
        **{weight: getattr(model, weight) for weight, _ in _TABLES.values()},
        "multiplicities": list(MULTIPLICITIES),
        "notes": notes,
    }
    write_arrays(path, {name: getattr(model, name) for name in _TABLES}, header)


def load_evidence_matcher(path: Path, shipped: Path) -> EvidenceMatcher:
    """The model of a checkpoint with the shift predictor that it was fitted with.

    Parameters
    ----------
    shipped
        Folder where the predictor is looked for if it does not lie beside the checkpoint.

    Raises
    ------
    CheckpointError
        If either file is missing or damaged, or the predictor is another one.
    """
    arrays, header, digest = read_arrays(path, FORMAT)
    try:
        if header["multiplicities"] != list(MULTIPLICITIES):
            raise ValueError("it tells other multiplicities apart")
        parts: dict[str, Any] = {name: _nucleus(header[name], kinds) for name, kinds in _PARTS.items()}
        model = EvidenceModel(**parts, **_tables(arrays, header))
        weights = Weights(*(_pair(header["weights"][f.name]) for f in fields(Weights)))
        posterior, posterior_read = (_posterior(header[name]) for name in ("posterior", "posterior_read"))
        wanted, name = str(header["predictor"]["sha256"]), Path(str(header["predictor"]["file"])).name
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise CheckpointError(path, f"the header is incomplete ({error}); the file is damaged") from None
    # Unlike Path.is_file, this is no error for a name that no file can have.
    found = next((f / name for f in (path.parent, shipped) if os.path.isfile(f / name)), None)
    if found is None:
        raise CheckpointError(path, f"its predictor {name} lies neither beside it nor in the package; put it there")
    predictor = ShiftPredictor.load(found)
    if predictor.digest != wanted:
        raise CheckpointError(found, f"is not the predictor that {path} was fitted with (sha256 {wanted[:12]}...)")
    own = hashlib.sha256(f"{digest}:{wanted}".encode()).hexdigest()
    return EvidenceMatcher(predictor, model, weights, posterior, own, posterior_read)


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    found = tuple(float(value) for value in values)
    if len(found) != count or not np.isfinite(found).all():
        raise ValueError(f"{len(found)} numbers where {count} finite ones are due")
    return found


def _pair(values: Any) -> tuple[float, float]:
    first, second = _numbers(values, 2)
    return first, second


def _nucleus(values: dict[str, Any], kinds: int) -> NucleusModel:
    numbers = {f.name: float(values[f.name]) for f in fields(NucleusModel) if f.name != "missing"}
    if not np.isfinite(list(numbers.values())).all() or min(numbers[n] for n in ("window", "dof", "widen")) <= 0:
        raise ValueError("a number of the evidence model is out of range")
    return NucleusModel(missing=_numbers(values["missing"], kinds), **numbers)


def _tables(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (weight, shape) in _TABLES.items():
        if name in _LATER and name not in arrays and weight not in header:
            found[weight] = 0.0
            continue
        if arrays[name].shape != shape:
            raise ValueError(f"the table {name} has shape {arrays[name].shape}")
        found[name] = arrays[name].astype(np.float64)
        (found[weight],) = _numbers((header[weight],), 1)
    return found


def _posterior(values: dict[str, Any]) -> PosteriorModel:
    limits = _numbers((values["none_from"], values["identified_from"]), 2)
    if not all(0 < limit <= 1 for limit in limits):
        raise ValueError("a probability of the posterior is out of range")
    return PosteriorModel(_numbers(values["none"], len(NONE_FEATURES)), *limits)
