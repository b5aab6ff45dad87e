"""A picture of a series: mole fractions with their intervals over time, and the law that was fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from specmol_core.drawing.canvas import Canvas, Colour, truncate_text
from specmol_core.drawing.picture_file import BRIGHT, write_drawing
from specmol_core.drawing.ticks import axis_ticks

__all__ = ["write_curves"]

_WIDTH, _HEIGHT = 1200, 640
_LEFT, _RIGHT, _TOP, _BASE = 90.0, 1170.0, 90.0, 560.0
_INK: Colour = (40, 40, 40)
_GREY: Colour = (200, 200, 200)
_DOT = 5.0
_LEGEND_COLUMNS = 4
_UNITS = ((3.0, "h", 3600.0), (3.0, "min", 60.0))
"""Least number of units that a series lasts, their name, and their seconds."""


def write_curves(path: Path, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Write the curves of the fractions as SVG or PNG, as the suffix says, atomically.

    Parameters
    ----------
    rows
        The lines of a series.
    names
        The species.

    Raises
    ------
    UsageError
        If the suffix is another.
    OutputError
        If the file cannot be written.
    """
    read = [row for row in rows if not row.get("error")]
    write_drawing(path, "--plot", (_WIDTH, _HEIGHT), "Series", lambda canvas: _draw(canvas, read, names))


def _draw(canvas: Canvas, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    has_times = all(row.get("time_s") is not None for row in rows)
    if has_times:
        rows = sorted(rows, key=lambda row: float(row["time_s"]))
    seconds = [float(row["time_s"]) if has_times else float(number) for number, row in enumerate(rows, 1)]
    span = max(seconds, default=0.0) - min(seconds, default=0.0)
    unit, size = next(((name, s) for least, name, s in _UNITS if span >= least * s), ("s", 1.0))
    times = np.array(seconds) / (size if has_times else 1.0)
    low, high = (float(times.min()), float(times.max())) if len(times) else (0.0, 1.0)
    high = high if high > low else low + 1.0

    def place(time: float, fraction: float) -> tuple[float, float]:
        x = _LEFT + (time - low) / (high - low) * (_RIGHT - _LEFT)
        return x, _BASE - min(max(fraction, 0.0), 1.0) * (_BASE - _TOP)

    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        canvas.line([place(low, tick), place(high, tick)], _GREY)
        canvas.text((_LEFT - 12, place(low, tick)[1]), f"{tick:.1f}", 15, _INK, anchor="end", vertical="middle")
    step = 10.0 ** np.ceil(np.log10((high - low) / 8)) if high - low > 800 else None
    for tick, label in axis_ticks(low, high, 8, step=step).labels.items():
        x = place(tick, 0.0)[0]
        canvas.line([(x, _BASE), (x, _BASE + 6)], _INK)
        canvas.text((x, _BASE + 26), label, 15, _INK, anchor="middle")
    canvas.line([(_LEFT, _BASE), (_RIGHT, _BASE)], _INK)
    title = f"time ({unit})" if has_times else "spectrum"
    canvas.text(((_LEFT + _RIGHT) / 2, _BASE + 54), title, 16, _INK, anchor="middle")
    canvas.text((_LEFT, 24), "mole fraction; bars are intervals of 95 %", 16, _INK)
    for number, name in enumerate(names):
        colour = BRIGHT[number % len(BRIGHT)]
        points = [place(t, float(row[name])) for t, row in zip(times.tolist(), rows, strict=True)]
        if len(points) > 1:
            canvas.line(points, colour, 2.0)
        for t, row, (x, y) in zip(times.tolist(), rows, points, strict=True):
            canvas.line([place(t, float(row[f"{name} low"])), place(t, float(row[f"{name} high"]))], colour)
            canvas.rectangle((x - _DOT / 2, y - _DOT / 2), (_DOT, _DOT), fill=colour)
        left = _LEFT + (number % _LEGEND_COLUMNS) * 270
        top = 48 + 20 * (number // _LEGEND_COLUMNS)
        canvas.rectangle((left, top - 10), (14, 10), fill=colour)
        canvas.text((left + 22, top), truncate_text(name, 15, 235), 15, _INK)
