"""One spectrum of an explanation: signals with their atoms above the trace, predicted lines below it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specmol_core.drawing.canvas import Canvas, text_width, truncate_text
from specmol_core.drawing.labels import space_labels
from specmol_core.drawing.ticks import axis_ticks
from specmol_core.drawing.trace import column_range, zigzag
from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.report.explain.colours import GREY, GRID, INK, LIGHT_GREY, RED, TRACE, deviation_colour
from specmol_core.report.explain.marks import NUCLEUS_LABELS, Mark, observed_marks, predicted_marks
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["STICK", "Panel", "draw_stick"]

_MIN_TICK_DISTANCE = 50
"""Least distance of two numbers of the axis (units)."""
_COLUMNS_PER_UNIT = 1.6
"""Columns that the trace is reduced to."""
_MIN_SPAN_PPM: dict[Nucleus, float] = {"1H": 1.0, "13C": 20.0}
"""Narrowest part of the axis that is shown (ppm)."""
_FONT_SIZE, _LABEL_STEP = 11.0, 13.5
"""Size of the labels, and their distance if there is room (units)."""
_MIN_LABEL_LENGTHS, _MAX_LABEL_LENGTHS = (14.0, 24.0), (60.0, 100.0)
"""Least and most room for the texts of atoms and of shifts (units)."""
_GAP = 5.0
_HEADING_HEIGHT, _LEADER_HEIGHT, _TRACE_HEIGHT, _LINK_HEIGHT, _LOWER_LEADER_HEIGHT, _AXIS_HEIGHT = (
    26.0,
    30.0,
    128.0,
    44.0,
    14.0,
    42.0,
)
"""Heights of the heading, the leaders, the trace, the joining lines, the lower leaders and the axis (units)."""
STICK = (5.0, 18.0)
"""Width and height of the stick of a predicted line (units)."""
_PEAK_SEARCH_COLUMNS = 4
"""Columns on both sides of a shift in which the top of its line is sought."""
_NOISE_MARGIN = 0.03
"""Share of the trace's height that is left for noise below the baseline."""
_MAX_UNASSIGNED_RATIO = 2.0
"""Largest height of an unassigned signal, relative to the tallest assigned one, that sets the scale."""


