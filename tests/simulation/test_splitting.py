"""First-order multiplets, the pair formula and the merging of lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specmol_core.simulation.hamiltonian import transitions
from specmol_core.simulation.splitting import (
    MAX_LINES,
    RESOLUTION_HZ,
    first_order_lines,
    line_shares,
    merge_unresolved,
    pair_corrections,
    thin_lines,
)


def test_binomial_intensities() -> None:
    offset, share = first_order_lines([7.0], [3], [0.0])

    assert offset == pytest.approx([10.5, 3.5, -3.5, -10.5])
    assert share == pytest.approx([1 / 8, 3 / 8, 3 / 8, 1 / 8])


@pytest.mark.parametrize("difference", [-200.0, -30.0, -4.0, 4.0, 30.0])
@pytest.mark.parametrize("j", [12.0, -12.0])
def test_two_spins_in_first_order_are_the_exact_ab_system(difference: float, j: float) -> None:
    hz = np.array([0.0, difference])
    couplings = np.array([[0.0, j], [j, 0.0]])
    tilt, displacement = pair_corrections(couplings, hz.copy())
    lines = []
    for a, b in ((0, 1), (1, 0)):
        offset, share = first_order_lines([j], [1], [float(tilt[a, b])])
        lines += list(zip(hz[a] + displacement[a, b] + offset, share, strict=True))

    exact = transitions((1, 1), hz[None], couplings)

    expected = sorted(zip(exact.frequency[0], exact.intensity[0], strict=True))
    assert np.array(sorted(lines)) == pytest.approx(np.array(expected))


def test_fluorine_neither_tilts_nor_displaces() -> None:
    tilt, displacement = pair_corrections(np.array([[0.0, 47.0], [47.0, 0.0]]), np.array([1000.0, np.nan]))

    assert not tilt.any()
    assert not displacement.any()


@given(st.integers(1, 9), st.floats(-1, 1))
def test_shares_sum_to_one_and_follow_the_tilt(count: int, slope: float) -> None:
    share = line_shares(count, np.array([slope]))[0]

    assert share.sum() == pytest.approx(1.0)
    mean = (share * (count / 2 - np.arange(count + 1))).sum()
    assert mean == pytest.approx(count * slope / 2)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 5)), min_size=1, max_size=800))
def test_merged_lines_keep_area_and_centre(rows: list[tuple[float, float]]) -> None:
    line, area = np.array(rows).T

    joined, total = merge_unresolved(line, area)

    assert len(joined) <= min(len(rows), MAX_LINES)
    assert total.sum() == pytest.approx(area.sum())
    assert (joined * total).sum() == pytest.approx((line * area).sum(), abs=1e-6)
    assert np.all(np.diff(joined) > 0)


def test_resolved_lines_are_not_merged() -> None:
    line = np.arange(20) * 3 * RESOLUTION_HZ

    joined, _ = merge_unresolved(line[::-1], np.ones(20))

    assert joined == pytest.approx(line)


def test_thinning_keeps_area_and_mean_coupling() -> None:
    rng = np.random.default_rng(0)
    line, area, split = rng.uniform(0, 90, 5000), rng.uniform(0.1, 1, 5000), rng.uniform(-9, 9, (5000, 2))

    _, kept, constants, slope = thin_lines(line, area, split, split / 10, 1000)

    assert len(kept) <= 1000
    assert kept.sum() == pytest.approx(area.sum())
    assert (constants * kept[:, None]).sum(0) == pytest.approx((split * area[:, None]).sum(0))
    assert slope == pytest.approx(constants / 10)
