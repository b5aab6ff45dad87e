from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation import kernels
from specmol_core.simulation.baseline import baseline

X = np.linspace(-1, 1, 20_000)


def test_polynomial_is_recovered_under_lines() -> None:
    true = 0.3 - 0.5 * X + 0.8 * X**3
    values = true.copy()
    for start in (3000, 9000, 9100, 15_000):
        values[start : start + 150] += 50.0

    found = baseline(values.astype(np.float32), 5)

    np.testing.assert_allclose(np.polynomial.polynomial.polyval(X, found), true, atol=0.02)


def test_degree_zero_is_the_median() -> None:
    values = np.full(20_000, 0.25, np.float32)
    values[:4000] = 9.0

    found = baseline(values, 0)

    assert found.tolist() == [0.25]


@pytest.mark.parametrize("points", [64, 1000, 8192])
def test_spectra_of_any_length(points: int) -> None:
    assert np.abs(baseline(np.zeros(points, np.float32), 5)).max() < 1e-6


def test_trend_is_a_trimmed_least_squares_fit() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, 64)
    powers = np.ascontiguousarray(np.polynomial.legendre.legvander(x, 4).T)
    medians = powers.T @ rng.normal(size=5) + rng.normal(0, 0.01, 64)
    medians[10:20] += 3.0

    found = kernels.fit_trend(medians, powers, np.ones(64, np.bool_), 4, 41)

    free = np.ones(64, np.bool_)
    for _ in range(4):
        expected = np.linalg.lstsq(powers[:, free].T, medians[free], rcond=None)[0]
        residual = np.abs(expected @ powers - medians)
        free = residual <= np.sort(residual)[41]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("points", [10, 512, 1300])
def test_subtract_polynomial(points: int) -> None:
    values, coefficients = np.ones(points, np.float32), np.array([0.5, -0.2, 0.1], np.float32)

    kernels.subtract_polynomial(values, coefficients)

    x = (np.arange(points) + 0.5) / points * 2 - 1
    np.testing.assert_allclose(values, 1 - np.polynomial.polynomial.polyval(x, coefficients), atol=1e-6)
