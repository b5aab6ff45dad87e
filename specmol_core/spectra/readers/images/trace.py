"""Measure the trace of a drawn spectrum: one height above the baseline per pixel column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.images.trace_mask import (
    MIN_CONTINUOUS_SHARE,
    find_trace,
    inked_columns,
    most_common_row,
)
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["DrawnTrace", "measure_heights", "read_heights"]

_MIN_HEIGHT = (3.0, 0.04)
"""Least height of the strongest signal: rows, and share of the image's height."""
_MAX_BLOCK_SHARE = 0.3
"""Share of columns near full height above which a drawing is a block, not a spectrum."""
_MIN_HEIGHT_ROWS = 0.5
"""Least height of a signal (rows); lower ones are artefacts of the image."""
_MIN_NEGATIVE_SHARE = 0.2
"""Share of the strongest positive signal above which negative ones are genuine (DEPT and APT)."""


@dataclass(frozen=True)
class DrawnTrace:
    """The heights of a drawn spectrum."""

    heights: NDArray[np.float64]
    """Rows above the baseline (width,); negative where a signal points down."""
    signed: bool
    """Whether downward signals are too strong for noise."""
    warnings: tuple[str, ...]


def read_heights(density: NDArray[np.uint8]) -> DrawnTrace:
    """Read the heights of a line plot, a filled plot, or sticks on one row.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.

    Raises
    ------
    RefusedError
        If no trace runs through the image, or no signal rises above its baseline.
    """
    trace, inner_columns, notes = find_trace(density)
    return measure_heights(density, trace, inner_columns, notes)


def measure_heights(
    density: NDArray[np.uint8], trace: NDArray[np.bool_], inner_columns: NDArray[np.bool_], notes: Sequence[str]
) -> DrawnTrace:
    """Measure the heights of a trace whose pixels are known.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.
    trace
        Pixels of the trace (height, width).
    inner_columns
        Columns that the trace may occupy (width,).
    notes
        Warnings so far.

    Raises
    ------
    RefusedError
        If no signal rises above the baseline, or most of the drawing is a block.
    """
    # The faint pixels above and below a stroke show where inside the pixel it ends.
    fringe = trace.copy()
    fringe[1:] |= trace[:-1]
    fringe[:-1] |= trace[1:]
    ink = np.where(fringe, density, 0)
    full_ink = float(np.percentile(density[trace], 95))
    trace = trace & ~_stroke_sides(ink, full_ink)
    top, bottom = _upper_edges(ink, trace, full_ink), len(ink) - _upper_edges(ink[::-1], trace[::-1], full_ink)
    drawn = inked_columns(trace)
    base_top, base_bottom = most_common_row(top[drawn]), most_common_row(bottom[drawn])
    if drawn[inner_columns].mean() < MIN_CONTINUOUS_SHARE:  # sticks: their lower ends are the baseline
        base_top = base_bottom
    up = np.where(drawn, base_top - top, 0.0)
    down = np.where(drawn, bottom - base_bottom, 0.0)
    strongest = float(up.max())
    heights = np.where((down > 2 * up) & (down > 0.05 * strongest), -down, up)
    heights[np.abs(heights) < _MIN_HEIGHT_ROWS] = 0.0
    largest = float(np.abs(heights).max())
    if largest < max(_MIN_HEIGHT[0], _MIN_HEIGHT[1] * len(ink)):
        raise RefusedError("no signal rises above the baseline: draw the spectrum taller")
    if (np.abs(heights) > 0.9 * largest).mean() > _MAX_BLOCK_SHARE:
        raise RefusedError("most of the drawing is a solid block: it is not a spectrum")
    return DrawnTrace(heights, bool(-heights.min() > _MIN_NEGATIVE_SHARE * strongest), tuple(notes))


def _stroke_sides(ink: NDArray[np.uint8], full_ink: float) -> NDArray[np.bool_]:
    """Grey pixels beside a darker one: sides of steep strokes, which must not widen the line."""
    left, right = np.roll(ink, 1, axis=1), np.roll(ink, -1, axis=1)
    left[:, 0] = right[:, -1] = 0
    return np.asarray((ink < 0.5 * full_ink) & (np.maximum(left, right) > 1.5 * ink), dtype=bool)


def _upper_edges(ink: NDArray[np.uint8], trace: NDArray[np.bool_], full_ink: float) -> NDArray[np.float64]:
    """Upper edge of the trace in each column, to a fraction of a row (width,).

    The upper side of a row has the row's number. Anti-aliasing shows where inside its pixel an edge
    is. Along a stroke, the ink above a full row adds up to the height. A line about one pixel thick
    has no full row; its middle and its total ink give the edge instead.
    """
    height, width = ink.shape
    first = trace.argmax(axis=0)
    rows = first + np.arange(-1, 5)[:, None]
    padded = ink[np.clip(rows, 0, height - 1), np.arange(width)].astype(np.float64)
    padded[(rows < 0) | (rows >= height)] = 0.0
    window = np.clip(padded / full_ink, 0.0, 1.0)
    plateau = np.maximum(window[1:4].max(axis=0), 1e-6)
    stroke = first + 1.0 - np.clip(window[:2] / plateau, 0.0, 1.0).sum(axis=0)
    total = np.maximum(window[:4].sum(axis=0), 1e-6)
    middle = ((rows[:4] + 0.5) * window[:4]).sum(axis=0) / total
    thin = (window[4:].max(axis=0) < 0.1) & (total < 2.5)
    edges: NDArray[np.float64] = np.where(thin, middle - total / 2, stroke)
    return edges
