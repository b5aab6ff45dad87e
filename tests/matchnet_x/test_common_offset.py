"""The offset that all lines of a spectrum have in common."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.matchnet_x.common_offset import OFFSET_WIDTH_PPM, common_offset


@pytest.mark.parametrize("offset", [-0.12, 0.0, 0.07])
def test_an_offset_of_all_lines_is_found(offset: float) -> None:
    deviations = offset + 0.01 * np.array([-1.0, 0.0, 1.0, -0.5, 0.5, 0.0])

    assert common_offset(deviations, np.full(6, 0.02), OFFSET_WIDTH_PPM["1H"]) == pytest.approx(offset, abs=0.011)


def test_one_line_that_is_far_off_is_no_offset() -> None:
    assert common_offset(np.array([0.0, 0.01, -0.01, 0.3]), np.full(4, 0.02), 0.1) == pytest.approx(0.0)


def test_a_large_uncertainty_gives_the_expected_offset() -> None:
    assert common_offset(np.array([0.3]), np.array([50.0]), 0.1) == pytest.approx(0.0)


def test_without_lines_there_is_no_offset() -> None:
    assert common_offset(np.zeros(0), np.zeros(0), 1.0) == pytest.approx(0.0)
