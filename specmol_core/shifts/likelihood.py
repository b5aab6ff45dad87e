"""Heavy-tailed likelihood of observed shifts, assigned to atoms or only to groups of them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import t as student
from torch import Tensor

__all__ = ["INTERVAL_LEVELS", "central_probability", "fit_calibration", "match_sets", "student_nll"]

INTERVAL_LEVELS = (0.68, 0.95)
"""Central probabilities at which intervals are fitted and checked."""
_DOF_RANGE = (1.05, 60.0)


def student_nll(residual: Tensor, scale: Tensor, dof: Tensor) -> Tensor:
    """Negative log-likelihood of a Student-t distribution, elementwise.

    Lange, Little, Taylor, J. Am. Stat. Assoc. 1989, 84, 881.

    Parameters
    ----------
    residual, scale
        Same shape and unit.
    dof
        Degrees of freedom, broadcast.
    """
    half = (dof + 1) / 2
    constant = torch.lgamma(dof / 2) - torch.lgamma(half) + 0.5 * torch.log(dof * torch.pi)
    return half * torch.log1p((residual / scale) ** 2 / dof) + torch.log(scale) + constant


def match_sets(predicted: Tensor, group: Tensor) -> Tensor:
    """Order (labels,) of the predictions that pairs them with their group's observed shifts, best first to last.

    Observed shifts rise within each group and groups rise; in one dimension the pairing of equal ranks has the
    least cost for every convex loss. An assigned atom is a group of its own.

    Parameters
    ----------
    predicted
        Shift of each label's atom (labels,).
    group
        Number of the group of each label (labels,), rising.
    """
    by_value = torch.argsort(predicted)
    return by_value[torch.argsort(group[by_value], stable=True)]


def fit_calibration(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Factor on the spread, and degrees of freedom, with which the central intervals of INTERVAL_LEVELS hold
    what they say.

    Parameters
    ----------
    ratios
        |residual| / spread of assigned shifts that no training has seen (labels,).
    """
    inner, outer = np.quantile(ratios, INTERVAL_LEVELS)

    def excess(dof: float) -> float:
        low, high = student.ppf([(1 + level) / 2 for level in INTERVAL_LEVELS], dof)
        return float(high / low - outer / inner)

    low, high = _DOF_RANGE
    dof = low if excess(low) < 0 else high if excess(high) > 0 else float(brentq(excess, low, high))
    return float(inner / student.ppf((1 + INTERVAL_LEVELS[0]) / 2, dof)), dof


def central_probability(ratios: NDArray[np.float64], dof: float) -> NDArray[np.float64]:
    """Probability of the central interval that just reaches each |residual| / spread."""
    result: NDArray[np.float64] = 2 * student.cdf(ratios, dof) - 1
    return result
