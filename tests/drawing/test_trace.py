"""A long trace reduced for an image."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.drawing.trace import column_range, zigzag


@pytest.mark.parametrize("points", [100_000, 5_000, 37])
@pytest.mark.parametrize(("first", "last", "columns"), [(0.0, 10.0, 200), (2.69, 3.16, 300), (-2.0, 13.0, 50)])
def test_columns_hold_their_samples_and_the_trace_between(points: int, first: float, last: float, columns: int) -> None:
    """Against the trace sampled finely and column by column."""
    trace = np.random.default_rng(0).normal(size=points).astype(np.float32)
    # A trace from 0 to 10, seen from first to last.
    x = ((np.arange(points) + 0.5) * 10 / points - first) / (last - first) * columns
    half = (x[1] - x[0]) / 2

    low, high = column_range(x, trace, columns)

    for column in range(columns):
        inside = [edge for edge in (column, column + 1) if x[0] - half <= edge <= x[-1] + half]
        own = trace[(x >= column) & (x < column + 1)].astype(np.float64)
        values = np.concatenate([own, np.interp(inside, x, trace)])
        expected = (values.min(), values.max()) if len(values) else (np.nan, np.nan)
        assert (low[column], high[column]) == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_a_line_of_one_sample_is_kept_whole() -> None:
    trace = np.zeros(100_000, np.float32)
    trace[[12_345, 50_000]] = 1.0, -0.5

    low, high = column_range((np.arange(100_000) + 0.5) / 200, trace, 500)

    assert high.max() == 1.0
    assert low.min() == -0.5
    assert high.argmax() == 12_345 // 200


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
