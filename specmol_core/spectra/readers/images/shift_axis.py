"""Read the shift axis of a plot: its line, its ticks, and the numbers under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.calibration import Calibration
from specmol_core.spectra.readers.images.axis_fit import AxisFit, TickLabel, fit_labels, snap_to_ticks
from specmol_core.spectra.readers.images.ocr import recognise_text, word_image
from specmol_core.spectra.readers.images.text_boxes import TextBox, find_text_rows

__all__ = ["AxisRow", "ShiftAxis", "axis_rows", "read_axes"]

_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,3})?")
_MISREAD = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1", "−": "-", "–": "-", "—": "-", ",": "."})
_MAX_LINE_DISTANCE = 3.0
"""Largest distance of the axis line above the labels (label heights)."""
_MIN_LINE_COVERAGE = 0.6
"""Share of the way from the first label to the last that the axis line must cover."""
_MAX_WORDS = 160
"""Most words that are recognised in one image, at about 10 ms each."""
_MIN_AGREEING_SHARE = 0.6
"""Share of the numbers on a row that one axis must explain."""


@dataclass(frozen=True)
class AxisRow:
    """A row of text that may label an axis."""

    words: tuple[TextBox, ...]
    line: tuple[int, int] | None
    """First and last row (exclusive) of the axis line above it; None where there is none."""
    extent: tuple[int, int]
    """First and last column (exclusive) of that line, or of the row's words."""

    @property
    def height(self) -> float:
        """Height of the glyphs (rows)."""
        return float(np.median([word.height for word in self.words]))

    @property
    def top(self) -> int:
        """First row of the text."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> int:
        """Row below the text."""
        return max(word.bottom for word in self.words)

    @property
    def slope(self) -> float:
        """Fall of the words' lower edges per column to the right (rows; median of distant pairs)."""
        middle = np.array([word.middle for word in self.words])
        word_bottom = np.array([word.bottom for word in self.words], dtype=np.float64)
        first, second = np.triu_indices(len(middle), 1)
        is_distant = middle[second] - middle[first] > 0.3 * np.ptp(middle)
        return float(
            np.median(
                (word_bottom[second] - word_bottom[first])[is_distant] / (middle[second] - middle[first])[is_distant]
            )
        )


@dataclass(frozen=True)
class ShiftAxis:
    """An axis as read from an image."""

    row: AxisRow
    calibration: Calibration
    is_rising: bool
    """Whether the shifts rise from left to right, unlike in a plot of a spectrum."""
    span_pixels: float
    """Distance between the outermost labels (pixels)."""
    tick_columns: tuple[float, ...]
    """Pixel coordinates of the labelled ticks."""
    on_ticks: bool
    """Whether the axis was fitted to tick marks, not only to the middles of the labels."""

    @property
    def edges(self) -> tuple[float, float]:
        """Shift at both ends of the axis line (ppm)."""
        left, right = self.row.extent
        return self.calibration.ppm(left), self.calibration.ppm(right)


def axis_rows(density: NDArray[np.uint8]) -> list[AxisRow]:
    """Find rows of text in a drawing; evenly spaced rows under a line come first."""
    rows = [_find_axis_line(row, density) for row in find_text_rows(density)]
    return sorted(rows, key=lambda row: (row.line is None, -_evenness(row)))


def read_axes(density: NDArray[np.uint8], rows: Sequence[AxisRow]) -> list[ShiftAxis]:
    """Read every axis among rows of text; the widest comes first.

    Rows under a line are read first, and other rows only if those hold no axis.

    Raises
    ------
    RefusedError
        If the packages for reading text are not installed.
    """
    axes: list[ShiftAxis] = []
    budget = _MAX_WORDS
    for lined in (True, False):
        for row in rows:
            if (row.line is not None) is lined and len(row.words) <= budget:
                budget -= len(row.words)
                axis = _read_row(density, row)
                if axis is not None:
                    axes.append(axis)
        if axes:
            break
    return sorted(axes, key=lambda axis: -axis.span_pixels)