class Panel:
    """The panel of one spectrum, between two columns of the sheet.

    Parameters
    ----------
    spectrum
        The spectrum.
    signals
        Signals of the spectrum's nucleus.
    columns
        Left and right end of the axis (units).
    """

    def __init__(self, spectrum: Spectrum, signals: Sequence[AssignedSignal], columns: tuple[float, float]) -> None:
        self.spectrum, self.columns = spectrum, columns
        self.observed, self.predicted = observed_marks(signals), predicted_marks(signals)
        self._uncounted = sum(not signal.is_counted for signal in signals)
        self._assigned_shifts = sorted(
            {(s.ppm, s.predicted_ppm) for s in signals if s.ppm is not None and s.predicted_ppm is not None}
        )
        self._view = _view(spectrum, [mark.ppm for mark in (*self.observed, *self.predicted)], _width(columns))

    @cached_property
    def _rows(self) -> dict[str, float]:
        """Distance of each row from the panel's top (units)."""
        upper, lower = _label_lengths(self.observed), _label_lengths(self.predicted)
        rows = {"shifts": _HEADING_HEIGHT + upper[1], "atoms": _HEADING_HEIGHT + sum(upper) + _GAP}
        rows["trace"] = rows["atoms"] + _LEADER_HEIGHT
        rows["base"] = rows["trace"] + _TRACE_HEIGHT
        rows["sticks"] = rows["base"] + _LINK_HEIGHT
        rows["lower"] = rows["sticks"] + STICK[1] + _LOWER_LEADER_HEIGHT
        rows["lower_shifts"] = rows["lower"] + lower[0] + _GAP
        rows["axis"] = rows["lower_shifts"] + lower[1] + 8
        return rows

    @property
    def height(self) -> float:
        """Height of the panel including the axis (units)."""
        return self._rows["axis"] + _AXIS_HEIGHT

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw the panel with its upper edge at ``top`` (units)."""
        rows = {name: top + below for name, below in self._rows.items()}
        self._draw_axis(canvas, rows)
        self._draw_heading(canvas, top, rows)
        for ppm, predicted in self._assigned_shifts:
            path = [(self._x(ppm), rows["base"] + 2), (self._x(ppm), rows["base"] + 7)]
            canvas.line([*path, (self._x(predicted), rows["sticks"] - 1)], GREY, 0.8)
        peak_rows = self._draw_trace(canvas, rows)
        self._draw_observed(canvas, rows, peak_rows)
        self._draw_predicted(canvas, rows)

    def _x(self, ppm: float) -> float:
        return self.columns[0] + float(self._view.position(ppm)) / self._view.points * _width(self.columns)

    def _draw_axis(self, canvas: Canvas, rows: dict[str, float]) -> None:
        view, row, (left, right) = self._view, rows["axis"], self.columns
        ticks = axis_ticks(view.low, view.high, _width(self.columns) / _MIN_TICK_DISTANCE)
        for x in map(self._x, ticks.minor.tolist()):
            canvas.line([(x, row), (x, row + 3)], INK)
        for ppm, text in ticks.labels.items():
            x = self._x(ppm)
            canvas.line([(x, rows["atoms"] + 4), (x, row)], GRID)
            canvas.text((x, row + 18), text, 12, INK, anchor="middle")
            canvas.line([(x, row), (x, row + 6)], INK)
        canvas.line([(left, row), (right, row)], INK)
        title = f"{NUCLEUS_LABELS[self.spectrum.nucleus]} chemical shift (ppm)"
        canvas.text(((left + right) / 2, row + 35), title, 12, INK, anchor="middle")

    def _draw_heading(self, canvas: Canvas, top: float, rows: dict[str, float]) -> None:
        """Draw the name of the spectrum, a summary of the assignment, and the names of the rows."""
        unassigned = sum(not mark.matched for mark in self.observed)
        unobserved = sum(not mark.matched for mark in self.predicted)
        summary = f"{len(self.observed) - unassigned} of {len(self.observed)} signals explained"
        summary += f", {unobserved} of {len(self.predicted)} predicted lines not observed"
        if self._uncounted:
            summary += f"; {self._uncounted} too weak, or maybe solvent, not counted"
        if not self.observed and not self.predicted:
            summary = "nothing observed, nothing predicted"
        heading = NUCLEUS_LABELS[self.spectrum.nucleus]
        canvas.text((14, top + 15), heading, 15, INK, bold=True)
        canvas.text((22 + text_width(heading, 15), top + 15), summary, 12, GREY)
        for name, row, marks in (
            ("observed", rows["shifts"], self.observed),
            ("atom", rows["atoms"], self.observed),
            ("predicted", rows["sticks"] + STICK[1] / 2 + 4, self.predicted),
            ("atom", rows["lower"] + _FONT_SIZE, self.predicted),
            ("shift", rows["lower_shifts"] + _FONT_SIZE, self.predicted),
        ):
            if marks:
                canvas.text((14, row), name, 10, GREY)

    def _draw_trace(self, canvas: Canvas, rows: dict[str, float]) -> NDArray[np.float64]:
        """Draw the trace; return its upper edge in each column (view.points,), NaN without a trace.

        Lines taller than the full height are cut at the edge.
        """
        x = self._view.position(self.spectrum.axis.grid())
        low, high = column_range(x, self.spectrum.intensities, self._view.points)
        full_height = self._full_height(np.fmax(np.abs(low), np.abs(high)))
        up = min(max(float(np.nanmax(high, initial=0.0)) / full_height, 0.1), 1.0)
        down = (
            min(max(-float(np.nanmin(low, initial=0.0)) / full_height, _NOISE_MARGIN), 1.0)
            if self.spectrum.signed
            else _NOISE_MARGIN
        )
        unit = _TRACE_HEIGHT / (up + down)
        zero = rows["trace"] + unit * up
        ys = [np.clip(zero - unit * part / full_height, rows["trace"], rows["base"]) for part in (high, low)]
        x = np.linspace(*self.columns, 2 * self._view.points + 1)[1::2]
        if self.spectrum.signed:
            canvas.line([(self.columns[0], zero), (self.columns[1], zero)], GRID)
        for line in zigzag(x, ys[1], ys[0]):
            canvas.line(line, TRACE, 0.9)
        return ys[0]

    def _full_height(self, sizes: NDArray[np.float64]) -> float:
        """Return the intensity that fills the panel: that of the tallest signal.

        An unassigned signal (such as a solvent line) that is much taller than all assigned ones is ignored.
        """

        def tallest(marks: Sequence[Mark]) -> float:
            return max(
                (float(np.nanmax(sizes[self._columns_near(mark.ppm)], initial=0.0)) for mark in marks), default=0.0
            )

        tallest_explained, tallest_signal = (
            tallest([mark for mark in self.observed if mark.matched]),
            tallest(self.observed),
        )
        full_height = (
            min(tallest_signal, _MAX_UNASSIGNED_RATIO * tallest_explained) if tallest_explained else tallest_signal
        )
        return full_height or float(np.nanmax(sizes, initial=0.0)) or 1.0

    def _columns_near(self, ppm: float) -> slice:
        column = int(self._view.position(ppm))
        return slice(max(column - _PEAK_SEARCH_COLUMNS, 0), column + _PEAK_SEARCH_COLUMNS + 1)

    def _draw_observed(self, canvas: Canvas, rows: dict[str, float], peak_rows: NDArray[np.float64]) -> None:
        label_columns, size = self._label_positions(self.observed)
        for mark, label_x in zip(self.observed, label_columns, strict=True):
            x, colour = self._x(mark.ppm), INK if mark.matched else RED
            nearby = peak_rows[self._columns_near(mark.ppm)]
            peak_row = float(np.nanmin(nearby)) if np.isfinite(nearby).any() else rows["base"]
            row = rows["atoms"] + 3
            path = [
                (label_x, row),
                (label_x, row + 4),
                (x, rows["trace"] - 5),
                (x, max(peak_row - 3, rows["trace"] - 1)),
            ]
            canvas.line(path, LIGHT_GREY if mark.matched else RED, 0.8 if mark.matched else 1.2)
            atoms, shift = (
                truncate_text(mark.atoms, size, _MAX_LABEL_LENGTHS[0]),
                truncate_text(mark.shift, size, _MAX_LABEL_LENGTHS[1]),
            )
            canvas.text((label_x, rows["atoms"]), atoms, size, colour, rotated=True, bold=True)
            canvas.text((label_x, rows["shifts"]), shift, size, colour, rotated=True)

    def _draw_predicted(self, canvas: Canvas, rows: dict[str, float]) -> None:
        label_columns, size = self._label_positions(self.predicted)
        bottom = rows["sticks"] + STICK[1]
        # Hollow sticks are drawn last, because others would hide them.
        for mark, label_x in sorted(
            zip(self.predicted, label_columns, strict=True), key=lambda pair: not pair[0].matched
        ):
            x = self._x(mark.ppm)
            canvas.line(
                [(x, bottom), (x, bottom + 2), (label_x, rows["lower"] - 4), (label_x, rows["lower"] - 2)],
                LIGHT_GREY,
                0.8,
            )
            draw_stick(canvas, (x, rows["sticks"]), mark)
            atoms, shift = (
                truncate_text(mark.atoms, size, _MAX_LABEL_LENGTHS[0]),
                truncate_text(mark.shift, size, _MAX_LABEL_LENGTHS[1]),
            )
            canvas.text((label_x, rows["lower"]), atoms, size, GREY, anchor="end", rotated=True, bold=True)
            canvas.text((label_x, rows["lower_shifts"]), shift, size, GREY, anchor="end", rotated=True)

    def _label_positions(self, marks: Sequence[Mark]) -> tuple[NDArray[np.float64], float]:
        """Columns of the labels (marks,), side by side, and the size of their font that fits them."""
        ends = self.columns[0], self.columns[1]
        step = min(_LABEL_STEP, _width(ends) / max(len(marks), 1))
        return space_labels(
            np.array([self._x(mark.ppm) for mark in marks]), step, ends
        ), _FONT_SIZE * step / _LABEL_STEP


def draw_stick(canvas: Canvas, top: tuple[float, float], mark: Mark) -> None:
    """Draw a predicted line in the colour of its deviation, or dashed and hollow if it is not observed."""
    corner = top[0] - STICK[0] / 2, top[1]
    fill = deviation_colour(mark.deviation_in_uncertainties) if mark.matched else (255, 255, 255)
    canvas.rectangle(corner, STICK, fill=fill, outline=INK, dashed=not mark.matched)


def _width(columns: tuple[float, float]) -> float:
    return columns[1] - columns[0]


def _label_lengths(marks: Sequence[Mark]) -> tuple[float, float]:
    """Room that the atoms and the shifts of all marks need (units)."""
    atoms = max((text_width(mark.atoms, _FONT_SIZE) for mark in marks), default=0.0)
    shifts = max((text_width(mark.shift, _FONT_SIZE) for mark in marks), default=0.0)
    return min(max(atoms, _MIN_LABEL_LENGTHS[0]), _MAX_LABEL_LENGTHS[0]), min(
        max(shifts, _MIN_LABEL_LENGTHS[1]), _MAX_LABEL_LENGTHS[1]
    )


def _view(spectrum: Spectrum, shifts: Sequence[float], width: float) -> PpmAxis:
    """Return the part of the axis that holds all shifts, with a margin; all of it without shifts."""
    columns = round(width * _COLUMNS_PER_UNIT)
    if not shifts:
        return PpmAxis(spectrum.axis.high, spectrum.axis.low, columns)
    high, low = max(shifts), min(shifts)
    margin = max(0.05 * (high - low), (_MIN_SPAN_PPM[spectrum.nucleus] - (high - low)) / 2)
    return PpmAxis(high + margin, low - margin, columns)
