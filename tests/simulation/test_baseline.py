from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation.baseline import baseline

X = np.linspace(-1, 1, 20_000)


def test_a_polynomial_is_found_under_lines() -> None:
    true = 0.3 - 0.5 * X + 0.8 * X**3
    values = true.copy()
    for place in (3000, 9000, 9100, 15_000):
        values[place : place + 150] += 50.0

    found = baseline(values.astype(np.float32), 5)

    np.testing.assert_allclose(found, true, atol=0.02)


def test_degree_zero_is_the_median() -> None:
    values = np.full(20_000, 0.25, np.float32)
    values[:4000] = 9.0

    found = baseline(values, 0)

    assert found.shape == values.shape
    assert set(found.tolist()) == {0.25}


@pytest.mark.parametrize("points", [64, 1000, 8192])
def test_any_length(points: int) -> None:
    assert np.abs(baseline(np.zeros(points, np.float32), 5)).max() < 1e-6
