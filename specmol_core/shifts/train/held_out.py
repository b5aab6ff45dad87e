"""Errors and calibration of predicted shifts on held-out scaffolds of the training data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.shifts.likelihood import INTERVAL_LEVELS, central_probability
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.train.ion_coverage import ion_coverage
from specmol_core.shifts.train.label_groups import atom_groups
from specmol_core.shifts.train.shift_errors import label_errors
from specmol_core.shifts.train.shift_pack import ShiftPack

__all__ = ["evaluate_held_out"]


def evaluate_held_out(pack: ShiftPack, predictor: ShiftPredictor, split: str = "test") -> dict[str, Any]:
    """Return errors (ppm) and coverage of the intervals on one split, by nucleus.

    The errors are the mean error of sorted lists, and mean and median error of assigned shifts.
    ``groups`` has them for assigned shifts of each group of ``atom_groups``. ``ions, factor of the others`` is
    that of :func:`ion_coverage`.
    """
    errors = label_errors(pack, predictor, split)
    report: dict[str, Any] = {}
    groups = dict(atom_groups(pack))
    for nucleus, dof in zip(("13C", "1H"), predictor.dof, strict=True):
        rows = np.concatenate(errors.assigned[nucleus])
        inside = central_probability(rows[:, 1], dof)
        report[nucleus] = {
            "molecules": len(errors.sorted[nucleus]),
            "sorted error": float(np.mean(errors.sorted[nucleus])),
        } | _errors(rows, inside)
        atom = np.concatenate(errors.atom[nucleus])
        members = {name: is_member[atom] for name, is_member in groups.items()}
        report[nucleus]["groups"] = {
            name: _errors(rows[member], inside[member]) for name, member in members.items() if member.any()
        }
    for nucleus, coverage in ion_coverage(pack, predictor).items():
        report[nucleus]["ions, factor of the others"] = coverage
    return report


def _errors(rows: NDArray[np.float64], inside: NDArray[np.float64]) -> dict[str, Any]:
    """Return the errors of assigned labels with |residual| in the first column."""
    return {
        "assigned labels": len(rows),
        "assigned error": float(rows[:, 0].mean()),
        "median error": float(np.median(rows[:, 0])),
    } | {f"within {level:.0%}": float((inside <= level).mean()) for level in INTERVAL_LEVELS}
