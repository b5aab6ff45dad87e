"""Labels that would overlap are moved apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from specmol_core.drawing.labels import space_labels


@pytest.mark.parametrize("seed", range(5))
def test_labels_are_placed_by_least_squares(seed: int) -> None:
    """Against a general solver for quadratic programs."""
    rng = np.random.default_rng(seed)
    wanted, step, ends = np.sort(rng.uniform(0, 100, 12)), 7.0, (2.0, 98.0)
    steps = LinearConstraint(np.diff(np.eye(12), axis=0), step, np.inf)
    start = np.linspace(*ends, 12)

    best = minimize(
        lambda x: ((x - wanted) ** 2).sum(),
        start,
        jac=lambda x: 2 * (x - wanted),
        bounds=[ends] * 12,
        constraints=[steps],
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    placed = space_labels(wanted, step, ends)

    assert placed == pytest.approx(best.x, abs=1e-3)
    assert np.diff(placed).min() >= step - 1e-9


def test_labels_with_room_stay_where_they_are() -> None:
    assert space_labels(np.array([10.0, 30.0]), 5.0, (0.0, 100.0)).tolist() == [10.0, 30.0]
    assert space_labels(np.array([]), 5.0, (0.0, 100.0)).tolist() == []
