"""A picture as a file: SVG or PNG, as the suffix says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from specmol_core.drawing.canvas import Canvas, Colour
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.svg_canvas import SvgCanvas
from specmol_core.errors import UsageError
from specmol_core.storage.atomic import atomic_write

__all__ = ["BRIGHT", "check_suffix", "write_drawing"]

BRIGHT: tuple[Colour, ...] = (
    (68, 119, 170), (238, 102, 119), (34, 136, 51), (204, 187, 68), (102, 204, 238), (170, 51, 119),
)  # fmt: skip
"""Paul Tol's bright palette, which colour-blind readers can distinguish."""


def check_suffix(path: Path, option: str) -> None:
    """Check that the name of a picture has a suffix that can be written.

    Raises
    ------
    UsageError
        If the suffix is neither .svg nor .png; the message names ``option``.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"{option} {path}: a picture is .svg or .png")


def write_drawing(path: Path, option: str, size: tuple[int, int], title: str, draw: Callable[[Canvas], None]) -> None:
    """Write what ``draw`` draws on a canvas of ``size`` (pixels), atomically.

    Raises
    ------
    UsageError
        If the suffix is neither .svg nor .png; the message names ``option``.
    OutputError
        If the file cannot be written.
    """
    check_suffix(path, option)
    canvas: Canvas = SvgCanvas(*size, title) if path.suffix.lower() == ".svg" else PngCanvas(*size)
    draw(canvas)
    with atomic_write(path, "wb") as file:
        file.write(canvas.encode())
