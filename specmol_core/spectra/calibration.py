"""The linear map from the pixels of an image to chemical shifts, and its confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Calibration", "CalibrationSource"]

CalibrationSource = Literal["ocr", "png text", "range option"]


@dataclass(frozen=True)
class Calibration:
    """The linear map from the pixel columns of an image to chemical shifts.

    The shift at pixel coordinate x is ``offset_ppm + ppm_per_pixel * x``. x is 0 at the left edge
    of the image after it was straightened; the middle of column i is at i + 0.5.

    >>> Calibration(-0.01, 10.0, 9, 0.002, 0.97, "ocr").ppm(250.0)
    7.5
    """

    ppm_per_pixel: float
    """Negative, because shifts fall from left to right (ppm)."""
    offset_ppm: float
    """Shift at the left edge of the image (ppm)."""
    ticks: int
    """Number of tick labels used for the fit; 0 where no label was read."""
    residual_ppm: float
    """Root mean square distance of those ticks from the fit (ppm)."""
    confidence: float
    """0 to 1. It is 1 for a range written in the file or given by the user, and for an axis whose
    labels were all read, agree, and match tick marks to a fraction of a pixel."""
    source: CalibrationSource

    def ppm(self, x: float) -> float:
        """Shift (ppm) at a pixel coordinate."""
        return self.offset_ppm + self.ppm_per_pixel * x

    def __str__(self) -> str:
        if self.source != "ocr":
            where = "the image's own text" if self.source == "png text" else "the range that was given"
            return f"axis from {where}, {abs(self.ppm_per_pixel):.3g} ppm per pixel"
        return (
            f"axis read from {self.ticks} tick labels, {abs(self.ppm_per_pixel):.3g} ppm per pixel, "
            f"residual {self.residual_ppm:.2g} ppm, confidence {self.confidence:.2f}"
        )
