from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.evaluation.measured.line_fit import (
    find_lines,
    fit_line,
    noise_correlation,
    noise_level,
    pseudo_voigt,
    rolling_baseline,
)
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(10.0, 0.0, 16384)
MHZ = 500.0
HZ = AXIS.step * MHZ


def trace(
    ppm: list[float], width_hz: float = 3.0, lorentzian_fraction: float = 1.0, phase_deg: float = 0.0
) -> NDArray[np.float64]:
    hz = AXIS.grid() * MHZ
    lines = [pseudo_voigt(hz, p * MHZ, 1.0, -width_hz, lorentzian_fraction, np.radians(phase_deg)) for p in ppm]
    return np.sum(lines, 0)


def noise(sigma: float, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.0, sigma, AXIS.points)


@pytest.mark.parametrize("sigma", [1e-5, 1e-3, 0.03])
def test_the_noise_is_found_under_lines_and_a_sloping_baseline(sigma: float) -> None:
    values = noise(sigma) + np.linspace(0, 20 * sigma, AXIS.points) + trace([1.0, 1.02, 3.5, 7.2])

    assert noise_level(values) == pytest.approx(sigma, rel=0.15)


def test_white_noise_does_not_correlate_and_smoothed_noise_does() -> None:
    white = noise(1.0)
    smooth = np.convolve(white, np.ones(4) / 4, "same")

    assert abs(noise_correlation(white)) < 0.08
    assert 0.55 < noise_correlation(smooth) < 0.75  # 0.75 without the straight line that each short block loses


@pytest.mark.parametrize("width", [1.5, 4.0, 12.0])
def test_line_position_and_width_are_recovered(width: float) -> None:
    (line,) = find_lines(trace([4.2], width) + noise(1e-4), AXIS, MHZ, 1e-4)

    assert line.ppm == pytest.approx(4.2, abs=AXIS.step)
    assert line.height == pytest.approx(1.0, rel=0.02)
    assert line.width_hz == pytest.approx(width, rel=0.06)
    assert line.is_resolved
    assert line.is_isolated


def test_overlapping_lines_are_neither_resolved_nor_isolated() -> None:
    lines = find_lines(trace([4.2, 4.2 + 4.0 / MHZ], 3.0), AXIS, MHZ, 1e-5)

    assert len(lines) == 2
    assert not any(line.is_resolved or line.is_isolated for line in lines)


def test_noise_alone_has_no_lines() -> None:
    assert find_lines(noise(1.0), AXIS, MHZ, 1.0) == []


@pytest.mark.parametrize(("share", "phase"), [(1.0, 0.0), (0.4, 0.0), (1.0, 8.0), (0.8, -5.0)])
def test_line_shape_is_recovered(share: float, phase: float) -> None:
    values = trace([5.0], 5.0, share, phase) + noise(1e-4)
    (line,) = find_lines(values, AXIS, MHZ, 1e-4)
    fit = fit_line(values, AXIS, MHZ, line)

    assert fit is not None
    assert fit.width_hz == pytest.approx(5.0, rel=0.05)
    assert fit.lorentzian_fraction == pytest.approx(share, abs=0.06)
    assert abs(fit.phase_deg) == pytest.approx(abs(phase), abs=1.0)
    assert fit.residual < 0.01


def test_a_crowded_line_is_not_fitted() -> None:
    values = trace([5.0, 5.01])

    assert all(fit_line(values, AXIS, MHZ, line) is None for line in find_lines(values, AXIS, MHZ, 1e-5))


def test_a_rolling_baseline_is_measured_between_the_lines() -> None:
    wave = 0.02 * np.sin(2 * np.pi * AXIS.grid() / 8.0)
    roll, length = rolling_baseline(trace([2.0, 6.0]) + wave + noise(0.001), AXIS, 0.001, 0.2)

    assert roll == pytest.approx(0.02 / np.sqrt(2), rel=0.25)
    assert 0.8 < length < 2.5  # a cosine of 8 ppm falls to 1/e after 1.5


def test_noise_does_not_count_as_baseline() -> None:
    roll, _ = rolling_baseline(noise(0.01), AXIS, 0.01, 0.2)

    assert roll < 0.001


def test_baseline_without_free_samples_is_not_measured() -> None:
    assert np.isnan(rolling_baseline(noise(1.0), AXIS, 0.001, 0.2)[0])
