from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from specmol_core.shifts.train.ion_coverage import factor_coverage

DOF = 4.0
RNG = np.random.default_rng(0)


def test_the_factor_is_that_of_the_scatter() -> None:
    ratio = 1.7 * np.abs(student.rvs(DOF, size=4000, random_state=RNG))
    owner = np.repeat(np.arange(400), 10)

    result = factor_coverage(ratio, owner, DOF)

    assert result["factor"] == pytest.approx(1.7, rel=0.05)
    assert result["within 68%"] == pytest.approx(0.68, abs=0.02)
    assert result["within 95%"] == pytest.approx(0.95, abs=0.01)
    # P(|t| < 1.13 / 1.7) of four degrees of freedom, where 1.13 is the limit of 68 %.
    assert result["within 68%, no factor"] == pytest.approx(0.458, abs=0.02)
    assert result["interval"] == [pytest.approx(0.665, abs=0.02), pytest.approx(0.695, abs=0.02)]
    assert (result["molecules"], result["assigned labels"]) == (400, 4000)


def test_a_molecule_does_not_fit_its_own_factor() -> None:
    # Two molecules: one exact, the other far off. Each is judged by the factor of the other.
    ratio, owner = np.array([0.01] * 5 + [100.0] * 5), np.repeat([3, 8], 5)

    result = factor_coverage(ratio, owner, DOF)

    assert result["within 68%"] == 0.5
    assert result["within 95%"] == 0.5
