"""Files of calibrations: JSON beside the checkpoint."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import CheckpointError, UsageError
from specmol_core.matcher.calibration import LOG_ODDS, REMEDY, KindCalibration, ModelCalibration
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.checked_json import read_json

__all__ = ["calibration_content", "calibration_path", "load_calibration", "write_calibration"]

FORMAT = "specmol-calibration-1"
_MAX_QUERIES = 1_000_000
"""More queries than a file of the largest size can have."""
_MAX_NONCONFORMITY = 1e6
"""More nats than the scores of two candidates can differ by."""
_STRATA = {False: "fits", True: "none_likely"}
"""Names of the two strata of queries in the file, by whether none is likely."""


def calibration_path(checkpoint: Path) -> Path:
    """Return the file of the calibration of a checkpoint: it lies beside it."""
    return checkpoint.with_suffix(".calibration.json")


def load_calibration(checkpoint: Path, digest: str) -> ModelCalibration:
    """Load the calibration of a checkpoint.

    Parameters
    ----------
    digest
        Hash of the checkpoint (``id`` of its matcher).

    Raises
    ------
    UsageError
        If there is none.
    DatasetError, CheckpointError
        If it is damaged, or belongs to another checkpoint.
    """
    path = calibration_path(checkpoint)
    if not path.is_file():
        needed = "has no calibration, which --confidence and --max-error need"
        raise UsageError(f"{checkpoint}: {needed}; make {path.name} beside it with specmol train calibration")
    content = read_json(path, REMEDY)
    try:
        if content["format"] != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        kinds = {str(name): _kind(values) for name, values in content["kinds"].items()}
        owner = str(content["checkpoint"])
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise CheckpointError(path, f"is no calibration ({error}); {REMEDY}") from None
    if owner != digest:
        raise CheckpointError(path, f"is the calibration of another checkpoint ({owner[:12]}); {REMEDY}")
    return ModelCalibration(path, kinds)


def _kind(values: Mapping[str, Any]) -> KindCalibration:
    queries = _whole_number(values["queries"])
    wrong, called = (_counts(values[name], queries) for name in ("wrong", "called_without"))
    folds = {likely: _folds(values[name]) for likely, name in _STRATA.items()}
    found = sum(len(fold) for halves in folds.values() for fold in halves)
    if found != queries:
        raise ValueError(f"{found} nonconformities of {queries} queries")
    return KindCalibration(folds, queries, wrong, called)


def _counts(values: Sequence[Any], queries: int) -> NDArray[np.int64]:
    counts = np.array([_whole_number(value) for value in values], np.int64)
    if counts.shape != LOG_ODDS.shape or (np.diff(counts, append=0) > 0).any() or (counts > queries).any():
        raise ValueError(f"expected {len(LOG_ODDS)} falling counts of at most {queries}")
    return counts


def _whole_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_QUERIES:
        raise ValueError(f"{str(value)[:20]} is not a whole number of at most {_MAX_QUERIES}")
    return value


def _folds(values: Sequence[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = (np.array([_nonconformity(value) for value in fold]) for fold in values)
    if any((fold[1:] < fold[:-1]).any() for fold in (first, second)):
        raise ValueError("the nonconformities of a half do not rise")
    return first, second


def _nonconformity(value: Any) -> float:
    """Return a value of the file; null is that of a group that was not scored."""
    number = math.inf if value is None else float(value)
    if not (0.0 <= number <= _MAX_NONCONFORMITY or value is None):  # false for NaN
        raise ValueError(f"a nonconformity of {str(value)[:20]}, not one from 0 to {_MAX_NONCONFORMITY:g}")
    return number


def calibration_content(
    kinds: Mapping[str, KindCalibration], model: str, digest: str, origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the content of a calibration file.

    Parameters
    ----------
    digest
        Hash of the checkpoint.
    origin
        Version, sources and settings, stored as given.
    """
    return {
        "format": FORMAT,
        "model": model,
        "checkpoint": digest,
        "origin": dict(origin),
        "kinds": {
            name: {
                "queries": kind.queries,
                **{
                    stratum: [
                        [None if math.isinf(v) else round(float(v), 4) for v in fold] for fold in kind.folds[likely]
                    ]
                    for likely, stratum in _STRATA.items()
                },
                "wrong": kind.wrong.tolist(),
                "called_without": kind.called_without.tolist(),
            }
            for name, kind in kinds.items()
        },
    }


def write_calibration(path: Path, content: Mapping[str, Any]) -> None:
    """Write the content of a calibration file, each list of numbers on one line.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = json.dumps(content, indent=1, allow_nan=False)
    text = re.sub(r"\[[^\[\]{}\"]*\]", lambda numbers: " ".join(numbers.group().split()), text)
    with atomic_write(path) as file:
        file.write(text + "\n")
