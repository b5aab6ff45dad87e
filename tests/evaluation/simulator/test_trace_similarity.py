from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.evaluation.simulator.trace_similarity import trace_similarity, without_noise
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(10.0, 0.0, 2048)
ALL = np.ones(AXIS.points, dtype=np.bool_)


def sticks(*ppm: float) -> NDArray[np.float64]:
    values = np.zeros(AXIS.points)
    values[AXIS.position(np.array(ppm)).astype(int)] = 1.0
    return values


def test_trace_is_most_similar_to_itself() -> None:
    assert trace_similarity(sticks(1, 4, 7), 3 * sticks(1, 4, 7), AXIS, "1H", ALL) == pytest.approx(1.0)


def test_similarity_falls_with_the_distance_of_the_lines() -> None:
    near, far, away = (trace_similarity(sticks(3.0), sticks(3.0 + d), AXIS, "1H", ALL) for d in (0.05, 0.2, 2.0))

    assert 1 > near > far > away
    assert near == pytest.approx(np.exp(-(0.05**2) / (4 * 0.08**2)), abs=0.01)  # of two normal curves
    assert away == pytest.approx(0.0, abs=1e-9)


def test_strongest_line_does_not_dominate() -> None:
    strong = sticks(1, 5) + 99 * sticks(1)

    assert trace_similarity(strong, sticks(1, 5), AXIS, "1H", ALL) > 0.7  # 0.71 by square roots, 0.01 more by heights


def test_masked_points_do_not_count() -> None:
    use = np.abs(AXIS.grid() - 7.26) > 0.1

    assert trace_similarity(sticks(2, 7.26), sticks(2), AXIS, "1H", use) == pytest.approx(1.0)


def test_similarity_of_an_empty_trace_is_zero() -> None:
    assert trace_similarity(np.zeros(AXIS.points), sticks(2), AXIS, "1H", ALL) == 0.0


def test_noise_is_cut_off() -> None:
    assert without_noise(np.array([0.03, -0.2, 0.5]), 0.01).tolist() == [0.0, 0.0, 0.5]
