"""What processing takes for the baseline, and subtracts."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["baseline"]

_BLOCKS, _SAMPLES = 64, 64
_FREE = 0.65
"""Share of the blocks that are taken to be free of signals."""
_OUTLIER, _ROUNDS = 6.0, 4
"""Median distances from the median beyond which a block is full of signals from the start; rounds of the fit."""


def baseline(values: NDArray[np.float32], degree: int) -> NDArray[np.float32]:
    """Polynomial (n,) through the parts of a spectrum that look free of signals.

    The medians of 64 stretches are fitted, and in turn those two thirds of them that the fit meets best. As the
    automatic corrections of spectrometers do, it bends below wide groups of lines.

    Parameters
    ----------
    values
        Spectrum (n,), even.
    degree
        Of the polynomial.
    """
    stride = max(len(values) // (_BLOCKS * _SAMPLES), 1)
    sample = values[::stride][: _BLOCKS * (len(values[::stride]) // _BLOCKS)]
    medians = np.median(sample.reshape(_BLOCKS, -1), axis=1).astype(np.float64)
    middle = float(np.median(medians))
    if degree == 0:
        return np.full(len(values), middle, np.float32)
    distance = np.abs(medians - middle)
    powers, free = _powers(_BLOCKS, degree), distance <= _OUTLIER * np.median(distance)
    for _ in range(_ROUNDS):
        weights = np.linalg.lstsq(powers[free], medians[free], rcond=None)[0]
        residual = np.abs(powers @ weights - medians)
        free = residual <= np.partition(residual, int(_FREE * _BLOCKS))[int(_FREE * _BLOCKS)]
    line: NDArray[np.float32] = (_powers(len(values), degree) @ weights).astype(np.float32)
    return line


@lru_cache(maxsize=32)
def _powers(points: int, degree: int) -> NDArray[np.float64]:
    """Legendre polynomials (points, degree + 1) over the middles of even cells."""
    x = (np.arange(points) + 0.5) / points * 2 - 1
    return np.asarray(np.polynomial.legendre.legvander(x, degree), dtype=np.float64)
