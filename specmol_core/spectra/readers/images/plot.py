"""Read a plot with a labelled axis: straighten it, read the axis, isolate and measure the trace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.calibration import Calibration
from specmol_core.spectra.readers.images.axis_choice import (
    MIN_RIVAL_WIDTH,
    RANGE_OPTION,
    check_stated_nucleus,
    choose_axis,
)
from specmol_core.spectra.readers.images.picture_text import PictureText, read_picture_text
from specmol_core.spectra.readers.images.shift_axis import AxisRow, ShiftAxis, axis_rows, read_axes
from specmol_core.spectra.readers.images.straighten import StraightenedImage, straighten
from specmol_core.spectra.readers.images.text_boxes import has_marks_below
from specmol_core.spectra.readers.images.trace import DrawnTrace, measure_heights
from specmol_core.spectra.readers.images.trace_isolation import IsolatedTrace, isolate
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["PlottedSpectrum", "read_plot"]

_MAX_LABEL_DRIFT_ROWS = 2.0
"""Largest drift of the labels from one side of the image to the other (rows)."""
_MAX_RANGE_DEVIATION = 0.01
"""Share of the range by which a given range may differ from the axis as read without a warning."""


@dataclass(frozen=True)
class PlottedSpectrum:
    """A spectrum read from a plot with labels."""

    trace: DrawnTrace
    window: tuple[float, float]
    """Shift at the left and right edge of the trace's columns (ppm)."""
    calibration: Calibration
    warnings: tuple[str, ...]
    text: PictureText
    """What is written on the picture."""


def read_plot(
    rgb: NDArray[np.uint8],
    nucleus: Nucleus | None,
    window: tuple[float, float] | None,
    *,
    matplotlib: bool = False,
) -> PlottedSpectrum | None:
    """Read a plot by its labels; None for a bare plot.

    Parameters
    ----------
    rgb
        Colours (height, width, 3).
    nucleus
        Nucleus that the spectrum is expected to show; None where it is unknown.
    window
        Range that the user gives for the axis, from its left to its right end (ppm); it overrides
        the labels.
    matplotlib
        Whether matplotlib drew the pixels: its ticks of one pixel are half a pixel too far right.

    Returns
    -------
    The spectrum; None for an image without any text, which is a bare plot.

    Raises
    ------
    RefusedError
        If the axis cannot be read with certainty and no range is given, or no trace runs along it.
    """
    straightened, rows = _straighten_labels(rgb)
    if not rows:
        if window is None and has_marks_below(straightened.ink.density):
            raise RefusedError(_unreadable_axis_message(nucleus))
        return None
    notes = [f"the image was turned by {abs(straightened.degrees):.1f} degrees"] if straightened.degrees else []
    if straightened.ink.inverted:
        notes.append("light ink on dark paper: the colours were inverted")
    axes, failure = _axes(straightened.ink.density, rows, given=window is not None)
    axis, axis_warnings = choose_axis(axes, nucleus, window) if axes else (None, [])
    if axis is None and window is None:
        raise RefusedError(failure or _unreadable_axis_message(nucleus))
    words = [word for other_axis in axes for word in other_axis.row.words]
    text = read_picture_text(straightened.ink.density, words) if axes else PictureText()
    notes += axis_warnings
    if axis is not None and nucleus is not None and window is None:
        notes += check_stated_nucleus(axis, text.nucleus, nucleus)
    row = axis.row if axis else _row_under_longest_line(rows)
    if row is None:
        return None
    top = max((other_axis.row.bottom for other_axis in axes if axis and _is_above(other_axis, axis)), default=0)
    line = row.line[0] - 1 if row.line else row.top - 2  # the row above an anti-aliased line is grey
    isolated = isolate(
        straightened.rgb, straightened.ink.density, (top, line), row.extent, axis.tick_columns if axis else ()
    )
    notes += isolated.warnings
    calibration = _calibration(axis, row, window, notes)
    if matplotlib and axis and calibration.source == "ocr":
        calibration = _undo_tick_rounding(calibration, axis)
    trace = _heights(isolated)
    left, right = isolated.left, isolated.left + isolated.density.shape[1]
    return PlottedSpectrum(
        trace, (calibration.ppm(left), calibration.ppm(right)), calibration, (*notes, *trace.warnings), text
    )


