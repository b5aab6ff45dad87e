"""Calibrations with numbers by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from specmol_core.matcher.calibration import LOG_ODDS, KindCalibration
from specmol_core.matcher.calibration_file import calibration_content, calibration_path, write_calibration
from specmol_core.retrieval.models import load_model

KINDS = tuple(
    f"{source}, {nuclei}"
    for source in ("peak lists", "traces", "pictures")
    for nuclei in ("both nuclei", "13C alone", "1H alone")
)


def write_calibration_beside(checkpoint: Path, values: np.ndarray, count: int = 1000) -> Path:
    """Write a calibration of each kind, with these nonconformities in each half, and no errors."""
    none = np.zeros(len(LOG_ODDS), np.int64)
    folds = {likely: (np.sort(values), np.sort(values)) for likely in (False, True)}
    kinds = {kind: KindCalibration(folds, count, none, none) for kind in KINDS}
    path = calibration_path(checkpoint)
    write_calibration(path, calibration_content(kinds, "matchnet-x", load_model(checkpoint, None, "cpu").id, {}))
    return path
