"""The rounding of scores, the same for all models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCORE_DECIMALS", "rounded_scores"]

SCORE_DECIMALS = 4
"""Decimals of a score; further decimals depend on the order of sums and must not break ties."""


def rounded_scores(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores (n,) rounded to ``SCORE_DECIMALS`` decimals.

    Examples
    --------
    >>> rounded_scores(np.array([0.1 + 0.2, 0.3])).tolist()
    [0.3, 0.3]
    """
    return np.round(scores.astype(np.float64), SCORE_DECIMALS).astype(np.float64, copy=False)
