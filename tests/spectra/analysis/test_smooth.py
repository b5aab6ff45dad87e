"""The Gaussian filter equals that of scipy to the last digit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from specmol_core.spectra.analysis.smooth import gaussian


@pytest.mark.parametrize("order", [0, 2])
@pytest.mark.parametrize("deviation", [0.51, 0.8, 2.3, 7.77, 40.0])
@pytest.mark.parametrize("points", [1, 3, 20, 162, 511, 512, 513, 3000])
def test_smoothing_agrees_with_scipy(points: int, deviation: float, order: int) -> None:
    trace = np.random.default_rng(points).normal(size=points).cumsum()

    np.testing.assert_array_equal(gaussian(trace, deviation, order), gaussian_filter1d(trace, deviation, order=order))
