from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specmol_core.spectra.readers.grid import MAX_POINTS, check_point_count, even_trace, uneven_trace
from specmol_core.spectra.readers.source import RefusedError

Y = np.arange(11.0)


@given(first=st.floats(-50, 250), width=st.floats(0.1, 300), count=st.integers(4, 300))
def test_points_are_in_the_middle_of_their_cells(first: float, width: float, count: int) -> None:
    axis, trace = even_trace(first, first - width, np.arange(count, dtype=np.float64))

    np.testing.assert_allclose(axis.grid(), np.linspace(first, first - width, count), atol=1e-9)
    assert trace.tolist() == list(range(count))


def test_a_rising_axis_is_reversed() -> None:
    axis, trace = even_trace(0.0, 10.0, Y)

    assert axis.grid()[0] == pytest.approx(10.0)
    assert trace.tolist() == Y[::-1].tolist()


def test_points_in_any_order_are_sorted() -> None:
    order = np.random.default_rng(0).permutation(11)
    axis, trace = uneven_trace(Y[order], (Y**2)[order])

    assert axis.points == 11
    np.testing.assert_allclose(trace, axis.grid() ** 2, rtol=1e-6)


@pytest.mark.parametrize("count", [0, 3, 4.5, MAX_POINTS + 1, float("nan"), float("inf"), -5])
def test_invalid_counts_are_refused(count: float) -> None:
    with pytest.raises(RefusedError, match="points"):
        check_point_count(count)


@pytest.mark.parametrize(("first", "last"), [(1, 1), (np.nan, 0), (np.inf, 0), (1e9, 0)])
def test_invalid_axes_are_refused(first: float, last: float) -> None:
    with pytest.raises(RefusedError, match="its axis"):
        even_trace(first, last, Y)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_invalid_intensities_are_refused(value: float) -> None:
    with pytest.raises(RefusedError, match="not finite"):
        even_trace(1, 0, np.append(Y, value))
    with pytest.raises(RefusedError, match=r"one shift|not finite"):
        uneven_trace(np.full(12, 3.0), np.append(Y, value))
