"""Plot of the embeddings of several systems, with true and false pairs in two colours."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from specmol_core.drawing.canvas import Canvas, Colour, text_width, truncate_text
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.svg_canvas import SvgCanvas
from specmol_core.matchnet.reproduction.embedding import Embedding

__all__ = ["FALSE_PAIR_COLOUR", "TRUE_PAIR_COLOUR", "draw_embeddings"]

TRUE_PAIR_COLOUR: Colour = (0, 114, 178)
FALSE_PAIR_COLOUR: Colour = (230, 137, 0)
"""Blue and orange, close to Okabe and Ito's.

They are distinguishable for all kinds of colour vision, and in grey.
"""
_INK: Colour = (40, 40, 40)
_MUTED: Colour = (105, 105, 105)
_FRAME: Colour = (205, 205, 205)
_PANEL, _GAP, _SHEET_MARGIN = 300.0, 18.0, 16.0
"""Side of a panel, gap between panels, and margin of the sheet (units, that is SVG pixels)."""
_HEAD_HEIGHT, _TITLE_HEIGHT = 52.0, 26.0
"""Height of the heading of the sheet, and of the title of a panel (units)."""
_PIXELS_PER_UNIT = 2.0
"""Pixels of the PNG per unit."""
_RADIUS = 1.9
_PANEL_PADDING = 0.05
"""Empty margin along the frame of a panel, as a share of its side."""
_PANELS_PER_ROW = 3
"""Panels side by side."""


def draw_embeddings(embeddings: Mapping[str, Embedding], heading: str) -> tuple[bytes, bytes]:
    """Return the plot as SVG and as PNG; the same input gives the same bytes.

    Parameters
    ----------
    embeddings
        Embeddings by the title of the panel, in the order of the panels.

    Raises
    ------
    ValueError
        If there are no embeddings.
    """
    if not embeddings:
        raise ValueError("there is nothing to draw")
    columns = min(_PANELS_PER_ROW, len(embeddings))
    rows = math.ceil(len(embeddings) / columns)
    # A single panel would be too narrow for the heading.
    panels_across = max(columns, 2)
    width = 2 * _SHEET_MARGIN + panels_across * _PANEL + (panels_across - 1) * _GAP
    height = _HEAD_HEIGHT + rows * (_PANEL + _TITLE_HEIGHT + _GAP) - _GAP + _SHEET_MARGIN
    svg, png = SvgCanvas(width, height, heading), PngCanvas(width, height, _PIXELS_PER_UNIT)
    for canvas in (svg, png):
        _draw(canvas, embeddings, heading, columns, width)
    return svg.encode(), png.encode()


def _draw(canvas: Canvas, embeddings: Mapping[str, Embedding], heading: str, columns: int, width: float) -> None:
    left = _draw_legend(canvas, width - _SHEET_MARGIN)
    canvas.text((_SHEET_MARGIN, 31), truncate_text(heading, 18, 0.92 * (left - 2 * _SHEET_MARGIN)), 18, _INK, bold=True)
    for number, (title, embedding) in enumerate(embeddings.items()):
        row, column = divmod(number, columns)
        corner = _SHEET_MARGIN + column * (_PANEL + _GAP), _HEAD_HEIGHT + row * (_PANEL + _TITLE_HEIGHT + _GAP)
        _draw_panel(canvas, title, embedding, corner)


def _draw_legend(canvas: Canvas, right: float) -> float:
    """Draw the legend, which ends at ``right``; return its left end."""
    for name, colour in (("false pair", FALSE_PAIR_COLOUR), ("true pair", TRUE_PAIR_COLOUR)):
        canvas.text((right, 31), name, 14, _INK, anchor="end")
        right -= text_width(name, 14) + 12
        canvas.circle((right, 26), 5, fill=colour)
        right -= 22
    return right


def _draw_panel(canvas: Canvas, title: str, embedding: Embedding, corner: tuple[float, float]) -> None:
    left, top = corner
    count = f"{len(embedding.label):,} pairs"
    canvas.text((left + _PANEL, top + 16), count, 12, _MUTED, anchor="end")
    title_width = 0.92 * (_PANEL - text_width(count, 12) - 10)
    canvas.text((left, top + 16), truncate_text(title, 14, title_width), 14, _INK, bold=True)
    positions = _fit(embedding.points) * _PANEL + (left, top + _TITLE_HEIGHT)
    # A fixed random order keeps one colour from hiding the other in dense regions.
    for point in np.random.default_rng(0).permutation(len(positions)):
        colour = TRUE_PAIR_COLOUR if embedding.label[point] else FALSE_PAIR_COLOUR
        canvas.circle((float(positions[point, 0]), float(positions[point, 1])), _RADIUS, fill=colour)
    canvas.rectangle((left, top + _TITLE_HEIGHT), (_PANEL, _PANEL), outline=_FRAME)


def _fit(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale points (n, 2) to the unit square, with equal axes and the second axis upward."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max()) or 1.0
    scaled = (points - (low + high) / 2) / extent * (1 - 2 * _PANEL_PADDING)
    return np.asarray(0.5 + scaled * (1, -1))
