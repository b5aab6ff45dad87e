"""What processing takes for the baseline, and subtracts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

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
    sample = values[::stride]
    medians = _median(sample[: _BLOCKS * (len(sample) // _BLOCKS)].reshape(_BLOCKS, -1)).astype(np.float64)
    middle = float(_median(medians))
    if degree == 0:
        return np.full(len(values), middle, np.float32)
    distance = np.abs(medians - middle)
    powers, free = _powers(_BLOCKS, degree), distance <= _OUTLIER * _median(distance)
    for _ in range(_ROUNDS):
        chosen = powers[:, free]
        # Over two thirds of the window Legendre polynomials are far from dependent: normal equations will do.
        weights = np.linalg.solve(chosen @ chosen.T, chosen @ medians[free])
        residual = np.abs(weights @ powers - medians)
        free = residual <= np.partition(residual, int(_FREE * _BLOCKS))[int(_FREE * _BLOCKS)]
    line: NDArray[np.float32] = weights.astype(np.float32) @ _single_powers(len(values), degree)
    return line


def _median(rows: NDArray[Any]) -> NDArray[Any]:
    """Median of each row; numpy's own takes three times as long for so few."""
    half = rows.shape[-1] // 2
    if rows.shape[-1] % 2:
        return np.asarray(np.partition(rows, half, axis=-1)[..., half])
    parted = np.partition(rows, (half - 1, half), axis=-1)
    return np.asarray((parted[..., half - 1] + parted[..., half]) / 2)


@lru_cache(maxsize=32)
def _powers(points: int, degree: int) -> NDArray[np.float64]:
    """Legendre polynomials (degree + 1, points) over the middles of even cells."""
    x = (np.arange(points) + 0.5) / points * 2 - 1
    return np.ascontiguousarray(np.polynomial.legendre.legvander(x, degree).T)


@lru_cache(maxsize=32)
def _single_powers(points: int, degree: int) -> NDArray[np.float32]:
    return _powers(points, degree).astype(np.float32)
