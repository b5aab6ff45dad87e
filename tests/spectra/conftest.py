"""Spectra drawn for the tests of the image readers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Nucleus, Spectrum

Lines = Sequence[tuple[float, float]]
Draw = Callable[..., Spectrum]


@pytest.fixture(scope="session")
def geometry() -> Geometry:
    return Geometry()


@pytest.fixture(scope="session")
def lorentzians(geometry: Geometry) -> Draw:
    """Spectrum of (ppm, intensity) lines over the canonical window, or another."""

    def draw(
        nucleus: Nucleus,
        lines: Lines,
        *,
        window: tuple[float, float] | None = None,
        points: int = 16_384,
        width: float | None = None,
        noise: float = 0.0,
    ) -> Spectrum:
        default = geometry.axis(nucleus)
        axis = PpmAxis(*(window or (default.high, default.low)), points)
        half = (width or axis.span / 2000) / 2
        x = axis.grid()
        trace = noise * np.random.default_rng(7).normal(size=points)
        for shift, height in lines:
            trace += height * half**2 / ((x - shift) ** 2 + half**2)
        return Spectrum(nucleus, axis, trace.astype(np.float32))

    return draw
