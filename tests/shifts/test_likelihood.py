from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from specmol_core.shifts.likelihood import central_probability, fit_calibration, match_sets, student_nll


@pytest.mark.slow
@given(st.floats(-50, 50), st.floats(0.01, 20), st.floats(1.1, 40))
def test_nll_is_that_of_the_student_t(residual: float, scale: float, dof: float) -> None:
    found = student_nll(*(torch.tensor(v, dtype=torch.float64) for v in (residual, scale, dof)))

    assert float(found) == pytest.approx(-student.logpdf(residual, dof, scale=scale), rel=1e-6, abs=1e-8)


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 200)), min_size=1, max_size=6), st.randoms())
def test_match_is_the_cheapest_pairing_of_each_set(labels: list[tuple[int, float]], random: object) -> None:
    labels = sorted(labels)
    group, value = (torch.tensor(column) for column in zip(*labels, strict=True))
    rng = np.random.default_rng(len(labels))
    predicted = torch.tensor(rng.uniform(0, 200, len(labels)))

    order = match_sets(predicted, group)

    assert sorted(order.tolist()) == list(range(len(labels)))
    assert (group[order] == group).all()
    for number in set(group.tolist()):
        rows = torch.nonzero(group == number).flatten()
        cost = float((predicted[order][rows] - value[rows]).abs().sum())
        others = [float((predicted[list(p)] - value[rows]).abs().sum()) for p in itertools.permutations(rows.tolist())]
        assert cost == pytest.approx(min(others))


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "dof"), [(0.5, 2.0), (1.0, 4.0), (3.0, 30.0)])
def test_calibration_recovers_the_distribution(factor: float, dof: float) -> None:
    ratios = np.abs(student.rvs(dof, scale=factor, size=400_000, random_state=0))

    found, degrees = fit_calibration(ratios)

    assert found == pytest.approx(factor, rel=0.05)
    inside = central_probability(ratios / found, degrees)
    assert (inside <= 0.68).mean() == pytest.approx(0.68, abs=0.005)
    assert (inside <= 0.95).mean() == pytest.approx(0.95, abs=0.005)
