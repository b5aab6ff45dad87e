"""One mirrored plot: a measured trace above the axis, its simulation below, drawn with Pillow alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.axis import PpmAxis

__all__ = ["GREY", "INK", "REAL_COLOUR", "SIMULATED_COLOUR", "Curve", "mirror_panel", "text_font"]

Colour = tuple[int, int, int]
REAL_COLOUR: Colour = (22, 56, 110)
SIMULATED_COLOUR: Colour = (186, 58, 28)
INK: Colour = (40, 40, 40)
GREY: Colour = (150, 150, 150)
_LIGHT: Colour = (226, 226, 226)
_OVERSAMPLING = 3
"""Pixels drawn per pixel shown: thin lines come out even."""
_AXIS_HEIGHT = 22
"""Height of the shift axis between the two halves, labels included (pixels)."""
_TICK_STEPS_PPM = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_HEADROOM = 1.04
_NEGATIVE_HEIGHT = 4
"""Room for negative values between a half and the labels of the axis (pixels)."""
_LINE_PADDING = 1
"""Fine pixels that a line is thicker on both sides."""


@dataclass(frozen=True)
class Curve:
    """A trace and where it stands."""

    axis: PpmAxis
    values: NDArray[np.float64]
    """(axis.points,), 1 is the top of the panel."""


def text_font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own typeface, so that pictures look alike everywhere."""
    return ImageFont.load_default(size=size)


def mirror_panel(
    real: Curve,
    simulated: Curve,
    window: tuple[float, float],
    size: tuple[int, int],
    *,
    simulated_window: tuple[float, float] | None = None,
    magnification: float = 1.0,
    label: str = "",
) -> Image.Image:
    """Draw ``real`` upward and ``simulated`` downward over one range.

    Parameters
    ----------
    window
        Range, high to low (ppm).
    size
        Width and height (pixels).
    simulated_window
        Range of the simulation where it is another one of the same width; its ticks are then its own.
    magnification
        Factor on both heights; what leaves the panel is cut off at its edge.
    label
        Text in the upper left corner.
    """
    width, height = size
    half = (height - _AXIS_HEIGHT) // 2
    canvas = np.full((height * _OVERSAMPLING, width * _OVERSAMPLING, 3), 255.0)
    below = simulated_window or window
    for curve, span, colour, base, sign in (
        (real, window, REAL_COLOUR, half, -1),
        (simulated, below, SIMULATED_COLOUR, half + _AXIS_HEIGHT, 1),
    ):
        canvas[base * _OVERSAMPLING : (base + 1) * _OVERSAMPLING] = _LIGHT
        heights = [
            h * magnification * half / _HEADROOM * _OVERSAMPLING
            for h in _column_extremes(curve, PpmAxis(*span, width * _OVERSAMPLING))
        ]
        canvas[_covered_pixels(heights[0], heights[1], base * _OVERSAMPLING, sign, len(canvas), half)] = colour
    fine = canvas.reshape(height, _OVERSAMPLING, width, _OVERSAMPLING, 3).mean((1, 3))
    panel = Image.fromarray(np.round(fine).astype(np.uint8))
    pen = ImageDraw.Draw(panel)
    _ticks(pen, window, width, half)
    if simulated_window is not None and simulated_window != window:
        pen.rectangle((0, half + 1, width, half + _AXIS_HEIGHT - 1), fill="white")
        middle = (window[0] + window[1]) / 2, (below[0] + below[1]) / 2
        text = f"{middle[0]:.2f} / {middle[1]:.2f} ppm"
        pen.text((width / 2, half + _AXIS_HEIGHT / 2), text, fill=INK, font=text_font(11), anchor="mm")
    if label:
        pen.text((4, 2), label, fill=INK, font=text_font(12))
    return panel


def _covered_pixels(
    low: NDArray[np.float64], high: NDArray[np.float64], base: int, sign: int, rows: int, half: int
) -> NDArray[np.bool_]:
    """Which fine pixels (rows, columns) a trace covers: each column from its lowest to its highest value."""
    # A line of one fine column would be a third as dark as a flat trace.
    low, high = (np.pad(v, 1, mode="edge") for v in (low, high))
    low, high = np.fmin(np.fmin(low[:-2], low[1:-1]), low[2:]), np.fmax(np.fmax(high[:-2], high[1:-1]), high[2:])
    # Neighbouring columns are joined at the middle between them, or steep flanks would fall apart into dots.
    for a, b in ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1))):
        middle = (np.clip((low[b] + high[b]) / 2, low[a], high[a]) + (low[b] + high[b]) / 2) / 2
        high[a] = np.fmax(high[a], np.where(low[b] > high[a], middle, high[a]))
        low[a] = np.fmin(low[a], np.where(high[b] < low[a], middle, low[a]))
    known = np.isfinite(low) & np.isfinite(high)
    limit = half * _OVERSAMPLING - 1
    low, high = (np.clip(np.nan_to_num(v), -_NEGATIVE_HEIGHT * _OVERSAMPLING, limit) for v in (low, high))
    row = np.arange(rows)[:, None]
    above = sign * (row - base)
    covered: NDArray[np.bool_] = (
        (above >= np.floor(low) - _LINE_PADDING) & (above <= np.ceil(high) + _LINE_PADDING) & known
    )
    return covered


def _column_extremes(curve: Curve, target: PpmAxis) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value in each column (columns,); NaN where the curve has none."""
    grid, middles = curve.axis.grid()[::-1], target.grid()
    values = curve.values[::-1]
    between = np.interp(middles, grid, values, left=np.nan, right=np.nan)
    low, high = between.copy(), between.copy()
    cells = np.floor(target.position(curve.axis.grid())).astype(np.int64)
    inside = (cells >= 0) & (cells < target.points)
    np.fmin.at(low, cells[inside], curve.values[inside])
    np.fmax.at(high, cells[inside], curve.values[inside])
    return low, high


def _ticks(pen: ImageDraw.ImageDraw, window: tuple[float, float], width: int, base: int) -> None:
    high, low = window
    step = next((t for t in _TICK_STEPS_PPM if (high - low) / t * 55 <= width), _TICK_STEPS_PPM[-1])
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    for number in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
        shift = number * step
        x = (high - shift) / (high - low) * width
        pen.line((x, base, x, base + 4), fill=GREY)
        if 14 < x < width - 14:
            pen.text((x, base + _AXIS_HEIGHT / 2 + 1), f"{shift:.{digits}f}", fill=INK, font=text_font(11), anchor="mm")
