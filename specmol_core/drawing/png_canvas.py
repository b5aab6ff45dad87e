"""The sheet as a PNG file, anti-aliased by drawing larger and averaging."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from specmol_core.drawing.canvas import DASH_PATTERN, MIDDLE_LINE, Anchor, Colour, Points, VerticalAnchor, text_font
from specmol_core.storage.plain_text import plain_text

__all__ = ["PngCanvas"]

_CORNERS = 60
"""Sides of the polygon that replaces a circle."""
_ROUNDING = 1e-9
"""More than the errors of floating-point coordinates (pixels)."""
_HORIZONTAL: dict[Anchor, str] = {"start": "l", "middle": "m", "end": "r"}
_VERTICAL: dict[VerticalAnchor, str] = {"baseline": "s", "top": "t", "middle": "m"}
"""Pillow's letters for the anchors of text."""


class PngCanvas:
    """A :class:`~specmol_core.drawing.canvas.Canvas` that becomes a PNG.

    Parameters
    ----------
    width, height
        Size of the sheet (units).
    pixels
        Pixels of the file per unit.
    oversampling
        Pixels that are drawn per pixel of the file, in each direction. An odd number suits traces: Pillow moves
        a line that is 2 pixels wide by a pixel, to another side upward than downward.
    sans
        Whether text is in FreeSans, else in Pillow's own typeface.
    """

    def __init__(
        self, width: float, height: float, pixels: float = 1.0, *, oversampling: int = 2, sans: bool = True
    ) -> None:
        self.width, self.height = width, height
        self.scale = pixels * oversampling
        self._size, self._sans = (round(width * pixels), round(height * pixels)), sans
        self._image = Image.new("RGB", (self._size[0] * oversampling, self._size[1] * oversampling), "white")
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Points, colour: Colour, width: float = 1.0, *, dashed: bool = False) -> None:
        # Pillow's integer coordinates name the middle of a pixel, and it cuts decimals off.
        scaled = np.asarray(points, dtype=np.float64) * self.scale - 0.5 + _ROUNDING
        pen = max(1, round(width * self.scale))
        for part in _dashes(scaled, self.scale) if dashed else [scaled]:
            self._draw.line(part.ravel().tolist(), fill=colour, width=pen)

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
        vertical: VerticalAnchor = "baseline",
        rotated: bool = False,
        bold: bool = False,
    ) -> None:
        text = text if text.isprintable() else plain_text(text)
        if not text:
            return
        font, (x, y) = self.font(size), (place[0] * self.scale, place[1] * self.scale)
        # The typeface has one weight; a stroke around the letters makes another.
        stroke = max(1, round(0.02 * size * self.scale)) if bold else 0
        if not rotated:
            where = _HORIZONTAL[anchor] + _VERTICAL[vertical]
            self._draw.text((x, y), text, colour, font, anchor=where, stroke_width=stroke)
            return
        length, (ascent, descent) = font.getlength(text), font.getmetrics()
        tile = Image.new("L", (math.ceil(length) + 2 * stroke, ascent + descent + 2 * stroke), 0)
        ImageDraw.Draw(tile).text((stroke, ascent + stroke), text, 255, font, anchor="ls", stroke_width=stroke)
        tile = tile.transpose(Image.Transpose.ROTATE_90)
        anchor_offset = {"start": 0.0, "middle": length / 2, "end": length}[anchor]
        corner = x + MIDDLE_LINE * size * self.scale - ascent - stroke, y + anchor_offset + stroke - tile.height
        self._image.paste(Image.new("RGB", tile.size, colour), (round(corner[0]), round(corner[1])), tile)

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        """The typeface of a size in units, with measures in units times ``scale``."""
        return text_font(round(size * self.scale), sans=self._sans)

    def drawer(self, width: float, height: float) -> Any:
        from rdkit.Chem.Draw import rdMolDraw2D

        return rdMolDraw2D.MolDraw2DCairo(round(width * self.scale), round(height * self.scale))

    def place(self, drawer: Any, corner: tuple[float, float]) -> None:
        self.paste(Image.open(io.BytesIO(drawer.GetDrawingText())).convert("RGBA"), corner)

    def paste(self, image: Image.Image, corner: tuple[float, float]) -> None:
        """Draw an RGBA image over the sheet, ``scale`` of its pixels a unit."""
        self._image.paste(image, (round(corner[0] * self.scale), round(corner[1] * self.scale)), image)

    def image(self) -> Image.Image:
        """The sheet in the pixels of the file."""
        return self._image.resize(self._size, Image.Resampling.BOX)

    def encode(self) -> bytes:
        buffer = io.BytesIO()
        self.image().save(buffer, "PNG")
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
