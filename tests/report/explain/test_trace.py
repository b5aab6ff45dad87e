"""A long trace reduced for a picture."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.report.explain.trace import column_range, zigzag
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum


def spectrum(points: int, seed: int = 0) -> Spectrum:
    trace = np.random.default_rng(seed).normal(size=points).astype(np.float32)
    return Spectrum("1H", PpmAxis(10.0, 0.0, points), trace)


@pytest.mark.parametrize("points", [100_000, 5_000, 37])
@pytest.mark.parametrize("view", [PpmAxis(10.0, 0.0, 200), PpmAxis(7.31, 6.84, 300), PpmAxis(12.0, -3.0, 50)])
def test_columns_hold_their_samples_and_the_trace_between(points: int, view: PpmAxis) -> None:
    """Against the trace sampled finely and column by column."""
    given = spectrum(points)
    grid = given.axis.grid()
    ends = float(grid[0]) + given.axis.step / 2, float(grid[-1]) - given.axis.step / 2

    low, high = column_range(given, view)

    for column in range(view.points):
        edges = view.high - column * view.step, view.high - (column + 1) * view.step
        own = given.intensities[(grid <= edges[0]) & (grid > edges[1])].astype(np.float64)
        inside = [edge for edge in edges if ends[1] <= edge <= ends[0]]
        between = np.interp(inside, grid[::-1], given.intensities[::-1])
        values = np.concatenate([own, between])
        expected = (values.min(), values.max()) if len(values) else (np.nan, np.nan)
        assert (low[column], high[column]) == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_a_line_of_one_sample_is_kept_whole() -> None:
    trace = np.zeros(100_000, np.float32)
    trace[[12_345, 50_000]] = 1.0, -0.5

    low, high = column_range(Spectrum("13C", PpmAxis(200.0, 0.0, 100_000), trace), PpmAxis(200.0, 0.0, 500))

    assert high.max() == 1.0
    assert low.min() == -0.5
    assert high.argmax() == 12_345 * 500 // 100_000


def test_the_line_goes_through_both_ends_of_each_column_by_the_shortest_way() -> None:
    (line,) = zigzag(np.arange(3.0), np.array([0.0, 0.0, 1.0]), np.array([1.0, 2.0, 2.0]))

    assert line.tolist() == [[0, 0], [0, 1], [1, 0], [1, 2], [2, 2], [2, 1]]


def test_the_line_breaks_where_there_is_no_trace() -> None:
    ends = np.array([0.0, 1.0, np.nan, 1.0, 0.0])

    first, second = zigzag(np.arange(5.0), ends, ends)

    assert first.tolist() == [[0, 0], [1, 1]]
    assert second.tolist() == [[3, 1], [4, 0]]


def test_a_level_part_is_two_points() -> None:
    ends = np.array([3.0] * 50 + [4.0])

    (line,) = zigzag(np.arange(51.0), ends, ends)

    assert line.tolist() == [[0, 3], [49, 3], [50, 4]]
