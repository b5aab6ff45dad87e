"""Smooth a trace, or take its second derivative, under a Gaussian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.runtime.compiled import compiled_exactly

__all__ = ["gaussian"]

_REACH = 4.0
"""Standard deviations after which the Gaussian is cut off."""
_BLOCK = 512
"""Points that are worked on together: they stay in the processor's nearest cache."""


def gaussian(trace: NDArray[np.float64], deviation: float, order: int = 0) -> NDArray[np.float64]:
    """What ``scipy.ndimage.gaussian_filter1d`` gives, to the last digit and several times as fast.

    Parameters
    ----------
    trace
        (points,), taken to be mirrored at both ends.
    deviation
        Standard deviation of the Gaussian (points).
    order
        0 for the smooth trace, 2 for its second derivative.
    """
    radius = int(_REACH * deviation + 0.5)
    if radius >= len(trace):
        return np.asarray(gaussian_filter1d(trace, deviation, order=order), dtype=np.float64)
    single = np.zeros(4 * radius + 1)
    single[2 * radius] = 1.0
    weights = gaussian_filter1d(single, deviation, order=order)[radius : 2 * radius + 1]
    return _correlated(np.pad(trace, radius, mode="symmetric"), weights)


@compiled_exactly
def _correlated(padded: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the points about each, times the weights of their distance, the farthest first (radius + 1,)."""
    radius = len(weights) - 1
    found = np.empty(len(padded) - 2 * radius)
    for start in range(0, len(found), _BLOCK):
        size = min(_BLOCK, len(found) - start)
        # Slices whose indices begin at 0, so that the loops are vectorised.
        part, middle = found[start : start + size], padded[start + radius :]
        for i in range(size):
            part[i] = middle[i] * weights[radius]
        for place in range(radius):
            left, right, weight = padded[start + place :], padded[start + 2 * radius - place :], weights[place]
            for i in range(size):
                part[i] += (left[i] + right[i]) * weight
    return found
