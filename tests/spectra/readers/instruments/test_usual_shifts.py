from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.usual_shifts import MIN_DIFFERENCE, log_density

AXES = {"1H": PpmAxis(15.0, -5.0, 8192), "13C": PpmAxis(240.0, -40.0, 8192)}


def drawn(nucleus, shifts) -> np.ndarray:
    grid = AXES[nucleus].grid()
    width = {"1H": 0.01, "13C": 0.1}[nucleus]
    noise = np.random.default_rng(1).normal(scale=0.002, size=len(grid))
    return sum(area / (1 + ((grid - ppm) / width) ** 2) for ppm, area in shifts) + noise


@pytest.mark.parametrize(
    ("nucleus", "middle", "shifts"),
    [
        ("1H", 5.0, [(6.97, 1), (5.84, 1), (4.18, 2), (1.87, 3), (1.28, 3)]),  # ethyl crotonate
        ("1H", 6.0, [(7.62, 2), (7.30, 2), (3.56, 1), (2.42, 2), (1.48, 3), (0.90, 6)]),
        ("13C", 100.0, [(181.0, 0.3), (140.8, 0.4), (129.4, 2), (127.3, 2), (45.0, 1), (30.1, 1), (22.4, 2)]),
        ("13C", 105.0, [(171.1, 0.3), (60.4, 1), (21.0, 1), (14.2, 1)]),
    ],
)
def test_compounds_are_told_from_their_mirror_images(nucleus, middle, shifts) -> None:
    mirrored = [(2 * middle - ppm, area) for ppm, area in shifts]
    difference = log_density(AXES[nucleus], drawn(nucleus, shifts), nucleus) - log_density(
        AXES[nucleus], drawn(nucleus, mirrored), nucleus
    )

    assert difference > MIN_DIFFERENCE


def test_the_density_is_a_density() -> None:
    # The mean over an axis that is filled evenly: every ppm counts alike.
    axis = PpmAxis(2.0, 0.5, 3000)
    flat = np.ones(3000)

    assert np.exp(log_density(axis, flat, "1H")) == pytest.approx(0.21)
    assert log_density(axis, np.zeros(3000), "1H") == -np.inf
