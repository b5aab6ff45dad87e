"""The even grid on which a spectrum is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from specmol_core.spectra.axis import PpmAxis

__all__ = ["Grid"]

_POINTS_PER_WIDTH, _EXTRA_POINTS_PER_GAUSS = 3.0, 1.5
"""Grid points per line width, and additional points for a Gaussian line. Line maxima are then right
to 1 %."""
_GRID_SIZES = (16, 20, 24, 32, 40, 48, 64, 80, 96, 128)
"""Allowed grid lengths (in 1,024 points). They are few, so that length-dependent tables stay
cached, and their Fourier transforms are fast."""
_LENGTH_OVER_WINDOW = 1.15
"""Grid length over window length. The margin keeps line tails from wrapping round to the other
end."""


@dataclass(frozen=True)
class Grid:
    """Even grid of one spectrum, finer than the trace that is computed from it."""

    axis: PpmAxis
    """Axis of the trace."""
    mhz: float
    """Larmor frequency of the nucleus."""
    points_per_cell: int
    """Points of the grid per point of the trace."""
    length: int
    """Points of the whole grid including margins; the window begins at ``pad``."""

    @classmethod
    def of(cls, axis: PpmAxis, mhz: float, width_hz: float, gauss_hz: float = 0.0) -> Grid:
        """Return a grid that is fine enough for lines of this width.

        Parameters
        ----------
        axis
            Axis of the trace.
        mhz
            Larmor frequency of the nucleus (MHz).
        width_hz
            Full width at half height of the lines (Hz).
        gauss_hz
            Full width at half height of their Gaussian part (Hz).
        """
        min_size = (
            axis.span * mhz / width_hz * (_POINTS_PER_WIDTH + _EXTRA_POINTS_PER_GAUSS * gauss_hz / width_hz) / 1024
        )
        size = next((size for size in _GRID_SIZES if size >= min_size), _GRID_SIZES[-1])
        points_per_cell = max(math.ceil(size * 1024 / axis.points), 1)
        return cls(
            axis, mhz, points_per_cell, _fast_length(math.ceil(axis.points * points_per_cell * _LENGTH_OVER_WINDOW))
        )

    @property
    def window(self) -> int:
        """Points inside the window."""
        return self.axis.points * self.points_per_cell

    @property
    def pad(self) -> int:
        """Points in front of the window."""
        return (self.length - self.window) // 2

    @property
    def step_hz(self) -> float:
        """Distance of neighbouring points (Hz)."""
        return self.axis.step * self.mhz / self.points_per_cell

    @property
    def dwell_s(self) -> float:
        """Time between two samples of the free induction decay (s)."""
        return 1.0 / (self.length * self.step_hz)

    def samples(self, seconds: float) -> int:
        """Return the samples of the free induction decay in ``seconds``, limited by the grid."""
        return int(min(max(seconds / self.dwell_s, 16), self.length // 2))

    def position(self, ppm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the fractional grid index of each shift.

        The window's first point has index ``pad``.
        """
        position: NDArray[np.float64] = self.axis.position(ppm) * self.points_per_cell - 0.5 + self.pad
        return position


@lru_cache(maxsize=64)
def _fast_length(points: int) -> int:
    # Both the grid and half of it are transformed as four interleaved parts.
    return 8 * int(fft.next_fast_len(math.ceil(points / 8), real=True))
