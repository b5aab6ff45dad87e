"""The amounts that fit best, none negative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specmol_core.mixtures.kernels import weighted_products

__all__ = ["drawn_amounts", "solve_amounts"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_MIN_PRECISION = 1e-9
"""Precision of an amount relative to the largest, below which the window shows nothing of it."""


def solve_amounts(
    columns: Float,
    data: Float,
    weight: Float,
    strides: Int,
    penalty: Float | float = 0.0,
    precision: Float | None = None,
) -> tuple[Float, Float]:
    """Return the amounts (species,), none negative, that fit best, and the matrix of their precisions.

    Parameters
    ----------
    columns
        (scales, species, cells)
    data, weight
        (scales, cells)
    penalty
        Cost of an amount of 1 (species,).
    precision
        What is known of the amounts besides the data: precisions of amounts about 0 (species, species).
    """
    species = columns.shape[1]
    gram, right = np.zeros((species, species)), np.zeros(species)
    weighted_products(columns, data, weight, strides, gram, right)
    right -= penalty
    if precision is not None:
        gram += precision
    size, scaled = _scaled(gram, 1e-9)
    factor = np.linalg.cholesky(scaled)
    solution, _ = nnls(factor.T, np.linalg.solve(factor, right / size))
    return np.where(size < np.inf, solution / size, 0.0), gram


def _scaled(gram: Float, ridge: float) -> tuple[Float, Float]:
    """Return the scale of each amount (infinite for one without a cell) and the matrix of unit diagonal."""
    diagonal = np.diag(gram)
    size = np.where(diagonal > _MIN_PRECISION * diagonal.max(initial=0.0), np.sqrt(diagonal), np.inf)
    return size, np.where(np.eye(len(gram)) > 0, 1.0 + ridge, gram / np.outer(size, size))


def drawn_amounts(amounts: Float, gram: Float, rng: np.random.Generator) -> Float:
    """Return amounts (2, species) drawn around the solution, none negative: one error with either sign.

    So the mean over few draws is that of the solutions.
    """
    size, scaled = _scaled(gram, 1e-6)
    error = np.linalg.solve(np.linalg.cholesky(scaled).T, rng.standard_normal(len(gram))) / size
    return np.where(size < np.inf, np.abs(amounts + np.outer([1.0, -1.0], error)), 0.0)