def _read_row(density: NDArray[np.uint8], row: AxisRow) -> ShiftAxis | None:
    labels = _labels(density, row.words)
    fit = fit_labels(labels, tolerance=max(1.5, 0.3 * row.height))
    if fit is None or len(fit.labels) < _MIN_AGREEING_SHARE * len(labels):
        return None
    ticked = snap_to_ticks(fit, density, row.line, row.top, row.height)
    if row.line is None and ticked is None:
        return None  # evenly spaced numbers without a line or ticks are not an axis
    best = ticked or fit
    calibration = Calibration(
        ppm_per_pixel=best.slope,
        offset_ppm=best.offset,
        ticks=len(best.labels),
        residual_ppm=best.residual * abs(best.slope),
        confidence=_confidence(best, len(labels), ticked is not None),
        source="ocr",
    )
    at = [label.x for label in best.labels]
    return ShiftAxis(row, calibration, best.slope > 0, max(at) - min(at), tuple(at), ticked is not None)


def _confidence(fit: AxisFit, numbers: int, ticked: bool) -> float:
    """Confidence 0 to 1: the product of factors for agreement, count, fit and tick marks."""
    count_factor = 1.0 - 0.5 ** (len(fit.labels) - 1)
    fit_factor = float(np.exp(-((fit.residual / 1.5) ** 2)))
    return round(len(fit.labels) / max(numbers, 1) * count_factor * fit_factor * (1.0 if ticked else 0.8), 3)


def _labels(density: NDArray[np.uint8], words: Sequence[TextBox]) -> list[TickLabel]:
    """Recognise words, and return the numbers among them as labels."""
    labels = []
    for word, recognised in zip(words, recognise_text([word_image(density, word) for word in words]), strict=True):
        text = recognised.text.strip().translate(_MISREAD)
        if _NUMBER.fullmatch(text):
            labels.append(TickLabel(word.middle, float(text)))
    return labels


def _find_axis_line(words: list[TextBox], density: NDArray[np.uint8]) -> AxisRow:
    """Look for the axis line above a row of text."""
    height = float(np.median([word.height for word in words]))
    top = min(word.top for word in words)
    left, right = words[0].left, words[-1].right
    above = density[max(0, top - round(_MAX_LINE_DISTANCE * height)) : top] > 0.3 * float(density.max())
    covered = above[:, left:right].mean(axis=1) if above.size else np.zeros(0)
    lines = np.flatnonzero(covered >= _MIN_LINE_COVERAGE)
    if not lines.size:  # nothing is above the text
        return AxisRow(tuple(words), None, (left, right))
    last = first = int(lines[-1])
    while first > 0 and covered[first - 1] >= _MIN_LINE_COVERAGE:
        first -= 1
    start = max(0, top - round(_MAX_LINE_DISTANCE * height))
    inked: NDArray[np.bool_] = above[first : last + 1].max(axis=0)
    return AxisRow(
        tuple(words), (start + first, start + last + 1), _run_around(inked, (left + right) // 2, round(height))
    )


def _run_around(inked: NDArray[np.bool_], middle: int, gap: int) -> tuple[int, int]:
    """Ends of the inked run around a column, across gaps narrower than ``gap``."""
    columns = np.flatnonzero(inked)
    breaks = np.flatnonzero(np.diff(columns) > max(gap, 2))
    starts = columns[np.concatenate([[0], breaks + 1])]
    stops = columns[np.concatenate([breaks, [len(columns) - 1]])]
    nearest = int(np.argmin(np.maximum(starts - middle, middle - stops)))
    return int(starts[nearest]), int(stops[nearest]) + 1


def _evenness(row: AxisRow) -> float:
    """Share of the gaps between words that are multiples of the median gap."""
    gaps = np.diff([word.middle for word in row.words])
    steps = gaps / max(float(np.median(gaps)), 1.0)
    return float((np.abs(steps - np.rint(steps)) < 0.12).mean())
