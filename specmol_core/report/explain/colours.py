"""The colours of an explanation and their meaning."""

from __future__ import annotations

from bisect import bisect_left

from specmol_core.drawing.canvas import Colour

__all__ = ["DEVIATION_CLASSES", "GREY", "GRID", "INK", "LIGHT_GREY", "NO_SIGNAL", "RED", "TRACE", "deviation_colour"]

INK: Colour = (40, 40, 40)
GREY: Colour = (105, 105, 105)
LIGHT_GREY: Colour = (165, 165, 165)
GRID: Colour = (234, 234, 234)
TRACE: Colour = (28, 54, 94)
RED: Colour = (200, 20, 30)
"""Colour of unassigned signals."""
NO_SIGNAL: Colour = (186, 186, 186)
DEVIATION_CLASSES: tuple[tuple[str, Colour], ...] = (
    ("≤ 1", (168, 222, 226)),
    ("1–2", (254, 244, 160)),
    ("2–3", (252, 200, 70)),
    ("3–4", (240, 130, 40)),
    ("≥ 4", (205, 50, 45)),
)
"""Deviations in predicted uncertainties, with their colours.

The first colour is bluish, and the others become darker. Neighbouring colours differ by 16 or more (CIE
1976), also for colour-blind readers who lack one kind of cone (by the matrices of Machado, Oliveira and
Fernandes, IEEE TVCG 2009, 15, 1291).
"""


def deviation_colour(deviation: float | None) -> Colour:
    """Return the colour of a deviation in predicted uncertainties (any sign); grey for None."""
    if deviation is None:
        return NO_SIGNAL
    size = abs(deviation)
    return (
        DEVIATION_CLASSES[-1][1]
        if size >= len(DEVIATION_CLASSES) - 1
        else DEVIATION_CLASSES[bisect_left((1.0, 2.0, 3.0), size)][1]
    )
