"""The sheet as a PNG file, anti-aliased by drawing larger and averaging."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from specmol_core.drawing.canvas import DASH_PATTERN, Anchor, Colour, Points, text_font
from specmol_core.storage.plain_text import plain_text

__all__ = ["PngCanvas"]

_SUPERSAMPLING = 2
_CORNERS = 60
"""Sides of the polygon that stands for a dashed circle."""
_MIDDLE_LINE = 0.35
"""Height of the middle of a digit over the baseline, in sizes of the font."""


class PngCanvas:
    """A :class:`~specmol_core.drawing.canvas.Canvas` that becomes a PNG.

    Parameters
    ----------
    width, height
        Size of the sheet (units).
    pixels
        Pixels of the file per unit.
    """

    def __init__(self, width: float, height: float, pixels: float) -> None:
        self.scale = pixels * _SUPERSAMPLING
        self._size = round(width * pixels), round(height * pixels)
        self._image = Image.new("RGB", (self._size[0] * _SUPERSAMPLING, self._size[1] * _SUPERSAMPLING), "white")
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Points, colour: Colour, width: float = 1.0, *, dashed: bool = False) -> None:
        # Pillow's integer coordinates name the middle of a pixel.
        scaled = np.asarray(points, dtype=np.float64) * self.scale - 0.5
        pen = max(1, round(width * self.scale))
        for part in _dashes(scaled, self.scale) if dashed else [scaled]:
            self._draw.line(part.ravel().tolist(), fill=colour, width=pen, joint="curve")

    def rectangle(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        dashed: bool = False,
    ) -> None:
        (x, y), (width, height) = corner, size
        edges = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)])
        if fill:
            self._draw.polygon((edges * self.scale - 0.5).ravel().tolist(), fill=fill)
        if outline:
            self.line(edges, outline, dashed=dashed)

    def circle(
        self,
        centre: tuple[float, float],
        radius: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        dashed: bool = False,
    ) -> None:
        angles = np.linspace(0.0, 2 * math.pi, _CORNERS + 1)
        edges = np.asarray(centre) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        if fill:
            self._draw.polygon((edges * self.scale - 0.5).ravel().tolist(), fill=fill)
        if outline:
            self.line(edges, outline, dashed=dashed)

    def text(
        self,
        place: tuple[float, float],
        text: str,
        size: float,
        colour: Colour,
        *,
        anchor: Anchor = "start",
        rotated: bool = False,
        bold: bool = False,
    ) -> None:
        text = plain_text(text)
        if not text:
            return
        font = text_font(round(size * self.scale))
        length, (ascent, descent) = font.getlength(text), font.getmetrics()
        # The typeface has one weight; a stroke around the letters makes another.
        stroke = max(1, round(0.02 * size * self.scale)) if bold else 0
        tile = Image.new("L", (math.ceil(length) + 2 * stroke, ascent + descent + 2 * stroke), 0)
        ImageDraw.Draw(tile).text((stroke, ascent + stroke), text, 255, font, anchor="ls", stroke_width=stroke)
        x, y = (scaled * self.scale for scaled in place)
        anchor_offset = {"start": 0.0, "middle": length / 2, "end": length}[anchor]
        corner = (x - anchor_offset - stroke, y - ascent - stroke)
        if rotated:
            tile = tile.transpose(Image.Transpose.ROTATE_90)
            corner = (x + _MIDDLE_LINE * size * self.scale - ascent - stroke, y + anchor_offset + stroke - tile.height)
        self._image.paste(Image.new("RGB", tile.size, colour), (round(corner[0]), round(corner[1])), tile)

    def drawer(self, width: float, height: float) -> Any:
        from rdkit.Chem.Draw import rdMolDraw2D

        return rdMolDraw2D.MolDraw2DCairo(round(width * self.scale), round(height * self.scale))

    def place(self, drawer: Any, corner: tuple[float, float]) -> None:
        image = Image.open(io.BytesIO(drawer.GetDrawingText())).convert("RGBA")
        self._image.paste(image, (round(corner[0] * self.scale), round(corner[1] * self.scale)), image)

    def encode(self) -> bytes:
        buffer = io.BytesIO()
        self._image.resize(self._size, Image.Resampling.BOX).save(buffer, "PNG")
        return buffer.getvalue()


def _dashes(points: NDArray[np.float64], scale: float) -> list[NDArray[np.float64]]:
    """The parts (2, 2) of a line through points (n, 2) that its dashes cover, dash first."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(lengths)))
    starts = np.arange(0.0, along[-1], sum(DASH_PATTERN) * scale)
    ends = np.minimum(starts + DASH_PATTERN[0] * scale, along[-1])
    # A corner within a dash is cut off: dashes are shorter than what they go around.
    return [
        np.stack([np.interp((start, end), along, points[:, axis]) for axis in (0, 1)], axis=1)
        for start, end in zip(starts, ends, strict=True)
    ]
