from __future__ import annotations

import math

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis


def test_grid_is_the_middle_of_each_cell() -> None:
    np.testing.assert_allclose(PpmAxis(10.0, 0.0, 4).grid(), [8.75, 6.25, 3.75, 1.25])


def test_position_inverts_the_grid() -> None:
    axis = PpmAxis(12.05, -2.0, 256)

    np.testing.assert_allclose(axis.position(axis.grid()), np.arange(256) + 0.5)


@pytest.mark.parametrize(("high", "low"), [(0.0, 10.0), (1.0, 1.0), (math.nan, 0.0), (math.inf, 0.0)])
def test_invalid_window_is_refused(high: float, low: float) -> None:
    with pytest.raises(ValueError, match="high to low"):
        PpmAxis(high, low, 8)


def test_axis_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        PpmAxis(1.0, 0.0, 0)
