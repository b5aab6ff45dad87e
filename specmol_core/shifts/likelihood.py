"""Heavy-tailed likelihood of observed shifts that are assigned to atoms or to groups of atoms."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import t as student
from torch import Tensor

__all__ = ["INTERVAL_LEVELS", "central_probability", "fit_calibration", "match_sets", "student_nll"]

INTERVAL_LEVELS = (0.68, 0.95)
"""Central probabilities for which intervals are fitted and checked."""
_DOF_RANGE = (1.05, 60.0)


def student_nll(residual: Tensor, scale: Tensor, dof: Tensor) -> Tensor:
    """Return the elementwise negative log-likelihood of a Student-t distribution.

    Source: Lange, Little, Taylor, J. Am. Stat. Assoc. 1989, 84, 881.

    Parameters
    ----------
    residual, scale
        Same shape and unit.
    dof
        Degrees of freedom, broadcast to that shape.
    """
    half = (dof + 1) / 2
    constant = torch.lgamma(dof / 2) - torch.lgamma(half) + 0.5 * torch.log(dof * torch.pi)
    return half * torch.log1p((residual / scale) ** 2 / dof) + torch.log(scale) + constant


def match_sets(predicted: Tensor, group: Tensor) -> Tensor:
    """Return the order (labels,) of predictions that pairs them best with the observed shifts.

    Observed shifts must be ascending within each group, and groups ascending. In one dimension,
    pairing equal ranks has the smallest cost for every convex loss. An assigned atom is a group of
    one.

    Parameters
    ----------
    predicted
        Predicted shift of each label's atom (labels,).
    group
        Group of each label (labels,), ascending.
    """
    by_value = torch.argsort(predicted)
    return by_value[torch.argsort(group[by_value], stable=True)]


def fit_calibration(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Return a factor on the scale, and the degrees of freedom, that calibrate the intervals.

    With them, the central intervals of INTERVAL_LEVELS contain their nominal share of the shifts.

    Parameters
    ----------
    ratios
        |residual| / scale of assigned shifts that were not used in training (labels,).
    """
    inner, outer = np.quantile(ratios, INTERVAL_LEVELS)

    def excess(dof: float) -> float:
        low, high = student.ppf([(1 + level) / 2 for level in INTERVAL_LEVELS], dof)
        return float(high / low - outer / inner)

    low, high = _DOF_RANGE
    dof = low if excess(low) < 0 else high if excess(high) > 0 else float(brentq(excess, low, high))
    return float(inner / student.ppf((1 + INTERVAL_LEVELS[0]) / 2, dof)), dof


def central_probability(ratios: NDArray[np.float64], dof: float) -> NDArray[np.float64]:
    """Return the probability of the central interval that ends at each |residual| / scale.

    Examples
    --------
    >>> central_probability(np.array([0.0, 1.0]), 1.0).round(6).tolist()
    [0.0, 0.5]
    """
    result: NDArray[np.float64] = 2 * student.cdf(ratios, dof) - 1
    return result
