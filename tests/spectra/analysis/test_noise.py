"""Noise and baseline do not depend on lines."""

from __future__ import annotations

import numpy as np
import pytest
from support.drawn_spectra import Draw

from specmol_core.spectra.analysis import noise as module
from specmol_core.spectra.analysis.noise import estimate_noise_floor, noise_of


@pytest.mark.parametrize("noise", [0.001, 0.02])
@pytest.mark.parametrize("baseline", [0.0, 0.05])
def test_lines_and_baseline_do_not_count_as_noise(draw: Draw, noise: float, baseline: float) -> None:
    lines = [(ppm, 1.0) for ppm in np.linspace(20, 180, 25)]
    spectrum = draw("13C", lines, noise=noise, baseline=baseline)

    assert estimate_noise_floor(spectrum.intensities).noise == pytest.approx(noise, rel=0.12)


def test_the_baseline_is_followed(draw: Draw) -> None:
    spectrum = draw("13C", [(77.0, 1.0), (128.0, 0.5)], baseline=0.1)
    truth = 0.1 * np.sin(spectrum.axis.grid() / spectrum.axis.span * 5)

    assert np.abs(estimate_noise_floor(spectrum.intensities).baseline - truth).max() < 0.01


def test_negative_lines_do_not_count_as_noise(draw: Draw) -> None:
    spectrum = draw("13C", [(30.0, -1.0), (60.0, 1.0)], noise=0.01, signed=True)

    assert estimate_noise_floor(spectrum.intensities).noise == pytest.approx(0.01, rel=0.12)


@pytest.mark.parametrize("points", [2, 40, 5000])
def test_a_trace_without_noise_gets_the_least_noise(points: int) -> None:
    trace = np.zeros(points, dtype=np.float32)
    trace[points // 2] = 1.0

    floor = estimate_noise_floor(trace)

    assert 0 < floor.noise < 1e-3
    assert floor.baseline.shape == (points,)


@pytest.mark.parametrize("points", [2, 63, 64, 1000, 4096, 40_001])
def test_noise_of_agrees_with_the_noise_floor(points: int) -> None:
    trace = np.random.default_rng(points).normal(size=points)

    assert noise_of(trace) == estimate_noise_floor(trace).noise


@pytest.mark.parametrize("points", [1, 2, 15, 16, 129, 512])
def test_medians_agree_with_numpy(points: int) -> None:
    rows = np.random.default_rng(points).normal(size=(40, points)).round(1)

    np.testing.assert_array_equal(module._medians(rows), np.median(rows, axis=1))


def drawn_trace(lines: list[tuple[int, float]], rows: int = 400, columns: int = 1600) -> np.ndarray:
    """A trace without noise as read from a picture of it: most columns are flat, and heights are whole rows."""
    trace = np.zeros(columns)
    for column, height in lines:
        trace[column - 2 : column + 3] = np.maximum(
            trace[column - 2 : column + 3], height * np.array([0.03, 0.5, 1.0, 0.5, 0.03])
        )
    return np.rint(rows * trace) / rows


def test_flat_stretches_of_a_drawing_are_its_baseline() -> None:
    """Without its flat stretches, the noise would be that of the stretches with lines."""
    trace = drawn_trace([(column, 1.0) for column in range(600, 900, 8)])

    assert estimate_noise_floor(trace, 1 / 400).noise == noise_of(trace, 1 / 400) == pytest.approx(0.4 / 400)
    assert estimate_noise_floor(trace).noise > 0.02
