"""Size and windows of the canonical image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specmol_core.spectra.axis import PpmAxis

__all__ = ["Geometry"]


@dataclass(frozen=True)
class Geometry:
    """Size and windows of canonical images; stored with the weights, where a mismatch raises."""

    size: int = 256
    """Width and height of an image (pixels)."""
    h1_window: tuple[float, float] = (12.05, -2.0)
    """1H window, high to low (ppm)."""
    c13_window: tuple[float, float] = (230.0, -2.0)
    """13C window, high to low (ppm)."""
    exponent: float = 0.5
    """The height of a line is its intensity, relative to the strongest, to this power."""

    def axis(self, nucleus: str) -> PpmAxis:
        """Return the axis of a nucleus' image, one cell per pixel column."""
        # Imported late: the command line reads these defaults for its help, and importing numpy
        # would take a third of that time.
        from specmol_core.spectra.axis import PpmAxis

        high, low = self.h1_window if nucleus == "1H" else self.c13_window
        return PpmAxis(high, low, self.size)
