"""Spectra made of Lorentzian lines with known parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Nucleus, Spectrum

Line = tuple[float, float]
"""Shift (ppm) and height."""
Draw = Callable[..., Spectrum]

_WINDOWS: dict[Nucleus, tuple[float, float]] = {"1H": (12.0, -1.0), "13C": (220.0, -10.0)}


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Return a function that draws lines of one width (Hz) with normal noise of a given height."""

    def call(
        nucleus: Nucleus,
        lines: Sequence[Line],
        *,
        frequency_mhz: float = 0.0,
        width_hz: float = 1.5,
        noise: float = 0.001,
        points: int = 65536,
        window: tuple[float, float] | None = None,
        solvent: str | None = None,
        seed: int = 1,
        baseline: float = 0.0,
        signed: bool = False,
    ) -> Spectrum:
        frequency = frequency_mhz or (500.0 if nucleus == "1H" else 125.0)
        axis = PpmAxis(*(window or _WINDOWS[nucleus]), points)
        half = width_hz / frequency / 2
        grid = axis.grid()
        trace = np.random.default_rng(seed).normal(0, noise, points) if noise else np.zeros(points)
        trace += baseline * np.sin(grid / axis.span * 5)
        for ppm, height in lines:
            trace += height / (1 + ((grid - ppm) / half) ** 2)
        return Spectrum(
            nucleus, axis, trace.astype(np.float32), frequency_mhz=frequency, solvent=solvent, signed=signed
        )

    return call


@pytest.fixture(scope="session")
def multiplet() -> Callable[..., list[Line]]:
    """Return a function that gives the lines of a first-order multiplet by repeated splitting."""

    def call(
        ppm: float, couplings_hz: Sequence[float], frequency_mhz: float = 500.0, height: float = 1.0
    ) -> list[Line]:
        at = {0.0: height}
        for coupling in couplings_hz:
            split: dict[float, float] = {}
            for place, share in at.items():
                for side in (-0.5, 0.5):
                    key = round(place + side * coupling, 6)
                    split[key] = split.get(key, 0.0) + share / 2
            at = split
        return [(ppm + place / frequency_mhz, share) for place, share in at.items()]

    return call
