"""Amounts against least squares of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from specmol_core.mixtures.solve import solve_amounts


def test_amounts_are_those_of_weighted_least_squares() -> None:
    rng = np.random.default_rng(0)
    columns, data, weight = rng.random((2, 3, 40)), rng.random((2, 40)), rng.random((2, 40))
    strides = np.array([1, 4])
    rows = np.concatenate([columns[s, :, ::k] * np.sqrt(weight[s, ::k]) for s, k in enumerate((1, 4))], axis=1)
    values = np.concatenate([data[s, ::k] * np.sqrt(weight[s, ::k]) for s, k in enumerate((1, 4))])

    assert solve_amounts(columns, data, weight, strides)[0] == pytest.approx(nnls(rows.T, values)[0], rel=1e-5)


def test_a_species_outside_the_window_has_no_amount() -> None:
    columns = np.zeros((1, 2, 10))
    columns[0, 0] = 1.0

    amounts, _ = solve_amounts(columns, np.full((1, 10), 2.0), np.ones((1, 10)), np.array([1]))

    assert amounts == pytest.approx([2.0, 0.0])
