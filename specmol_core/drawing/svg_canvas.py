"""The sheet as an SVG file."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from specmol_core.drawing.canvas import DASH_PATTERN, MIDDLE_LINE, Anchor, Colour, Points, VerticalAnchor
from specmol_core.storage.plain_text import plain_text

__all__ = ["SvgCanvas"]

_FONTS = "FreeSans, Helvetica, Arial, 'Liberation Sans', sans-serif"
_HEADER_END = "<!-- END OF HEADER -->"
"""Where RDKit's own frame ends and its shapes begin."""
_LETTER_HEIGHTS: dict[VerticalAnchor, float] = {"baseline": 0.0, "middle": MIDDLE_LINE, "top": 0.72}
"""Heights over the baseline, in sizes of the font; the top is that of digits and capitals."""


class SvgCanvas:
    """A :class:`~specmol_core.drawing.canvas.Canvas` that becomes an SVG, shapes in the order they were drawn in."""

    scale = 1.0

    def __init__(self, width: float, height: float, title: str) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width)}" height="{_number(height)}" '
            f'viewBox="0 0 {_number(width)} {_number(height)}" font-family="{_FONTS}">',
            f"<title>{escape(plain_text(title))}</title>",
            f'<rect width="{_number(width)}" height="{_number(height)}" fill="#ffffff"/>',
        ]

    def line(self, points: Points, colour: Colour, width: float = 1.0, *, dashed: bool = False) -> None:
        places = " ".join(f"{_number(x)},{_number(y)}" for x, y in np.asarray(points, dtype=np.float64).tolist())
        self._parts.append(
            f'<polyline points="{places}" fill="none" stroke="{_hex(colour)}" stroke-width="{_number(width)}" '
            f'stroke-linejoin="round"{_dashes(dashed)}/>'
        )

    def rectangle(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        dashed: bool = False,
    ) -> None:
        x, y, width, height = map(_number, (*corner, *size))
        place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
        self._parts.append(f"<rect {place} {_paint(fill, outline)}{_dashes(dashed)}/>")

    def circle(
        self,
        centre: tuple[float, float],
        radius: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        dashed: bool = False,
    ) -> None:
        place = f'cx="{_number(centre[0])}" cy="{_number(centre[1])}" r="{_number(radius)}"'
        self._parts.append(f"<circle {place} {_paint(fill, outline)}{_dashes(dashed)}/>")

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
        # Renderers disagree about dominant-baseline; an offset looks alike in all.
        below = size * (MIDDLE_LINE if rotated else _LETTER_HEIGHTS[vertical])
        x, y = (place[0] + below, place[1]) if rotated else (place[0], place[1] + below)
        turn = f' transform="rotate(-90 {_number(x)} {_number(y)})"' if rotated else ""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}" fill="{_hex(colour)}" '
            f'text-anchor="{anchor}"{weight}{turn}>{escape(plain_text(text))}</text>'
        )

    def drawer(self, width: float, height: float) -> Any:
        from rdkit.Chem.Draw import rdMolDraw2D

        return rdMolDraw2D.MolDraw2DSVG(round(width), round(height))

    def place(self, drawer: Any, corner: tuple[float, float]) -> None:
        shapes = drawer.GetDrawingText().partition(_HEADER_END)[2].rpartition("</svg>")[0].strip()
        self._parts.append(f'<g transform="translate({_number(corner[0])} {_number(corner[1])})">\n{shapes}\n</g>')

    def encode(self) -> bytes:
        return ("\n".join((*self._parts, "</svg>")) + "\n").encode()


def _number(value: float) -> str:
    """At most two decimals, and none that are 0."""
    return f"{value:z.2f}".rstrip("0").rstrip(".")


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _paint(fill: Colour | None, outline: Colour | None) -> str:
    inside = _hex(fill) if fill else "none"
    return f'fill="{inside}" stroke="{_hex(outline)}"' if outline else f'fill="{inside}"'


def _dashes(dashed: bool) -> str:
    return f' stroke-dasharray="{_number(DASH_PATTERN[0])} {_number(DASH_PATTERN[1])}"' if dashed else ""
