"""Estimate the baseline under the lines of a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["estimate_baseline"]

_MAX_BLOCKS = 512
"""Most blocks that the trace is divided into."""
_NOISE_QUANTILE = 0.3
"""Quantile of the blocks' deviations that is taken as the noise."""
_STIFFNESS = 3e3
"""Weight of the squared second difference: the curve bends over a tenth of the width, no line does."""
_MAX_ROUNDS = 6
_MAX_DEVIATION_SD = 3.0


def estimate_baseline(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit a smooth curve (n,) through the parts of a trace (n,) without lines, up or down.

    A Whittaker smoother joins the medians of blocks without a line (P. H. C. Eilers, Anal. Chem.
    2003, 75, 3631). Blocks off the curve are left out, and the fit is repeated.
    """
    size = max(1, len(trace) // _MAX_BLOCKS)
    count = len(trace) // size
    if count < 16 or size < 4:
        return np.full(len(trace), float(np.median(trace)))
    blocks = trace[: count * size].reshape(count, size)
    level = np.median(blocks, axis=1)
    block_mad = np.median(np.abs(blocks - level[:, None]), axis=1)
    noise_mad = float(np.quantile(block_mad, _NOISE_QUANTILE))
    is_line_free = block_mad <= 2 * noise_mad
    weights = is_line_free.astype(np.float64)
    if weights.sum() < 8:
        return np.full(len(trace), float(np.median(trace)))
    for _ in range(_MAX_ROUNDS):
        curve = _smooth(level, weights)
        residuals = level - curve
        scale = 1.4826 * float(np.median(np.abs(residuals[is_line_free])))
        new_weights = (is_line_free & (np.abs(residuals) <= max(_MAX_DEVIATION_SD * scale, noise_mad))).astype(
            np.float64
        )
        if np.array_equal(new_weights, weights) or new_weights.sum() < 8:
            break
        weights = new_weights
    middles = (np.arange(count) + 0.5) * size
    return np.asarray(np.interp(np.arange(len(trace)), middles, curve), dtype=np.float64)


def _smooth(level: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimise ``sum w (level - z)² + stiffness sum (second difference of z)²`` over z."""
    from scipy.linalg import solveh_banded  # slow to import, and most spectra are already processed

    count = len(level)
    bands = np.zeros((3, count))
    second = np.array([1.0, -2.0, 1.0])
    for offset in range(3):  # the products of the difference operator with itself, on each diagonal
        for first in range(3 - offset):
            product = _STIFFNESS * second[first] * second[first + offset]
            bands[2 - offset, first + offset : count - 2 + first + offset] += product
    bands[2] += weights + 1e-9
    smooth: NDArray[np.float64] = solveh_banded(bands, weights * level)
    return smooth
