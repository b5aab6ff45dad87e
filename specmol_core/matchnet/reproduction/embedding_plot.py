"""Embeddings of several systems side by side: true and false pairs in two colours."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from specmol_core.drawing.canvas import Canvas, Colour, cut, text_width
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.svg_canvas import SvgCanvas
from specmol_core.matchnet.reproduction.embedding import Embedding

__all__ = ["FALSE", "TRUE", "draw_embeddings"]

TRUE: Colour = (0, 114, 178)
FALSE: Colour = (230, 137, 0)
"""Blue and orange (nearly Okabe and Ito's), which all kinds of colour vision tell apart; they differ in grey too."""
_INK: Colour = (40, 40, 40)
_PALE: Colour = (105, 105, 105)
_FRAME: Colour = (205, 205, 205)
_PANEL, _GAP, _EDGE = 300.0, 18.0, 16.0
"""Side of a panel, distance between panels, and margin of the sheet (units, which are pixels of the SVG)."""
_HEAD, _TITLE = 52.0, 26.0
"""Height of the sheet's head, and of a panel's title."""
_PIXELS = 2.0
"""Pixels of a PNG per unit."""
_RADIUS = 1.9
_INSIDE = 0.05
"""Share of a panel's side that stays empty along its frame."""
_ROW = 3
"""Panels side by side."""


def draw_embeddings(embeddings: Mapping[str, Embedding], heading: str) -> tuple[bytes, bytes]:
    """The same picture as SVG and as PNG; the same input gives the same bytes.

    Parameters
    ----------
    embeddings
        By title of the panel, in the order that they are drawn in.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not embeddings:
        raise ValueError("there is nothing to draw")
    columns = min(_ROW, len(embeddings))
    rows = math.ceil(len(embeddings) / columns)
    # A single panel would be too narrow for the heading.
    across = max(columns, 2)
    width = 2 * _EDGE + across * _PANEL + (across - 1) * _GAP
    height = _HEAD + rows * (_PANEL + _TITLE + _GAP) - _GAP + _EDGE
    svg, png = SvgCanvas(width, height, heading), PngCanvas(width, height, _PIXELS)
    for canvas in (svg, png):
        _draw(canvas, embeddings, heading, columns, width)
    return svg.encode(), png.encode()


def _draw(canvas: Canvas, embeddings: Mapping[str, Embedding], heading: str, columns: int, width: float) -> None:
    left = _draw_legend(canvas, width - _EDGE)
    canvas.text((_EDGE, 31), cut(heading, 18, 0.92 * (left - 2 * _EDGE)), 18, _INK, bold=True)
    for number, (title, embedding) in enumerate(embeddings.items()):
        row, column = divmod(number, columns)
        corner = _EDGE + column * (_PANEL + _GAP), _HEAD + row * (_PANEL + _TITLE + _GAP)
        _draw_panel(canvas, title, embedding, corner)


def _draw_legend(canvas: Canvas, right: float) -> float:
    """Draw both colours with their meaning, ending at ``right``; returns where it begins."""
    for name, colour in (("false pair", FALSE), ("true pair", TRUE)):
        canvas.text((right, 31), name, 14, _INK, anchor="end")
        right -= text_width(name, 14) + 12
        canvas.circle((right, 26), 5, fill=colour)
        right -= 22
    return right


def _draw_panel(canvas: Canvas, title: str, embedding: Embedding, corner: tuple[float, float]) -> None:
    left, top = corner
    count = f"{len(embedding.label):,} pairs"
    canvas.text((left + _PANEL, top + 16), count, 12, _PALE, anchor="end")
    room = 0.92 * (_PANEL - text_width(count, 12) - 10)
    canvas.text((left, top + 16), cut(title, 14, room), 14, _INK, bold=True)
    places = _fit(embedding.points) * _PANEL + (left, top + _TITLE)
    # In a fixed shuffle neither colour hides the other where both crowd.
    for point in np.random.default_rng(0).permutation(len(places)):
        colour = TRUE if embedding.label[point] else FALSE
        canvas.circle((float(places[point, 0]), float(places[point, 1])), _RADIUS, fill=colour)
    canvas.rectangle((left, top + _TITLE), (_PANEL, _PANEL), outline=_FRAME)


def _fit(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, 2) in the unit square, both axes in one scale, the second one turned upward."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max()) or 1.0
    scaled = (points - (low + high) / 2) / extent * (1 - 2 * _INSIDE)
    return np.asarray(0.5 + scaled * (1, -1))
