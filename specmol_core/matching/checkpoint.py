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
from specmol_core.matching.evidence import EvidenceModel, NucleusModel
from specmol_core.matching.kernels import CELLS
from specmol_core.matching.matcher import EvidenceMatcher, Weights
from specmol_core.matching.observed import MULTIPLICITIES
from specmol_core.matching.posterior import NONE_FEATURES, PosteriorModel
from specmol_core.matching.predicted import KINDS
from specmol_core.model.arrays import read_arrays, write_arrays
from specmol_core.shifts.predictor import ShiftPredictor

__all__ = ["FORMAT", "load_evidence_matcher", "save_evidence"]

FORMAT = "specmol-evidence-1"
_TABLE, _HEIGHTS = "multiplicity", "heights"
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
        "multiplicity_weight": model.multiplicity_weight,
        "multiplicities": list(MULTIPLICITIES),
        "height_weight": model.height_weight,
        "notes": notes,
    }
    write_arrays(path, {_TABLE: model.multiplicity, _HEIGHTS: model.heights}, header)


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
        table = arrays[_TABLE].astype(np.float64)
        if table.shape != (KINDS["1H"], len(MULTIPLICITIES)) or header["multiplicities"] != list(MULTIPLICITIES):
            raise ValueError(f"the table of multiplicities has shape {table.shape}")
        (weight,) = _numbers((header["multiplicity_weight"],), 1)
        heights, height_weight = _heights(arrays, header)
        parts = {name: _nucleus(header[name], kinds) for name, kinds in _PARTS.items()}
        model = EvidenceModel(
            **parts, multiplicity=table, multiplicity_weight=weight, heights=heights, height_weight=height_weight
        )
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


def _heights(arrays: Mapping[str, NDArray[Any]], header: dict[str, Any]) -> tuple[NDArray[np.float64], float]:
    # Checkpoints of before 13C heights were weighed have neither.
    if _HEIGHTS not in arrays and "height_weight" not in header:
        return EvidenceModel().heights, 0.0
    heights = arrays[_HEIGHTS].astype(np.float64)
    if heights.shape != (KINDS["13C"], CELLS):
        raise ValueError(f"the table of heights has shape {heights.shape}")
    (weight,) = _numbers((header["height_weight"],), 1)
    return heights, weight


def _posterior(values: dict[str, Any]) -> PosteriorModel:
    limits = _numbers((values["none_from"], values["identified_from"]), 2)
    if not all(0 < limit <= 1 for limit in limits):
        raise ValueError("a probability of the posterior is out of range")
    return PosteriorModel(_numbers(values["none"], len(NONE_FEATURES)), *limits)