def _straighten_labels(rgb: NDArray[np.uint8]) -> tuple[StraightenedImage, list[AxisRow]]:
    """Turn an image until its labels are on one row; lines mislead where the baseline slopes."""
    straightened = straighten(rgb)
    rows = axis_rows(straightened.ink.density)
    if straightened.degrees and rows:
        slope = rows[0].slope
        if abs(slope) * rgb.shape[1] > _MAX_LABEL_DRIFT_ROWS:
            straightened = straighten(rgb, straightened.degrees + math.degrees(math.atan(slope)))
            rows = axis_rows(straightened.ink.density)
    return straightened, rows


def _axes(density: NDArray[np.uint8], rows: Sequence[AxisRow], *, given: bool) -> tuple[list[ShiftAxis], str]:
    """The axes, or the reason why there are none; with a range given, a failure does not matter."""
    try:
        return read_axes(density, rows), ""
    except RefusedError as error:
        if given:
            return [], ""
        return [], str(error)


def _unreadable_axis_message(nucleus: Nucleus | None) -> str:
    option = RANGE_OPTION[nucleus] if nucleus else "--h1-range or --c13-range"
    return (
        "the image has labels, but no shift axis could be read from them (at least 3 evenly spaced, legible "
        f"numbers under an axis are needed): name the range from the left to the right end of the axis with {option}, "
        "or crop the image to the spectrum and its axis"
    )


def _is_above(other_axis: ShiftAxis, axis: ShiftAxis) -> bool:
    """Whether another axis, too wide for an inset, belongs to another plot higher on the page."""
    return (
        other_axis.row.bottom < axis.row.top - axis.row.height
        and other_axis.span_pixels > MIN_RIVAL_WIDTH * axis.span_pixels
    )


def _row_under_longest_line(rows: Sequence[AxisRow]) -> AxisRow | None:
    """The row of text under the longest line, which is the axis if the range is given."""
    lined = [row for row in rows if row.line is not None]
    return max(lined, key=lambda row: row.extent[1] - row.extent[0], default=None)


def _calibration(
    axis: ShiftAxis | None,
    row: AxisRow,
    window: tuple[float, float] | None,
    notes: list[str],
) -> Calibration:
    if window is None:
        assert axis is not None  # without a range and without an axis the image was refused
        return axis.calibration
    left, right = row.extent
    slope = (window[1] - window[0]) / (right - left)
    if axis is not None:
        largest_deviation = max(abs(read - given) for read, given in zip(axis.edges, window, strict=True))
        if largest_deviation > _MAX_RANGE_DEVIATION * (window[0] - window[1]):
            notes.append(f"its axis reads {axis.edges[0]:.4g} to {axis.edges[1]:.4g} ppm; the range given was used")
    return Calibration(slope, window[0] - slope * left, 0, 0.0, 1.0, "range option")


def _undo_tick_rounding(calibration: Calibration, axis: ShiftAxis) -> Calibration:
    """Undo that matplotlib draws ticks of odd width at floor(x + 0.5) + 0.5 (seen in 3.11)."""
    fractions = np.asarray(axis.tick_columns) % 1.0
    if not axis.on_ticks or np.abs(fractions - 0.5).max() > 0.06:
        return calibration
    return replace(calibration, offset_ppm=calibration.offset_ppm + 0.5 * calibration.ppm_per_pixel)


def _heights(isolated: IsolatedTrace) -> DrawnTrace:
    """Heights of an isolated trace."""
    density = isolated.density
    strongest = float(np.percentile(density[density > 0], 99))
    mask = density > 0.25 * strongest
    return measure_heights(density, mask, np.ones(density.shape[1], dtype=bool), ())
