"""Ticks are round numbers that fit on the axis."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.drawing.ticks import axis_ticks


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-2.0, 230.0, ["0", "50", "100", "150", "200"]),
        (-0.5, 1.0, ["-0.5", "0.0", "0.5", "1.0"]),
        (7.21, 7.33, ["7.25", "7.30"]),
        (7.2, 7.3, ["7.20", "7.22", "7.24", "7.26", "7.28", "7.30"]),
    ],
)
def test_the_finest_round_step_that_fits_is_used(low: float, high: float, labels: list[str]) -> None:
    assert list(axis_ticks(low, high, 5).labels.values()) == labels


def test_a_given_step_is_kept_and_has_five_minor_ticks() -> None:
    labels, minor = axis_ticks(0.0, 1.0, step=0.5)

    assert list(labels) == [0.0, 0.5, 1.0]
    assert minor == pytest.approx(np.arange(11) / 10)
