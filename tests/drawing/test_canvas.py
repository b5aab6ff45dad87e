"""Both surfaces draw the same shapes and the same text at the same positions."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from specmol_core.drawing.canvas import Anchor, VerticalAnchor, text_font, text_width
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.svg_canvas import SvgCanvas

BLACK = (0, 0, 0)


def ink(canvas: PngCanvas) -> tuple[float, float, float, float]:
    """First and last column, first and last row that are not white (units)."""
    dark = np.asarray(canvas.image().convert("L")) < 200
    columns, rows = np.flatnonzero(dark.any(0)), np.flatnonzero(dark.any(1))
    return columns[0], columns[-1] + 1, rows[0], rows[-1] + 1


@pytest.mark.parametrize(("anchor", "start"), [("start", 100.0), ("middle", 80.0), ("end", 60.0)])
@pytest.mark.parametrize(("vertical", "baseline"), [("baseline", 50.0), ("top", 64.4), ("middle", 57.0)])
def test_text_is_where_its_anchors_say(anchor: Anchor, start: float, vertical: VerticalAnchor, baseline: float) -> None:
    png, svg = PngCanvas(200, 100, 1.0, oversampling=4), SvgCanvas(200, 100, "")
    text, size = "0" * round(40 / text_width("0", 20)), 20
    start = 100 + (start - 100) / 40 * text_width(text, size)
    for canvas in (png, svg):
        canvas.text((100, 50), text, size, BLACK, anchor=anchor, vertical=vertical)

    left, right, _, bottom = ink(png)
    assert (left, right) == pytest.approx((start, start + text_width(text, size)), abs=1.6)
    assert bottom == pytest.approx(baseline, abs=1.2)
    (element,) = ElementTree.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")
    assert float(element.attrib["y"]) == pytest.approx(baseline)


def test_rotated_text_runs_upward_around_its_middle_line() -> None:
    canvas = PngCanvas(100, 200)
    canvas.text((50, 150), "00000", 20, BLACK, rotated=True)

    left, right, top, bottom = ink(canvas)
    assert (left + right) / 2 == pytest.approx(50, abs=1)
    assert (top, bottom) == pytest.approx((150 - text_width("00000", 20), 150), abs=1.6)


@pytest.mark.parametrize("oversampling", [2, 4])
def test_oversampling_keeps_the_size_and_the_place(oversampling: int) -> None:
    canvas = PngCanvas(60, 40, 2.0, oversampling=oversampling)
    canvas.line([(10, 20), (50, 20)], BLACK, 2.0)
    canvas.paste(Image.new("RGBA", (int(5 * canvas.scale),) * 2, (0, 0, 0, 255)), (0, 0))

    with Image.open(io.BytesIO(canvas.encode())) as image:
        pixels = np.asarray(image.convert("L"))
    assert pixels.shape == (80, 120)
    assert (pixels[38:42, 22:98] < 50).all()
    assert (pixels[:10, :10] == 0).all()
    assert (pixels[12:30] == 255).all()


def test_other_typeface_and_missing_one() -> None:
    assert text_font(20).getname()[0] == "FreeSans"
    assert text_font(20, sans=False).getname()[0] != "FreeSans"


def test_text_of_unknown_origin_is_one_line() -> None:
    canvas = PngCanvas(100, 40)
    canvas.text((5, 20), "two\nlines\x07", 10, BLACK)
    canvas.text((5, 38), "\x07", 10, BLACK)

    assert ink(canvas)[3] < 26
