"""What an image is drawn with: a few shapes and text, whatever the format of the file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from specmol_core.storage.plain_text import plain_text

__all__ = [
    "DASH_PATTERN",
    "MIDDLE_LINE",
    "Anchor",
    "Canvas",
    "Colour",
    "Points",
    "VerticalAnchor",
    "text_font",
    "text_width",
    "truncate_text",
]

Colour = tuple[int, int, int]
Anchor = Literal["start", "middle", "end"]
VerticalAnchor = Literal["baseline", "top", "middle"]
Points = Sequence[tuple[float, float]] | NDArray[np.float64]
"""(n, 2) positions on the sheet."""
DASH_PATTERN = (3.0, 2.0)
"""Lengths of a dash and of the gap after it."""
MIDDLE_LINE = 0.35
"""Height of the middle of a digit over the baseline, in sizes of the font."""
_MEASURED_FONT_SIZE = 100


class Canvas(Protocol):
    """A white sheet; (0, 0) is its top left corner, and lengths are in its units, which are pixels of the SVG."""

    scale: float
    """Pixels per unit of what :meth:`drawer` draws."""

    def line(self, points: Points, colour: Colour, width: float = 1.0, *, dashed: bool = False) -> None:
        """Draw a line through points (n, 2)."""

    def rectangle(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        dashed: bool = False,
    ) -> None:
        """Draw a rectangle from its top left corner, width and height."""

    def circle(
        self,
        centre: tuple[float, float],
        radius: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        dashed: bool = False,
    ) -> None:
        """Draw a circle."""

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
        """Write one line of text.

        Parameters
        ----------
        place
            Where its ``anchor`` is: on its baseline, or at the top or the middle of its letters.
        rotated
            Whether it runs upward, with the middle of its digits at ``place``; ``vertical`` has then no effect.
        """

    def drawer(self, width: float, height: float) -> Any:
        """RDKit's drawer of molecules for a part of the sheet, ``scale`` pixels a unit."""

    def place(self, drawer: Any, corner: tuple[float, float]) -> None:
        """Draw on the sheet what a finished drawer drew."""

    def encode(self) -> bytes:
        """The file."""


@lru_cache(maxsize=64)
def text_font(size: int, *, sans: bool = True) -> ImageFont.FreeTypeFont:
    """Typeface of all text in images.

    FreeSans is installed with RDKit; it is as wide as Helvetica and Arial, and has Greek letters. Pillow's own
    typeface replaces it where it is missing, or if ``sans`` is False.
    """
    if sans:
        from rdkit.Chem import Draw  # slow to import

        path = Path(Draw.__file__).with_name("FreeSans.ttf")
        if path.is_file():
            return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def text_width(text: str, size: float) -> float:
    """Length of a line of text."""
    return text_font(_MEASURED_FONT_SIZE).getlength(text) * size / _MEASURED_FONT_SIZE


def truncate_text(text: str, size: float, max_width: float) -> str:
    """The text on one line without control characters; an ellipsis replaces the end of a text that is too long."""
    # No letter is narrower than a twentieth of its height; a megabyte of text is not measured.
    max_characters = int(20 * max_width / size) + 1
    line = plain_text(text[:max_characters])
    if len(text) <= max_characters and text_width(line, size) <= max_width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(line[:middle].rstrip() + "…", size) <= max_width:
            low = middle
        else:
            high = middle - 1
    return line[:low].rstrip() + "…"
