"""A picture of a fit: the spectrum, the stacked contributions of the species, and the residual."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.drawing.canvas import Canvas, Colour, truncate_text
from specmol_core.drawing.picture_file import BRIGHT, write_drawing
from specmol_core.drawing.ticks import axis_ticks
from specmol_core.drawing.trace import column_range, zigzag
from specmol_core.mixtures.fit import MixtureFit
from specmol_core.mixtures.quantification import Quantification

__all__ = ["draw_fit", "write_picture"]

Float = NDArray[np.float64]

_WIDTH, _HEIGHT = 1600, 860
_LEFT, _RIGHT = 40.0, 1560.0
_TOP, _BASE, _RESIDUAL, _BOTTOM = 150.0, 600.0, 715.0, 790.0
"""Top of the traces, their zero, the zero of the residual, and the axis."""
_INK: Colour = (40, 40, 40)
_GREY: Colour = (120, 120, 120)
_BACKGROUND: Colour = (190, 190, 190)
_EXCLUDED: Colour = (236, 236, 236)
_COLOURS: tuple[Colour, ...] = (
    *BRIGHT,
    (221, 136, 68), (51, 34, 136), (153, 153, 51), (0, 120, 120), (136, 34, 85), (100, 100, 180),
)  # fmt: skip
"""The bright palette and its neighbours, which colour-blind readers can distinguish."""
_MIN_BAR = 0.4
"""Height of a contribution that is drawn (pixels)."""
_MIN_TICK_DISTANCE = 69.0
_LEGEND_COLUMNS = 4
_MARGIN_PPM = 0.25
_VISIBLE = 0.004
"""Height of a line within the view, relative to the tallest."""


def write_picture(path: Path, fit: MixtureFit, result: Quantification) -> None:
    """Write the picture as SVG or PNG, as the suffix says, atomically.

    Raises
    ------
    UsageError
        If the suffix is another.
    OutputError
        If the file cannot be written.
    """
    write_drawing(
        path, "--explain", (_WIDTH, _HEIGHT), "Fit of a mixture", lambda canvas: draw_fit(canvas, fit, result)
    )


def draw_fit(canvas: Canvas, fit: MixtureFit, result: Quantification) -> None:
    """Draw a fit on a sheet of 1600 by 860.

    The tallest line of the species fills the height; taller lines of the solvent are cut off.
    """
    high, low = _view(fit)
    columns = round(_RIGHT - _LEFT)
    parts = fit.contributions
    x = (high - fit.cells.grid.centres()) / (high - low) * columns
    species = len(fit.species)
    tallest = float(parts[:species].sum(axis=0).max()) or float(fit.cells.data[0].max())
    scale = (_BASE - _TOP) / (1.05 * tallest)
    _draw_excluded(canvas, fit, high, low)
    base = np.zeros(columns)
    for k, part in enumerate(parts):
        top = base + np.nan_to_num(column_range(x, part, columns)[1])
        _draw_bars(canvas, base * scale, top * scale, _colour(k, species))
        base = top
    _draw_trace(canvas, x, fit.cells.data[0], scale, _BASE, _INK)
    _draw_trace(canvas, x, fit.residual, scale, _RESIDUAL, _GREY)
    canvas.text((_LEFT, _RESIDUAL - 34), "residual", 14, _GREY)
    _draw_axis(canvas, high, low, fit.spectrum.nucleus)
    _draw_legend(canvas, fit, result)


def _colour(index: int, species: int) -> Colour:
    return _COLOURS[index % len(_COLOURS)] if index < species else _BACKGROUND


def _view(fit: MixtureFit) -> tuple[float, float]:
    """Return the range with lines, high and low shift."""
    grid, data = fit.cells.grid, fit.cells.data[0]
    cells = np.flatnonzero(data > _VISIBLE * data.max())
    margin = _MARGIN_PPM if fit.spectrum.nucleus == "1H" else 20 * _MARGIN_PPM
    if not len(cells):
        return grid.high, grid.low
    high, low = grid.ppm(float(cells[0])), grid.ppm(float(cells[-1]))
    return min(high + margin, grid.high), max(low - margin, grid.low)


def _draw_bars(canvas: Canvas, base: Float, top: Float, colour: Colour) -> None:
    limit = _BASE - _TOP
    for column in np.flatnonzero(top - base > _MIN_BAR).tolist():
        if base[column] < limit:
            x = _LEFT + column + 0.5
            canvas.line([(x, _BASE - base[column]), (x, _BASE - min(top[column], limit))], colour, 1.05)


def _draw_trace(canvas: Canvas, x: Float, trace: Float, scale: float, zero: float, colour: Colour) -> None:
    columns = round(_RIGHT - _LEFT)
    low, high = column_range(x, trace, columns)
    middle = np.asarray(_LEFT + np.arange(columns) + 0.5, dtype=np.float64)
    first, second = (np.asarray(np.clip(zero - scale * ends, _TOP, _BOTTOM - 4)) for ends in (low, high))
    for line in zigzag(middle, first, second):
        canvas.line(line, colour, 0.8)


def _draw_excluded(canvas: Canvas, fit: MixtureFit, high: float, low: float) -> None:
    for top, bottom in fit.cells.excluded:
        left, right = (
            _LEFT + (high - min(max(ppm, low), high)) / (high - low) * (_RIGHT - _LEFT) for ppm in (top, bottom)
        )
        if right > left:
            canvas.rectangle((left, _TOP), (right - left, _BOTTOM - _TOP), fill=_EXCLUDED)


def _draw_axis(canvas: Canvas, high: float, low: float, nucleus: str) -> None:
    canvas.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], _INK)
    for ppm, text in axis_ticks(low, high, (_RIGHT - _LEFT) / _MIN_TICK_DISTANCE).labels.items():
        x = _LEFT + (high - ppm) / (high - low) * (_RIGHT - _LEFT)
        canvas.line([(x, _BOTTOM), (x, _BOTTOM + 6)], _INK)
        canvas.text((x, _BOTTOM + 21), text, 15, _INK, anchor="middle")
    place = (_LEFT + _RIGHT) / 2, _BOTTOM + 46
    canvas.text(place, f"{nucleus} chemical shift (ppm)", 15, _INK, anchor="middle")


def _draw_legend(canvas: Canvas, fit: MixtureFit, result: Quantification) -> None:
    grid = fit.cells.grid
    title = f"{Path(fit.spectrum.source).name}   {fit.spectrum.nucleus}   {grid.mhz:.1f} MHz   {fit.solvent}"
    canvas.text((_LEFT, 27), title, 18, _INK)
    width = (_RIGHT - _LEFT) / _LEGEND_COLUMNS
    entries = [
        f"{a.name}  {a.fraction:.3f} ({a.low:.3f} to {a.high:.3f})" if a.seen else f"{a.name}  below {a.high:.3f}"
        for a in result.amounts
    ]
    entries.append("solvent, water, standards of the table")
    for k, text in enumerate(entries):
        x, y = _LEFT + (k % _LEGEND_COLUMNS) * width, 52.0 + 22 * (k // _LEGEND_COLUMNS)
        canvas.rectangle((x, y - 11), (14, 12), fill=_colour(k, len(fit.species)))
        canvas.text((x + 20, y), truncate_text(text, 14, width - 30), 14, _INK)
