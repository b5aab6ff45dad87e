"""Lines of a sample: the input of the simulated instrument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BroadLine", "SharpLines"]


@dataclass(frozen=True)
class BroadLine:
    """A Lorentzian line that has its own width."""

    ppm: float
    area: float
    width_hz: float
    """Full width at half height, without the instrument's contribution (Hz)."""


class SharpLines(NamedTuple):
    """Lines of the instrument's line width or a little more."""

    ppm: NDArray[np.float64]
    """(n,) chemical shift (ppm)."""
    area: NDArray[np.float64]
    """(n,) area."""
    extra_width: NDArray[np.float64]
    """(n,) additional width, in the instrument's line widths."""

    @classmethod
    def without_broadening(cls, ppm: NDArray[np.float64], area: NDArray[np.float64]) -> SharpLines:
        """Return lines (n,) of exactly the instrument's line width."""
        return cls(ppm, area, np.zeros(len(ppm)))

    @classmethod
    def join(cls, parts: Sequence[SharpLines]) -> SharpLines:
        """Return the concatenated lines of several sets."""
        ppm, area, extra_width = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(ppm, area, extra_width)
