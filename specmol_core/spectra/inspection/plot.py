"""Draw a spectrum with its picked lines for people to look at; networks use ``canonical_image``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.drawing.canvas import Canvas, Colour, truncate_text
from specmol_core.drawing.labels import space_labels
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.ticks import axis_ticks
from specmol_core.drawing.trace import column_range, zigzag
from specmol_core.spectra.analysis.recognise import RecognisedLine
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.inspection.inspection import Inspection
from specmol_core.storage.atomic import atomic_write

__all__ = ["draw_inspection", "write_inspection"]

_WIDTH, _HEIGHT = 1600, 720
_LEFT, _TOP, _RIGHT, _BOTTOM = 40.0, 188.0, 1560.0, 656.0
"""Edges of the trace's area (pixels); the labels are above it."""
_INK: Colour = (28, 54, 94)
_CONTAMINANT_INK: Colour = (168, 172, 178)
_AXIS: Colour = (70, 70, 70)
_COLOURS: dict[str, Colour] = {"compound": (190, 40, 40), "solvent": (150, 152, 156), "impurity": (214, 134, 20)}
_LABEL_STEP, _MIN_LABEL_STEP = 15.0, 10.0
"""Distance of neighbouring labels, and least distance of many labels in a smaller font (pixels)."""
_LABEL_TOP, _LABEL_BOTTOM = 36.0, 166.0
"""Upper and lower end of the labels (pixels)."""
_MIN_TICK_DISTANCE = 69.0
"""Least distance of two numbers of the axis (pixels)."""
_MAX_MULTIPLET_GAP_PPM = 0.5
"""Distance below which lines of one solvent share a label (ppm)."""
_DOT_RADIUS = 1.6
"""Radius of the mark above a picked line (pixels)."""


@dataclass(frozen=True)
class _LineLabel:
    ppm: float
    text: str
    kind: str


