"""Heights of 13C lines: carbons without hydrogen are low, and equivalent carbons add up.

Heights are those of one carbon, relative to a carbon with hydrogen; logarithms are natural. Bins
begin at LOWEST_LOG_HEIGHT and are LOG_HEIGHT_STEP wide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.kernels import HEIGHT_BINS, LOG_HEIGHT_STEP, LOWEST_LOG_HEIGHT

__all__ = ["LOG_MEDIAN_HEIGHTS", "MEDIAN_HEIGHTS", "height_bin", "heights_are_informative"]

MEDIAN_HEIGHTS = (0.36, 1.0, 1.0, 1.0)
"""Medians of measured heights of C, CH, CH2 and CH3, see docs/results.md."""
LOG_MEDIAN_HEIGHTS = np.log(np.array(MEDIAN_HEIGHTS, np.float32))
"""Logarithms of MEDIAN_HEIGHTS (4,)."""
_QUANTITATIVE_MIXTURE = (
    (0.68, 0.0, 0.05),
    (0.22, np.log(2.0), 0.05),
    (0.05, np.log(3.0), 0.05),
    (0.05, np.log(4.0), 0.05),
)
"""Distribution of heights that are numbers of carbons: share, mean and standard deviation of the
logarithm."""
_ORDINARY_MIXTURE = (
    (0.5, 0.0, 0.2),
    (0.2, np.log(2.0), 0.2),
    (0.25, np.log(MEDIAN_HEIGHTS[0]), 0.45),
    (0.05, -1.0, 1.0),
)
"""Distribution of heights in an ordinary spectrum, in the same form."""
_BACKGROUND_DENSITY = 0.004
"""Density of heights outside of both distributions."""
_LOG_PRIOR_ODDS = np.log(50.0)
"""Prior log-odds against heights that are numbers of carbons: one spectrum in 50."""


def heights_are_informative(heights: NDArray[np.float64]) -> bool:
    """Whether heights (lines,) depend on the kinds of the carbons.

    They do not if all are multiples of one height, as in quantitative spectra and in traces drawn
    from peak lists, or if a line points down.

    Examples
    --------
    >>> heights_are_informative(np.array([1.0, 1.0, 2.0, 1.0, 3.0, 1.0, 1.0, 1.0, 2.0]))
    False
    """
    if not len(heights) or not (heights > 0).all():
        return False
    logs = np.log(heights)
    return bool(
        _best_log_likelihood(logs, _QUANTITATIVE_MIXTURE) - _best_log_likelihood(logs, _ORDINARY_MIXTURE)
        < _LOG_PRIOR_ODDS
    )


def _best_log_likelihood(logs: NDArray[np.float64], parts: tuple[tuple[float, float, float], ...]) -> float:
    """Log-likelihood at the best scale."""
    share, mean, deviation = (np.array(values) for values in zip(*parts, strict=True))
    scales = np.unique((logs[:, None] - mean).ravel())
    residuals = (logs[:, None] - scales)[..., None] - mean
    density = (share * np.exp(-0.5 * (residuals / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))).sum(
        -1
    ) + _BACKGROUND_DENSITY
    return float(np.log(density).sum(0).max())


def height_bin(height: float) -> int:
    """Bin of the logarithm of a height."""
    return int(np.clip(np.rint((height - LOWEST_LOG_HEIGHT) / LOG_HEIGHT_STEP), 0, HEIGHT_BINS - 1))
