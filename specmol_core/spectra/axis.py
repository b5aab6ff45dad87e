"""The chemical-shift axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PpmAxis"]


@dataclass(frozen=True)
class PpmAxis:
    """Even chemical-shift axis, drawn high to low as spectroscopists do (ppm).

    The window from ``high`` to ``low`` is cut into ``points`` equal cells. A sample belongs to the
    middle of its cell, so images of any width over one window agree.

    Raises
    ------
    ValueError
        If the window is empty, upside down or not finite, or has no points.

    Examples
    --------
    >>> PpmAxis(10.0, 0.0, 4).grid()
    array([8.75, 6.25, 3.75, 1.25])
    """

    high: float
    low: float
    points: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.high) and math.isfinite(self.low) and self.high > self.low):
            raise ValueError(f"a ppm axis runs from high to low, not from {self.high} to {self.low}")
        if self.points < 1:
            raise ValueError(f"a ppm axis has at least one point, not {self.points}")

    @property
    def span(self) -> float:
        """Width of the window (ppm)."""
        return self.high - self.low

    @property
    def step(self) -> float:
        """Width of one cell (ppm)."""
        return self.span / self.points

    def grid(self) -> NDArray[np.float64]:
        """Shift at the middle of each cell, high to low (points,), ppm."""
        return self.high - (np.arange(self.points, dtype=np.float64) + 0.5) * self.step

    def position(self, ppm: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Fractional cell coordinate of each shift: 0 at ``high``, ``points`` at ``low``."""
        return (self.high - np.asarray(ppm, dtype=np.float64)) / self.step