def write_inspection(path: Path, inspection: Inspection) -> None:
    """Write the drawing as a PNG file, atomically.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with atomic_write(path, "wb") as file:
        file.write(draw_inspection(inspection).encode())


def draw_inspection(inspection: Inspection) -> PngCanvas:
    """Draw the trace, its axis, and a label for each signal (1H) or line (13C); the solvent is grey.

    The strongest line of the compound fills the height; taller lines of the solvent are cut off at
    the top.
    """
    canvas = PngCanvas(_WIDTH, _HEIGHT, oversampling=3)
    view = _visible_axis(inspection, round((_RIGHT - _LEFT) * canvas.scale))
    _draw_trace(canvas, inspection, view)
    _draw_axis(canvas, view, inspection.spectrum.nucleus)
    _draw_labels(canvas, _line_labels(inspection), view)
    canvas.text((_LEFT, 27), _title(inspection), 18, _AXIS)
    return canvas


def _x(view: PpmAxis, ppm: float) -> float:
    return _LEFT + float(view.position(ppm)) / view.points * (_RIGHT - _LEFT)


def _title(inspection: Inspection) -> str:
    spectrum, recognition = inspection.spectrum, inspection.recognition
    field = f"{spectrum.frequency_mhz:.1f} MHz" if spectrum.frequency_mhz else ""
    name = Path(spectrum.source).name
    return "   ".join(part for part in (name, spectrum.nucleus, field, recognition.solvent or "") if part)


def _visible_axis(inspection: Inspection, columns: int) -> PpmAxis:
    """The range of the axis that contains the lines, with a margin."""
    axis = inspection.spectrum.axis
    ppm = [line.peak.ppm for line in inspection.recognition.lines]
    if not ppm:
        return PpmAxis(axis.high, axis.low, columns)
    space = 0.04 * max(max(ppm) - min(ppm), 0.1 * axis.span)
    return PpmAxis(min(axis.high, max(ppm) + space), max(axis.low, min(ppm) - space), columns)


def _draw_trace(canvas: Canvas, inspection: Inspection, view: PpmAxis) -> None:
    spectrum, recognition = inspection.spectrum, inspection.recognition
    trace = spectrum.intensities.astype(np.float64) - recognition.floor.baseline
    compound_heights = [abs(line.peak.height) for line in recognition.of_kind("compound")]
    full_scale = 1.06 * (
        max(compound_heights) if compound_heights and not spectrum.peaks else float(np.abs(trace).max())
    )
    space = 0.5 if spectrum.signed else 0.03
    base = _BOTTOM - space * (_BOTTOM - _TOP)
    extent = (base - _TOP) / full_scale
    x = np.linspace(_LEFT, _RIGHT, 2 * view.points + 1)[1::2]
    low, high = column_range(view.position(spectrum.axis.grid()), trace, view.points)
    bottom, top = (np.clip(base - extent * ends, _TOP, _BOTTOM) for ends in (low, high))
    for line in zigzag(x, bottom, top):
        canvas.line(line, _CONTAMINANT_INK)
    bottom[_solvent_columns(inspection, view)] = np.nan
    for line in zigzag(x, bottom, top):
        canvas.line(line, _INK)
    for picked in recognition.lines:
        row = base - extent * picked.peak.height - 2 * _DOT_RADIUS
        if _TOP < row < _BOTTOM:
            canvas.circle((_x(view, picked.peak.ppm), row), _DOT_RADIUS, fill=_COLOURS[picked.kind])


def _solvent_columns(inspection: Inspection, view: PpmAxis) -> NDArray[np.bool_]:
    hertz = inspection.spectrum.frequency_mhz or 100.0
    is_contaminant = np.zeros(view.points, dtype=bool)
    for line in inspection.recognition.of_kind("solvent", "impurity"):
        extent = max(5.0 * (line.peak.width_hz or 1.0) / hertz, 2 * view.step)
        first, last = (int(view.position(line.peak.ppm + side)) for side in (extent, -extent))
        is_contaminant[max(first, 0) : max(last + 1, 0)] = True
    return is_contaminant


def _draw_axis(canvas: Canvas, view: PpmAxis, nucleus: str) -> None:
    row = _BOTTOM + 4
    canvas.line([(_LEFT, row), (_RIGHT, row)], _AXIS)
    for ppm, text in axis_ticks(view.low, view.high, (_RIGHT - _LEFT) / _MIN_TICK_DISTANCE).labels.items():
        x = _x(view, ppm)
        canvas.line([(x, row), (x, row + 6)], _AXIS)
        canvas.text((x, row + 21), text, 15, _AXIS, anchor="middle")
    canvas.text(((_LEFT + _RIGHT) / 2, row + 45), f"{nucleus} chemical shift (ppm)", 15, _AXIS, anchor="middle")


def _line_labels(inspection: Inspection) -> list[_LineLabel]:
    """Labels, high to low shift: signals of the compound (1H) or its lines (13C), and masked
    lines."""
    recognition = inspection.recognition
    labels = [
        _LineLabel(s.ppm, f"{s.ppm:.2f} {s.multiplicity} {s.integral:.1f}H", "compound") for s in inspection.signals
    ]
    if not labels:
        labels = [
            _LineLabel(line.peak.ppm, f"{line.peak.ppm:.2f}", "compound") for line in recognition.of_kind("compound")
        ]
    for group in _group_multiplets(recognition.of_kind("solvent", "impurity")):
        tallest = max(group, key=lambda line: abs(line.peak.height))
        # The position on the axis says which line a satellite belongs to.
        text = f"{tallest.peak.ppm:z.2f} {tallest.reason.split(' of ')[0]}"
        labels.append(_LineLabel(tallest.peak.ppm, text, tallest.kind))
    return sorted(labels, key=lambda label: -label.ppm)


def _group_multiplets(lines: Sequence[RecognisedLine]) -> list[list[RecognisedLine]]:
    """Group neighbouring lines of one solvent, so that its multiplet has one label."""
    groups: list[list[RecognisedLine]] = []
    for line in lines:
        name = line.reason.split(" with ")[0]
        last = groups[-1][-1] if groups else None
        if last and last.reason.startswith(name) and last.peak.ppm - line.peak.ppm < _MAX_MULTIPLET_GAP_PPM:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _draw_labels(canvas: Canvas, labels: Sequence[_LineLabel], view: PpmAxis) -> None:
    """Draw vertical labels along the top without overlap, each with a leader to its line."""
    max_labels = int((_RIGHT - _LEFT) // _MIN_LABEL_STEP)
    drawn_labels = [label for label in labels if label.kind == "compound"][:max_labels]
    drawn_labels += [label for label in labels if label.kind != "compound"][: max_labels - len(drawn_labels)]
    drawn_labels.sort(key=lambda label: -label.ppm)
    line_x = np.array([_x(view, label.ppm) for label in drawn_labels])
    step = min(_LABEL_STEP, (_RIGHT - _LEFT) / max(len(drawn_labels), 1))
    size = 13 * step / _LABEL_STEP
    for label, x, label_x in zip(drawn_labels, line_x, space_labels(line_x, step, (_LEFT, _RIGHT)), strict=True):
        colour = _COLOURS[label.kind]
        canvas.line([(x, _TOP - 4), (x, _TOP - 8), (label_x, _LABEL_BOTTOM + 2)], colour)
        text = truncate_text(label.text, size, _LABEL_BOTTOM - _LABEL_TOP)
        canvas.text((label_x, _LABEL_BOTTOM), text, size, colour, rotated=True)
