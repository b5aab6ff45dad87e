"""Size and windows of the canonical image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specmol_core.spectra.axis import PpmAxis

__all__ = ["Geometry"]


@dataclass(frozen=True)
class Geometry:
    """What a picture shows: it travels with the weights, and a mismatch raises."""

    size: int = 256
    """Width and height of the canonical picture (pixels)."""
    h1_window: tuple[float, float] = (12.05, -2.0)
    """1H window, high to low (ppm)."""
    c13_window: tuple[float, float] = (230.0, -2.0)
    """13C window, high to low (ppm)."""
    exponent: float = 0.5
    """Height of a line is its intensity, relative to the strongest, to this power."""

    def axis(self, nucleus: str) -> PpmAxis:
        """The axis of one nucleus' picture, one cell a pixel."""
        # The command line reads the defaults for its help, and numpy alone would take a third of that time.
        from specmol_core.spectra.axis import PpmAxis

        high, low = self.h1_window if nucleus == "1H" else self.c13_window
        return PpmAxis(high, low, self.size)
