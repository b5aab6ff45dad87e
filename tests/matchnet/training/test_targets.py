from __future__ import annotations

import math

import numpy as np
import pytest

from specmol_core.matchnet.training.targets import STRENGTH_CELLS, signal_targets
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(12.8, 0.0, 128)


def slow_targets(peaks: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    columns = [AXIS.high - (c + 0.5) * 0.1 for c in range(128)]
    presence = [
        max((math.exp(-0.5 * ((column - ppm) / 0.1 / 1.2) ** 2) for ppm, _ in peaks), default=0.0) for column in columns
    ]
    smoothed = [sum(n * math.exp(-0.5 * ((column - ppm) / 0.1 / 4.0) ** 2) for ppm, n in peaks) for column in columns]
    return presence, [(smoothed[2 * k] + smoothed[2 * k + 1]) / 2 for k in range(64)]


def test_targets_by_loops() -> None:
    peaks = [(7.26, 2.0), (7.1, 1.0), (1.25, 9.0), (-0.4, 3.0)]

    presence, strength = signal_targets(np.array(peaks, np.float32), AXIS)

    slow_presence, slow_strength = slow_targets(peaks)
    np.testing.assert_allclose(presence, slow_presence, atol=1e-5)
    np.testing.assert_allclose(strength, slow_strength, atol=1e-4)
    assert presence.dtype == strength.dtype == np.float32


def test_presence_is_one_at_a_signal_in_the_centre_of_a_column() -> None:
    presence, strength = signal_targets(np.array([[12.75, 3.0]], np.float32), AXIS)

    assert presence[0] == 1.0
    assert presence.argmax() == 0
    # The first cell is two columns: that of the signal and the next.
    assert strength[0] == pytest.approx(3 * (1 + math.exp(-1 / 32)) / 2)


def test_targets_without_signals_are_zero() -> None:
    presence, strength = signal_targets(np.zeros((0, 2), np.float32), AXIS)

    assert presence.shape == (128,)
    assert strength.shape == (STRENGTH_CELLS,)
    assert not presence.any()
    assert not strength.any()
