from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.readers.instruments.phasing import Phase, autophase

POINTS = 16384
PLACES = np.arange(POINTS) / POINTS - 0.5


def lorentzians(lines, noise: float = 0.001) -> np.ndarray:
    """Complex spectrum of (place, area) lines of 6 points width, absorptive in its real part."""
    rng = np.random.default_rng(1)
    spectrum = noise * (rng.normal(size=POINTS) + 1j * rng.normal(size=POINTS))
    for place, area in lines:
        spectrum += area / (1 + 1j * (PLACES - place) * POINTS / 3)
    return spectrum


LINES = [(-0.35, 1.0), (-0.2, 0.3), (-0.05, 0.8), (-0.0495, 0.8), (0.1, 0.5), (0.3, 1.0)]


@pytest.mark.parametrize("zero", [0.0, 1.0, 3.0, -2.0])
@pytest.mark.parametrize("first", [0.0, 2.0, -4.0])
@pytest.mark.parametrize("lines_overlap", [True, False])
def test_a_known_phase_is_found(zero: float, first: float, lines_overlap: bool) -> None:
    turned = lorentzians(LINES) * np.exp(1j * (zero + first * PLACES))
    found = autophase(turned, lines_overlap=lines_overlap)

    at = np.array([place for place, _ in LINES])
    error = np.angle(np.exp(1j * (found.zero - zero + (found.first - first) * at)))
    assert np.degrees(np.abs(error).max()) < 4
    assert found.apply(turned).real.sum() > 0


def test_lines_may_point_down() -> None:
    signs = [1, -1, 1, 1, -1, 1]
    upright = lorentzians([(place, sign * area) for (place, area), sign in zip(LINES, signs, strict=True)])
    found = autophase(upright * np.exp(1j * (0.7 + 2.0 * PLACES)), signed=True)

    error = np.angle(np.exp(2j * (found.zero - 0.7 + (found.first - 2.0) * np.array([p for p, _ in LINES])))) / 2
    assert np.degrees(np.abs(error).max()) < 4


@pytest.mark.parametrize("signs", [(1, -1, 1, 1, -1, 1), (1, 1, 1, 1, 1, 1)])
@pytest.mark.parametrize("first", [0.0, 2.0])
def test_the_lines_tell_whether_some_point_down(signs: tuple[int, ...], first: float) -> None:
    lines = [(place, sign * area) for (place, area), sign in zip(LINES, signs, strict=True)]
    found = autophase(lorentzians(lines) * np.exp(1j * (0.7 + first * PLACES)), signed=None)

    at = np.array([place for place, _ in LINES])
    upright = (found.zero - 0.7 + (found.first - first) * at) / np.pi
    assert np.abs(upright - np.round(upright)).max() < 4 / 180


def test_noise_has_no_phase() -> None:
    assert autophase(lorentzians([], noise=1.0)) == Phase(0.0, 0.0, 0.0)


@pytest.mark.parametrize("points", [2, 64, 1000])
def test_a_flat_or_short_spectrum_is_no_error(points: int) -> None:
    assert autophase(np.zeros(points, complex)).agreement == 0.0
    assert np.isfinite(autophase(np.ones(points, complex)).zero)
