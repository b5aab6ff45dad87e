"""A sheet to plot on: lines and text at fractional pixels, anti-aliased by drawing larger and averaging."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["Colour", "PlotCanvas"]

Colour = tuple[int, int, int]
_WHITE: Colour = (255, 255, 255)


class PlotCanvas:
    """A white sheet of ``width`` x ``height`` pixels; coordinates are in those pixels, (0, 0) the top left corner.

    Parameters
    ----------
    sans
        Whether text is set in FreeSans (a Helvetica, as Mnova and TopSpin print), else in Pillow's own font.
    """

    def __init__(self, width: int, height: int, *, sans: bool = True) -> None:
        self.width, self.height = width, height
        self._sans = sans
        self._scale = 2 if width * height > 2_000_000 else 4
        self._image = Image.new("RGB", (width * self._scale, height * self._scale), _WHITE)
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[tuple[float, float]] | NDArray[np.float64], colour: Colour, width: float) -> None:
        """Draw a line of ``width`` pixels through points (n, 2)."""
        # Pillow's integer coordinates name the middle of a pixel.
        at = np.asarray(points, dtype=np.float64) * self._scale - 0.5
        self._draw.line(at.ravel().tolist(), fill=colour, width=max(1, round(width * self._scale)))

    def text(
        self, x: float, y: float, text: str, size: float, colour: Colour, *, anchor: str = "mt", rotated: bool = False
    ) -> None:
        """Write at (x, y) with Pillow's anchor; ``rotated`` text runs upward, and (x, y) is its lower end's middle."""
        font = _font(round(size * self._scale), self._sans)
        if not rotated:
            self._draw.text((x * self._scale, y * self._scale), text, font=font, fill=colour, anchor=anchor)
            return
        left, top, right, bottom = (round(side) for side in font.getbbox(text))
        label = Image.new("L", (right - left, bottom - top), 0)
        ImageDraw.Draw(label).text((-left, -top), text, font=font, fill=255)
        label = label.transpose(Image.Transpose.ROTATE_90)
        corner = (round(x * self._scale - label.width / 2), round(y * self._scale - label.height))
        self._image.paste(Image.new("RGB", label.size, colour), corner, label)

    def paste(self, image: Image.Image, x: float, y: float, width: int, height: int) -> None:
        """Lay a picture on the sheet, its white parts transparent."""
        image = image.convert("RGB").resize((width * self._scale, height * self._scale), Image.Resampling.LANCZOS)
        mask = image.convert("L").point(lambda tone: 255 - tone)
        self._image.paste(image, (round(x * self._scale), round(y * self._scale)), mask)

    def image(self) -> Image.Image:
        """The sheet at its own size."""
        return self._image.resize((self.width, self.height), Image.Resampling.BOX)


@lru_cache(maxsize=64)
def _font(size: int, sans: bool) -> ImageFont.FreeTypeFont:
    if sans:
        from rdkit.Chem import Draw  # RDKit brings a Helvetica; it is slow to import

        path = Path(Draw.__file__).with_name("FreeSans.ttf")
        if path.is_file():
            return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
