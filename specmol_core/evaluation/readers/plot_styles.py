"""Plot a spectrum in the styles of NMR programs, to measure how well such images are read."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from specmol_core.drawing.canvas import Colour
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.evaluation.readers.plot_annotations import (
    Plot,
    draw_axis,
    draw_grid,
    draw_inset,
    draw_integrals,
    draw_parameters,
    draw_peak_labels,
    draw_structure,
)
from specmol_core.evaluation.readers.scanned_plot import scan
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["STYLES", "PlotStyle", "plot_spectrum"]

BLACK: Colour = (0, 0, 0)
_LARGE_PLOT_PIXELS = 2_000_000
"""Size from which a plot is drawn with less oversampling, to save memory."""


@dataclass(frozen=True)
class PlotStyle:
    """How a program draws a spectrum, and how the image is processed afterwards."""

    name: str
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    text: float
    """Font size (pixels)."""
    trace: Colour = BLACK
    annotation_colour: Colour = BLACK
    """Colour of integrals."""
    stroke: float = 1.0
    """Width of the lines (pixels)."""
    title: str = "f1 (ppm)"
    """Title of the axis."""
    title_at_end: bool = False
    """Whether the axis title is at the right end of the axis, as in TopSpin."""
    dense_ticks: bool = True
    """Whether main ticks are dense: every 0.5 ppm instead of 1 ppm for 1H, 10 instead of 20 ppm for
    13C."""
    frame: bool = False
    """Whether a box with an intensity axis on its left surrounds the plot."""
    grid: bool = False
    integrals: Literal["", "curves", "below the axis"] = ""
    peak_labels: bool = False
    structure: bool = False
    parameters: bool = False
    """Whether acquisition parameters are listed beside the trace, with a title above it."""
    inset: bool = False
    """Whether an enlarged part of the spectrum with its own axis is drawn."""
    sans: bool = True
    jpeg_quality: int | None = None
    """Quality of the JPEG file; None for PNG."""
    rotation_degrees: float = 0.0
    """Rotation of the scanned page (degrees); if not 0, paper noise is added."""


_MNOVA = PlotStyle(
    "mnova", 1600, 900, 15, trace=(128, 0, 0), annotation_colour=(0, 128, 0), integrals="curves", peak_labels=True
)
_TOPSPIN = PlotStyle(
    "topspin",
    1400,
    1000,
    14,
    trace=(0, 0, 200),
    title="ppm",
    title_at_end=True,
    dense_ticks=False,
    integrals="below the axis",
    peak_labels=True,
    parameters=True,
)
STYLES: tuple[PlotStyle, ...] = (
    _MNOVA,
    _TOPSPIN,
    PlotStyle(
        "nmrium", 1200, 500, 12, title="Chemical shift (ppm)", grid=True, sans=False, annotation_colour=(200, 0, 0)
    ),
    PlotStyle(
        "matplotlib", 1000, 600, 13, trace=(31, 119, 180), stroke=1.5, title="ppm", dense_ticks=False, frame=True
    ),
    replace(
        _MNOVA, name="supplement", trace=BLACK, annotation_colour=BLACK, width=1240, height=800, text=13, structure=True
    ),
    replace(_MNOVA, name="large", width=3000, height=1500, text=26, stroke=2.0, inset=True, peak_labels=False),
    PlotStyle("small jpeg", 600, 400, 10, dense_ticks=False, title="ppm", peak_labels=True, jpeg_quality=70),
    replace(_TOPSPIN, name="jpeg", jpeg_quality=60, parameters=False, structure=True),
    replace(_MNOVA, name="scan", trace=BLACK, annotation_colour=BLACK, width=1700, stroke=1.5, rotation_degrees=2.0),
    replace(_TOPSPIN, name="scanned jpeg", trace=BLACK, stroke=1.5, rotation_degrees=-2.0, jpeg_quality=75),
)
"""Styles used to evaluate the image reader; 600 to 3,000 pixels wide."""


def plot_spectrum(
    spectrum: Spectrum, style: PlotStyle, window: tuple[float, float], *, smiles: str | None = None, seed: int = 0
) -> bytes:
    """Draw a spectrum in a style.

    Parameters
    ----------
    window
        Part of the spectrum to show, high to low (ppm).
    smiles
        Structure to draw, for styles that include one.
    seed
        Seed of the paper noise.

    Returns
    -------
    Content of a PNG or JPEG file.
    """
    oversampling = 2 if style.width * style.height > _LARGE_PLOT_PIXELS else 4
    canvas = PngCanvas(style.width, style.height, oversampling=oversampling, sans=style.sans)
    plot = _layout(canvas, spectrum, style, window)
    if style.grid:
        draw_grid(plot)
    if style.structure and smiles:
        draw_structure(plot, smiles)
    if style.parameters:
        draw_parameters(plot)
    if style.inset:
        draw_inset(plot)
    if style.peak_labels:
        draw_peak_labels(plot)
    if style.integrals:
        draw_integrals(plot, style.annotation_colour, below_axis=style.integrals == "below the axis")
    draw_axis(plot, style.title, title_at_end=style.title_at_end, frame=style.frame)
    plot.draw_trace()
    return _file(canvas.image(), style, seed)


def _layout(canvas: PngCanvas, spectrum: Spectrum, style: PlotStyle, window: tuple[float, float]) -> Plot:
    """Return the plot area that the annotations leave for the trace."""
    text = style.text
    left = 5 * text if style.frame else 1.5 * text
    right = canvas.width - (11 * text if style.parameters else 2.5 * text)
    below = text * (3.5 + (4.5 if style.integrals == "below the axis" else 0))
    axis_row = canvas.height - below
    base = axis_row - (0.03 * canvas.height if style.frame else 0.015 * canvas.height)
    if style.integrals == "curves":
        base -= 4.5 * text
    top = text * (6.5 if style.peak_labels else 2.0)
    wide = spectrum.nucleus == "13C"
    major = (10.0 if style.dense_ticks else 20.0) if wide else (0.5 if style.dense_ticks else 1.0)
    span = window[0] - window[1]
    # Labels must not overlap.
    while (right - left) * major / span < 3.2 * text:
        major *= 2
    return Plot(canvas, spectrum, window, (left, right), (top, base), axis_row, text, style.stroke, style.trace, major)


def _file(image: Image.Image, style: PlotStyle, seed: int) -> bytes:
    if style.rotation_degrees:
        image = scan(image, style.rotation_degrees, np.random.default_rng(seed))
    content = io.BytesIO()
    if style.jpeg_quality is None:
        image.save(content, format="PNG")
    else:
        image.save(content, format="JPEG", quality=style.jpeg_quality)
    return content.getvalue()
