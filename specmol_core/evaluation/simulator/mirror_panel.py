"""One mirrored plot: a measured trace above the axis, its simulation below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.drawing.canvas import Canvas, Colour
from specmol_core.drawing.ticks import axis_ticks
from specmol_core.drawing.trace import column_range, zigzag
from specmol_core.spectra.axis import PpmAxis

__all__ = ["GREY", "INK", "REAL_COLOUR", "SIMULATED_COLOUR", "Curve", "draw_mirror_panel"]

REAL_COLOUR: Colour = (22, 56, 110)
SIMULATED_COLOUR: Colour = (186, 58, 28)
INK: Colour = (40, 40, 40)
GREY: Colour = (150, 150, 150)
_LIGHT: Colour = (226, 226, 226)
_AXIS_HEIGHT = 22.0
"""Height of the shift axis between the two halves, labels included (units)."""
_MIN_TICK_DISTANCE, _LABEL_MARGIN = 55.0, 14.0
"""Least distance of two numbers of the axis, and of a number and the panel's edge (units)."""
_FONT_SIZE = 12.0
_HEADROOM = 1.04
_NEGATIVE_HEIGHT = 4.0
"""Room for negative values between a half and the labels of the axis (units)."""


@dataclass(frozen=True)
class Curve:
    """A trace and its axis."""

    axis: PpmAxis
    values: NDArray[np.float64]
    """(axis.points,), 1 is the top of the panel."""


def draw_mirror_panel(
    canvas: Canvas,
    corner: tuple[float, float],
    size: tuple[float, float],
    curves: tuple[Curve, Curve],
    window: tuple[float, float],
    *,
    simulated_window: tuple[float, float] | None = None,
    magnification: float = 1.0,
) -> None:
    """Draw a measured trace upward and a simulated one downward over one range.

    Parameters
    ----------
    corner, size
        Upper left corner, width and height (units).
    curves
        The measured and the simulated trace.
    window
        Range, high to low (ppm).
    simulated_window
        Range of the simulation if it is another one of the same width; the middles of both are then written
        instead of ticks.
    magnification
        Factor on both heights; lines that are taller than the panel are cut off at its edge.
    """
    (left, top), (width, height) = corner, size
    half = (height - _AXIS_HEIGHT) / 2
    below = simulated_window or window
    for curve, span, colour, base, sign in (
        (curves[0], window, REAL_COLOUR, top + half, -1),
        (curves[1], below, SIMULATED_COLOUR, top + half + _AXIS_HEIGHT, 1),
    ):
        canvas.line([(left, base), (left + width, base)], _LIGHT)
        view = PpmAxis(*span, round(width * canvas.scale))
        ends = [
            base + sign * np.clip(part * magnification * half / _HEADROOM, -_NEGATIVE_HEIGHT, half - 0.5)
            for part in column_range(view.position(curve.axis.grid()), curve.values, view.points)
        ]
        for line in zigzag(np.linspace(left, left + width, 2 * view.points + 1)[1::2], *ends):
            canvas.line(line, colour)
    middle = top + half + _AXIS_HEIGHT / 2
    if below != window:
        text = f"{sum(window) / 2:.2f} / {sum(below) / 2:.2f} ppm"
        canvas.text((left + width / 2, middle), text, _FONT_SIZE, INK, anchor="middle", vertical="middle")
        return
    high, low = window
    for ppm, text in axis_ticks(low, high, width / _MIN_TICK_DISTANCE).labels.items():
        x = left + (high - ppm) / (high - low) * width
        canvas.line([(x, top + half), (x, top + half + 4)], GREY)
        if left + _LABEL_MARGIN < x < left + width - _LABEL_MARGIN:
            canvas.text((x, middle + 1), text, _FONT_SIZE, INK, anchor="middle", vertical="middle")
