from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from specmol_core.monitoring.kinetics import fit_rate_law

TIMES = np.linspace(0.0, 3600.0, 25)
RATES = {"zero": 2e-4, "first": 8e-4, "second": 1.5e-3}
POWER = {"zero": 0, "first": 1, "second": 2}


def integrated(order: str) -> np.ndarray:
    """The share that is left, by integrating the differential rate law numerically."""

    def change(_: float, share: np.ndarray) -> np.ndarray:
        return -RATES[order] * share ** POWER[order]

    return solve_ivp(change, (0, TIMES[-1]), [0.97], t_eval=TIMES, rtol=1e-9, atol=1e-12).y[0]


@pytest.mark.parametrize("order", RATES)
def test_a_law_is_found_again(order: str) -> None:
    law = fit_rate_law(TIMES.tolist(), integrated(order).tolist())

    assert law is not None
    assert law.order == order
    assert law.rate == pytest.approx(RATES[order], rel=1e-3)
    assert law.start == pytest.approx(0.97, abs=1e-3)
    left = integrated(order)
    if left[-1] < 0.97 / 2:
        assert law.half_life == pytest.approx(float(np.interp(-0.97 / 2, -left, TIMES)), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("order", RATES)
def test_intervals_hold_the_rate(order: str) -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        law = fit_rate_law(TIMES.tolist(), (integrated(order) + rng.normal(0, 0.01, len(TIMES))).tolist(), order=order)
        assert law is not None
        inside += law.rate_low <= RATES[order] <= law.rate_high

    assert 180 <= inside <= 200


def test_errors_weigh_the_points() -> None:
    left = integrated("first")
    left[5] += 0.4
    errors = np.full(len(left), 0.005)
    errors[5] = 1.0

    law = fit_rate_law(TIMES.tolist(), left.tolist(), errors.tolist(), "first")

    assert law is not None
    assert law.rate == pytest.approx(RATES["first"], rel=0.01)


def test_no_reaction_has_no_half_life() -> None:
    law = fit_rate_law([0, 1, 2, 3], [1.0, 1.001, 0.999, 1.0], order="first")

    assert law is not None
    assert law.rate_low < 0 < law.rate_high
    assert law.half_life > 100 * 3
    assert law.as_dict()["half_life"] in (None, law.half_life)


@pytest.mark.parametrize(("times", "left"), [([0, 1, 2], [1, 0.8, 0.6]), ([5, 5, 5, 5], [1, 0.9, 0.8, 0.7])])
def test_too_little_for_a_law(times: list[float], left: list[float]) -> None:
    assert fit_rate_law(times, left) is None
