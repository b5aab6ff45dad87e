from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.resample import column_extremes


def obvious(trace: np.ndarray, axis: PpmAxis, target: PpmAxis) -> np.ndarray:
    """The definition, one column at a time."""
    grid, resampled = axis.grid(), np.zeros(target.points)
    for column, middle in enumerate(target.grid()):
        high, low = target.high - column * target.step, target.high - (column + 1) * target.step
        own = [y for x, y in zip(grid, trace, strict=True) if low + 1e-9 * target.step < x <= high + 1e-9 * target.step]
        if own:
            resampled[column] = max(own)
        elif axis.low <= middle <= axis.high:
            resampled[column] = np.interp(-middle, -grid, trace)
    return resampled


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    points=st.integers(1, 60),
    columns=st.integers(1, 40),
    edges=st.tuples(*[st.floats(-20, 20)] * 4),
    seed=st.integers(0, 1000),
)
def test_agrees_with_the_definition(points: int, columns: int, edges: tuple[float, ...], seed: int) -> None:
    a, b, c, d = edges
    axis, target = PpmAxis(a + abs(b) + 1, a, points), PpmAxis(c + abs(d) + 1, c, columns)
    trace = np.random.default_rng(seed).normal(size=points)

    got = column_extremes(trace[None], axis, target)[0]

    np.testing.assert_allclose(got, obvious(trace, axis, target), atol=1e-6)


@pytest.mark.parametrize("points", [256, 300, 777, 3000, 65_536])
def test_peak_one_sample_wide_survives(points: int) -> None:
    axis, target = PpmAxis(12.0, 0.0, points), PpmAxis(12.0, 0.0, 256)
    traces = np.zeros((10, points))
    at = np.random.default_rng(0).integers(0, points, 10)
    traces[np.arange(10), at] = 1.0

    resampled = column_extremes(traces, axis, target)

    np.testing.assert_array_equal(resampled.max(axis=1), 1.0)
    np.testing.assert_array_equal(resampled.argmax(axis=1), (at + 0.5) * 256 // points)


def test_same_axis_changes_nothing() -> None:
    axis = PpmAxis(230.0, -2.0, 256)
    traces = np.random.default_rng(1).normal(size=(3, 256))

    np.testing.assert_array_equal(column_extremes(traces, axis, axis), traces)


def test_outside_the_source_window_is_baseline() -> None:
    resampled = column_extremes(np.full((1, 8), 5.0), PpmAxis(6.0, 4.0, 8), PpmAxis(10.0, 0.0, 10))

    np.testing.assert_array_equal(resampled[0], [0, 0, 0, 0, 5, 5, 0, 0, 0, 0])


def test_coarser_source_keeps_its_samples() -> None:
    resampled = column_extremes(np.array([[0.0, 1.0, 0.0]]), PpmAxis(3.0, 0.0, 3), PpmAxis(3.0, 0.0, 9))[0]

    np.testing.assert_allclose(resampled, [0, 0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3, 0, 0], atol=1e-12)


def test_window_far_away_leaves_nothing() -> None:
    assert not column_extremes(np.ones((1, 5)), PpmAxis(1e300, 1e299, 5), PpmAxis(10.0, 0.0, 7)).any()
