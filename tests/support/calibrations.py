"""Calibrations with numbers by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from specmol_core.matcher.calibration import LOG_ODDS, KindCalibration
from specmol_core.matcher.calibration_file import calibration_content, calibration_path, write_calibration
from specmol_core.matcher.input_kind import KINDS
from specmol_core.retrieval.models import load_model


def write_calibration_beside(checkpoint: Path, values: np.ndarray, count: int = 1000) -> Path:
    """Write a calibration of each kind and so many queries, without errors.

    Each half of the queries for which none is unlikely has these nonconformities; the others have them over and over.
    """
    none = np.zeros(len(LOG_ODDS), np.int64)
    others = np.sort(np.resize(values, count // 2 - len(values)))
    folds = {False: (np.sort(values),) * 2, True: (others, others)}
    kinds = {kind: KindCalibration(folds, count, none, none) for kind in KINDS}
    path = calibration_path(checkpoint)
    write_calibration(path, calibration_content(kinds, "matchnet-x", load_model(checkpoint, None, "cpu").id, {}))
    return path
