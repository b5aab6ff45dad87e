"""Files of calibrations: JSON beside the checkpoint."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import CheckpointError, DatasetError, UsageError
from specmol_core.matcher.calibration import LOG_ODDS, REMEDY, KindCalibration, ModelCalibration
from specmol_core.matcher.input_kind import KINDS
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.checked_json import CheckedJson, read_object
from specmol_core.storage.plain_text import abbreviate

__all__ = ["calibration_content", "calibration_path", "load_calibration", "write_calibration"]

FORMAT = "specmol-calibration-1"
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
    DatasetError
        If it is damaged; the message names the field.
    CheckpointError
        If it belongs to another checkpoint.
    """
    path = calibration_path(checkpoint)
    if not path.is_file():
        needed = "has no calibration, which --confidence and --max-error need"
        raise UsageError(f"{checkpoint}: {needed}; make {path.name} beside it with specmol train calibration")
    content = read_object(path, REMEDY)
    if content.text("format") != FORMAT:
        content.raise_invalid("format", FORMAT)
    owner = content.text("checkpoint")
    if owner != digest:
        raise CheckpointError(path, f"is the calibration of another checkpoint ({owner[:12]}); {REMEDY}")
    kinds = content.child("kinds")
    if not kinds.names():
        content.raise_invalid("kinds", f"an object with kinds of input, such as {KINDS[0]}")
    if unknown := [name for name in kinds.names() if name not in KINDS]:
        raise DatasetError(path, f"kinds.{abbreviate(unknown[0])} is no kind of input, such as {KINDS[0]}; {REMEDY}")
    return ModelCalibration(path, {name: _kind(kinds.child(name)) for name in kinds.names()})


def _kind(values: CheckedJson) -> KindCalibration:
    queries = values.integer("queries", 1)
    folds = {likely: _folds(values, name) for likely, name in _STRATA.items()}
    if (found := sum(len(fold) for halves in folds.values() for fold in halves)) != queries:
        values.raise_invalid("queries", f"{found}, the number of the nonconformities")
    return KindCalibration(
        folds, queries, _counts(values, "wrong", queries), _counts(values, "called_without", queries)
    )


def _folds(values: CheckedJson, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = (_nonconformities(values, f"{key}[{half}]", fold) for half, fold in enumerate(values.items(key, 2)))
    return first, second


def _nonconformities(values: CheckedJson, place: str, fold: Any) -> NDArray[np.float64]:
    """Return rising values; null is the nonconformity of a group that was not scored."""
    if not isinstance(fold, list):
        values.raise_invalid_item(place, fold, "a list of numbers")
    result, least = np.zeros(len(fold)), 0.0
    for row, value in enumerate(fold):
        if value is not None and (type(value) not in (int, float) or not least <= value <= _MAX_NONCONFORMITY):
            needed = f"null or a number from {least:g} to {_MAX_NONCONFORMITY:g}" if least < math.inf else "null"
            values.raise_invalid_item(f"{place}[{row}]", value, needed)
        result[row] = least = math.inf if value is None else float(value)
    return result


def _counts(values: CheckedJson, key: str, queries: int) -> NDArray[np.int64]:
    """Return counts (len(LOG_ODDS),) that do not rise with the threshold."""
    counts, most = values.items(key, len(LOG_ODDS)), queries
    for row, count in enumerate(counts):
        if type(count) is not int or not 0 <= count <= most:
            values.raise_invalid_item(f"{key}[{row}]", count, f"a whole number from 0 to {most}")
        most = count
    return np.array(counts, np.int64)


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
