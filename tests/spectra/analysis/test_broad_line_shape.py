"""Fit of a broad line together with its baseline."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.analysis.broad_line_shape import fit_broad_line, humps

POINTS = np.arange(8000.0)


def line(at: float, height: float, width: float) -> np.ndarray:
    return height / (1 + (2 * (POINTS - at) / width) ** 2)


@pytest.mark.parametrize("first_width", [120.0, 200.0, 300.0])
def test_the_fit_finds_the_line_on_a_curved_baseline(first_width: float) -> None:
    distance = (POINTS - 4000) / 1000
    trace = line(4000, 2.0, 200) + 0.7 - 0.4 * distance + 0.2 * distance**2

    shape = fit_broad_line(trace, np.zeros(8000, np.bool_), 4000.0, first_width)

    assert shape == pytest.approx((2.0, 200.0), rel=0.02)


def test_points_near_other_lines_do_not_count() -> None:
    trace, is_other = line(4000, 2.0, 200), np.zeros(8000, np.bool_)
    trace[4300:4400] += 50.0
    is_other[4300:4400] = True

    assert fit_broad_line(trace, is_other, 4000.0, 180.0) == pytest.approx((2.0, 200.0), rel=0.01)
    is_other[3200:4800] = True
    assert fit_broad_line(trace, is_other, 4000.0, 180.0) is None


def test_what_is_no_line_has_no_shape() -> None:
    free = np.zeros(8000, np.bool_)
    assert fit_broad_line(0.001 * POINTS, free, 4000.0, 200.0) is None
    assert fit_broad_line(-line(4000, 2.0, 200), free, 4000.0, 200.0) is None
    assert fit_broad_line(line(4000, 2.0, 2000), free, 4000.0, 200.0) is None
    assert fit_broad_line(line(4000, 2.0, 3), free, 4000.0, 3.0) is None


def test_humps_are_those_of_the_smoothed_trace() -> None:
    trace = line(4000, 2.0, 200) + np.random.default_rng(0).normal(0.0, 0.2, 8000)

    found = [h for h in humps(trace, [50.0]) if abs(h[0] - 4000) < 50]

    assert len(found) == 1
    assert found[0] == pytest.approx((4000, 2.0, 200), rel=0.25)
