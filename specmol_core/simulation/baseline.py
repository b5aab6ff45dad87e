"""Baseline correction as spectrometer software does it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation import kernels

__all__ = ["baseline"]

_BLOCK_COUNT, _SAMPLES_PER_BLOCK = 64, 64
_SIGNAL_FREE_FRACTION = 0.65
"""Fraction of the blocks that are assumed to be free of signals."""
_OUTLIER_FACTOR, _FIT_ROUNDS = 6.0, 4
"""Deviation from the median, in median deviations, above which a block contains signals; rounds of
the fit."""


def baseline(values: NDArray[np.float32], degree: int) -> NDArray[np.float32]:
    """Return a polynomial (degree + 1,) through the parts of a spectrum that look free of signals.

    The medians of 64 blocks are fitted; then repeatedly the two thirds that are closest to the fit.
    Like the automatic corrections of spectrometers, the polynomial bends below wide groups of
    lines.

    Parameters
    ----------
    values
        Spectrum (n,) on an even axis.
    degree
        Degree of the polynomial.

    Returns
    -------
    Coefficients of the powers of x, constant term first. x goes from -1 to 1 between the outer
    edges of the points.
    """
    stride = max(len(values) // (_BLOCK_COUNT * _SAMPLES_PER_BLOCK), 1)
    sample = values[::stride]
    medians = _median(sample[: _BLOCK_COUNT * (len(sample) // _BLOCK_COUNT)].reshape(_BLOCK_COUNT, -1)).astype(
        np.float64
    )
    middle = float(_median(medians))
    if degree == 0:
        return np.full(1, middle, np.float32)
    distance = np.abs(medians - middle)
    basis, is_signal_free = _legendre_basis(_BLOCK_COUNT, degree), distance <= _OUTLIER_FACTOR * _median(distance)
    weights = kernels.fit_trend(medians, basis, is_signal_free, _FIT_ROUNDS, int(_SIGNAL_FREE_FRACTION * _BLOCK_COUNT))
    return np.asarray(weights @ _legendre_to_monomials(degree), dtype=np.float32)


def _median(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the median of each row.

    For few rows this takes a third of the time of ``numpy.median``.
    """
    half = rows.shape[-1] // 2
    if rows.shape[-1] % 2:
        return np.asarray(np.partition(rows, half, axis=-1)[..., half])
    partitioned = np.partition(rows, (half - 1, half), axis=-1)
    return np.asarray((partitioned[..., half - 1] + partitioned[..., half]) / 2)


@lru_cache(maxsize=32)
def _legendre_basis(points: int, degree: int) -> NDArray[np.float64]:
    """Return Legendre polynomials (degree + 1, points) at the midpoints of even cells."""
    x = (np.arange(points) + 0.5) / points * 2 - 1
    return np.ascontiguousarray(np.polynomial.legendre.legvander(x, degree).T)


@lru_cache(maxsize=32)
def _legendre_to_monomials(degree: int) -> NDArray[np.float64]:
    """Return the monomial coefficients (degree + 1, degree + 1) of each Legendre polynomial."""
    rows = [np.polynomial.legendre.leg2poly(row) for row in np.eye(degree + 1)]
    return np.array([np.pad(row, (0, degree + 1 - len(row))) for row in rows])
