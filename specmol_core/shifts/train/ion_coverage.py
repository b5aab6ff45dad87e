"""Coverage of the intervals of ions, with factors that their own shifts did not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from specmol_core.metrics import bootstrap_interval
from specmol_core.shifts.config import ION_FACTORS
from specmol_core.shifts.likelihood import INTERVAL_LEVELS, central_probability
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.train.shift_errors import label_errors
from specmol_core.shifts.train.shift_pack import ShiftPack

__all__ = ["factor_coverage", "ion_coverage"]


def ion_coverage(pack: ShiftPack, predictor: ShiftPredictor) -> dict[str, dict[str, Any]]:
    """Return :func:`factor_coverage` of the ions of the validation and test splits, by nucleus; without ions, nothing.

    The factors of ``ION_FACTORS`` are those of all these ions.
    """
    molecule = np.repeat(np.arange(len(pack)), np.diff(pack.atom_start))
    is_ion = pack.is_ion()
    errors = [label_errors(pack, predictor, split) for split in ("validation", "test")]
    report = {}
    for nucleus, factor, dof in zip(("13C", "1H"), ION_FACTORS, predictor.dof, strict=True):
        parts = [part for e in errors for part in zip(e.assigned[nucleus], e.atom[nucleus], strict=True)]
        if not parts:
            continue
        ratio = np.concatenate([rows[:, 1] for rows, _ in parts]) * factor
        owner = molecule[np.concatenate([atom for _, atom in parts])]
        if len(np.unique(owner[is_ion[owner]])) > 1:
            report[nucleus] = factor_coverage(ratio[is_ion[owner]], owner[is_ion[owner]], dof)
    return report


def factor_coverage(ratio: NDArray[np.float64], owner: NDArray[np.int64], dof: float) -> dict[str, Any]:
    """Return the factor with which intervals hold their share of labels, and its coverage of molecules that it has
    not seen.

    Parameters
    ----------
    ratio
        |residual| over uncertainty of each label (labels,), without a factor.
    owner
        Molecule of each label (labels,).
    dof
        Degrees of freedom of the Student-t.

    Returns
    -------
    ``factor`` of all labels; ``molecules``; ``assigned labels``; the share of labels within the intervals of
    each level, with the factor of the other molecules and, as ``within 68%, no factor`` and so on, without one; and
    ``interval``, the 95 % bootstrap interval over the molecules of the first of these shares.
    """
    members = [owner == molecule for molecule in np.unique(owner)]
    parts = [central_probability(ratio[own] / _factor(ratio[~own], dof), dof) for own in members]
    inside, plain = np.concatenate(parts), central_probability(ratio, dof)
    level = INTERVAL_LEVELS[0]

    def share(rows: NDArray[np.int64]) -> float:
        return float((np.concatenate([parts[row] for row in rows]) <= level).mean())

    return {
        "factor": _factor(ratio, dof),
        "molecules": len(parts),
        "assigned labels": len(ratio),
        "interval": list(bootstrap_interval(share, len(parts))),
        **{f"within {level:.0%}": float((inside <= level).mean()) for level in INTERVAL_LEVELS},
        **{f"within {level:.0%}, no factor": float((plain <= level).mean()) for level in INTERVAL_LEVELS},
    }


def _factor(ratio: NDArray[np.float64], dof: float) -> float:
    """Return the factor on the uncertainties with which the narrowest interval holds its share of labels."""
    level = INTERVAL_LEVELS[0]
    return float(np.quantile(ratio, level)) / float(student.ppf((1 + level) / 2, dof))
