"""How the pixels of a picture became chemical shifts, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Calibration", "CalibrationSource"]

CalibrationSource = Literal["ocr", "png text", "range option"]


@dataclass(frozen=True)
class Calibration:
    """The linear map from the pixel columns of a picture to chemical shifts.

    The shift at pixel coordinate x (0 at the left edge of the picture as it was read, that is after it was
    turned upright; the middle of column i is i + 0.5) is ``offset_ppm + ppm_per_pixel * x``.
    """

    ppm_per_pixel: float
    """Negative, because shifts fall from left to right (ppm)."""
    offset_ppm: float
    """Shift at the left edge of the picture (ppm)."""
    ticks: int
    """Number of tick labels that the map rests on; 0 where no label was read."""
    residual_ppm: float
    """Root mean square distance of those ticks from the map (ppm)."""
    confidence: float
    """0 to 1: 1 for a range that is written in the file or was given by the user, and for an axis whose labels
    all were read, agree, and stand at tick marks to a fraction of a pixel."""
    source: CalibrationSource

    def ppm(self, x: float) -> float:
        """Shift (ppm) at a pixel coordinate."""
        return self.offset_ppm + self.ppm_per_pixel * x

    def __str__(self) -> str:
        if self.source != "ocr":
            where = "the picture's own text" if self.source == "png text" else "the range that was given"
            return f"axis from {where}, {abs(self.ppm_per_pixel):.3g} ppm per pixel"
        return (
            f"axis read from {self.ticks} tick labels, {abs(self.ppm_per_pixel):.3g} ppm per pixel, "
            f"residual {self.residual_ppm:.2g} ppm, confidence {self.confidence:.2f}"
        )
