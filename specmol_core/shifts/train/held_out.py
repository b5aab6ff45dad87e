"""Errors and calibration of predicted shifts on held-out scaffolds of the training data."""

from __future__ import annotations

from typing import Any

import numpy as np

from specmol_core.shifts.likelihood import INTERVAL_LEVELS, central_probability
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.train.shift_errors import label_errors
from specmol_core.shifts.train.shift_pack import ShiftPack

__all__ = ["evaluate_held_out"]


def evaluate_held_out(pack: ShiftPack, predictor: ShiftPredictor, split: str = "test") -> dict[str, Any]:
    """Return errors (ppm) and coverage of the intervals on one split, by nucleus.

    The errors are the mean error of sorted lists, and mean and median error of assigned shifts.
    """
    errors = label_errors(pack, predictor, split)
    report: dict[str, Any] = {}
    for nucleus, dof in zip(("13C", "1H"), predictor.dof, strict=True):
        rows = np.concatenate(errors.assigned[nucleus])
        inside = central_probability(rows[:, 1], dof)
        report[nucleus] = {
            "molecules": len(errors.sorted[nucleus]),
            "sorted error": float(np.mean(errors.sorted[nucleus])),
            "assigned labels": len(rows),
            "assigned error": float(rows[:, 0].mean()),
            "median error": float(np.median(rows[:, 0])),
        } | {f"within {level:.0%}": float((inside <= level).mean()) for level in INTERVAL_LEVELS}
    return report
