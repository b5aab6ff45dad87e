"""Lines of a sample, as the instrument takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BroadLine", "SharpLines"]


@dataclass(frozen=True)
class BroadLine:
    """A Lorentzian line with a width of its own."""

    ppm: float
    area: float
    width_hz: float
    """Full width at half height, the instrument's part not included (Hz)."""


class SharpLines(NamedTuple):
    """Sharp lines."""

    ppm: NDArray[np.float64]
    """(n,)."""
    area: NDArray[np.float64]
    """(n,)."""
    extra_width: NDArray[np.float64]
    """(n,) by how much a line is broader than the sharpest, in the instrument's line widths."""

    @classmethod
    def without_broadening(cls, ppm: NDArray[np.float64], area: NDArray[np.float64]) -> SharpLines:
        """Lines of the instrument's own width."""
        return cls(ppm, area, np.zeros(len(ppm)))

    @classmethod
    def join(cls, parts: Sequence[SharpLines]) -> SharpLines:
        """All lines of several sets."""
        ppm, area, extra_width = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(ppm, area, extra_width)
