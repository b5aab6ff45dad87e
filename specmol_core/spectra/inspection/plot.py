"""Draw a spectrum with its picked lines: for people to look at, not for the network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.analysis.recognise import RecognisedLine
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.inspection.inspection import Inspection
from specmol_core.storage.atomic import atomic_write

__all__ = ["draw_inspection", "write_inspection"]

_SIZE_PX = (1600, 720)
_MARGIN_PX = (40, 188, 40, 64)
"""Left, top, right and bottom (pixels); the labels stand in the top margin."""
_PAPER, _INK, _CONTAMINANT_INK, _AXIS = (255, 255, 255), (28, 54, 94), (168, 172, 178), (70, 70, 70)
_COLOURS = {"compound": (190, 40, 40), "solvent": (150, 152, 156), "impurity": (214, 134, 20)}
_LABEL_STEP_PX = 15
"""Least distance between two labels (pixels)."""
_TICK_STEPS_PPM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_MAX_MULTIPLET_GAP_PPM = 0.5
"""Lines of one solvent that are closer than this share a label (ppm)."""
_DOT_RADIUS_PX = 3
"""Radius of the mark on a picked line (pixels)."""
_SUPERSAMPLING = 2


@dataclass(frozen=True)
class _LineLabel:
    ppm: float
    text: str
    kind: str


def write_inspection(path: Path, inspection: Inspection) -> None:
    """Write the drawing as a PNG that appears whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    buffer = io.BytesIO()
    draw_inspection(inspection).save(buffer, "PNG", optimize=True)
    with atomic_write(path, "wb") as file:
        file.write(buffer.getvalue())


def draw_inspection(inspection: Inspection) -> Image.Image:
    """The trace with its axis, and a label for each signal (1H) or line (13C); the solvent is grey.

    The strongest line of the compound fills the height; taller ones of the solvent run out of the top.
    """
    scale = _SUPERSAMPLING
    width, height = (side * scale for side in _SIZE_PX)
    image = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = (edge * scale for edge in _MARGIN_PX)
    box = (left, top, width - right, height - bottom)
    view = _visible_axis(inspection, box[2] - box[0])
    _draw_trace(draw, inspection, view, box)
    _draw_axis(draw, view, box, inspection.spectrum.nucleus, scale)
    _draw_labels(image, draw, _line_labels(inspection), view, box, scale)
    draw.text((left, 12 * scale), _title(inspection), fill=_AXIS, font=_font(17 * scale))
    return image.resize(_SIZE_PX, Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _title(inspection: Inspection) -> str:
    spectrum, recognition = inspection.spectrum, inspection.recognition
    field = f"{spectrum.frequency_mhz:.1f} MHz" if spectrum.frequency_mhz else ""
    name = Path(spectrum.source).name
    return "   ".join(part for part in (name, spectrum.nucleus, field, recognition.solvent or "") if part)


def _visible_axis(inspection: Inspection, columns: int) -> PpmAxis:
    """The part of the axis that holds the lines, with some room."""
    axis = inspection.spectrum.axis
    ppm = [line.peak.ppm for line in inspection.recognition.lines]
    if not ppm:
        return PpmAxis(axis.high, axis.low, columns)
    space = 0.04 * max(max(ppm) - min(ppm), 0.1 * axis.span)
    return PpmAxis(min(axis.high, max(ppm) + space), max(axis.low, min(ppm) - space), columns)


def _draw_trace(
    draw: ImageDraw.ImageDraw, inspection: Inspection, view: PpmAxis, box: tuple[int, int, int, int]
) -> None:
    spectrum, recognition = inspection.spectrum, inspection.recognition
    trace = spectrum.intensities.astype(np.float64) - recognition.floor.baseline
    compound_heights = [abs(line.peak.height) for line in recognition.of_kind("compound")]
    full_scale = 1.06 * (
        max(compound_heights) if compound_heights and not spectrum.peaks else float(np.abs(trace).max())
    )
    space = 0.5 if spectrum.signed else 0.03
    base = box[3] - space * (box[3] - box[1])
    low, high = _column_extremes(trace, spectrum.axis, view)
    extent = (base - box[1]) / full_scale
    ys = np.clip(base - extent * np.stack([high, low]), box[1], box[3])
    is_contaminant = _solvent_columns(inspection, view)
    for x in range(view.points):
        y0, y1 = float(ys[0, x]), float(ys[1, x])
        if x:  # join to the column before, so that the line has no gaps
            y0, y1 = min(y0, float(ys[1, x - 1])), max(y1, float(ys[0, x - 1]))
        draw.line((box[0] + x, y0, box[0] + x, y1 + 1), fill=_CONTAMINANT_INK if is_contaminant[x] else _INK, width=2)
    for line in recognition.lines:
        x_top = box[0] + float(view.position(line.peak.ppm))
        y_top = base - extent * line.peak.height - 2 * _DOT_RADIUS_PX
        if box[1] < y_top < box[3]:
            mark = (x_top - _DOT_RADIUS_PX, y_top - _DOT_RADIUS_PX, x_top + _DOT_RADIUS_PX, y_top + _DOT_RADIUS_PX)
            draw.ellipse(mark, fill=_COLOURS[line.kind])


def _column_extremes(
    trace: NDArray[np.float64], axis: PpmAxis, view: PpmAxis
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value in each column (view.points,)."""
    edges = axis.position(view.high - np.arange(view.points + 1, dtype=np.float64) * view.step) - 0.5
    at = np.interp(edges, np.arange(len(trace)), trace)
    low, high = np.minimum(at[:-1], at[1:]), np.maximum(at[:-1], at[1:])
    first, last = np.ceil(edges[:-1]).astype(int), np.floor(edges[1:]).astype(int) + 1
    for x in np.flatnonzero(last > first):
        part = trace[max(first[x], 0) : max(last[x], 0)]
        if part.size:
            low[x], high[x] = min(low[x], part.min()), max(high[x], part.max())
    return low, high


def _solvent_columns(inspection: Inspection, view: PpmAxis) -> NDArray[np.bool_]:
    hertz = inspection.spectrum.frequency_mhz or 100.0
    is_contaminant = np.zeros(view.points, dtype=bool)
    for line in inspection.recognition.of_kind("solvent", "impurity"):
        extent = max(5.0 * (line.peak.width_hz or 1.0) / hertz, 2 * view.step)
        first, last = (int(view.position(line.peak.ppm + side)) for side in (extent, -extent))
        is_contaminant[max(first, 0) : max(last + 1, 0)] = True
    return is_contaminant


def _draw_axis(
    draw: ImageDraw.ImageDraw, view: PpmAxis, box: tuple[int, int, int, int], nucleus: str, scale: int
) -> None:
    font = _font(14 * scale)
    draw.line((box[0], box[3] + 4 * scale, box[2], box[3] + 4 * scale), fill=_AXIS, width=scale)
    step = next((t for t in _TICK_STEPS_PPM if view.span / t <= 22), _TICK_STEPS_PPM[-1])
    digits = 1 if step < 1 else 0
    for number in range(int(np.ceil(view.low / step)), int(np.floor(view.high / step)) + 1):
        x = box[0] + float(view.position(number * step))
        draw.line((x, box[3] + 4 * scale, x, box[3] + 10 * scale), fill=_AXIS, width=scale)
        text = f"{number * step:.{digits}f}"
        draw.text((x - draw.textlength(text, font=font) / 2, box[3] + 13 * scale), text, fill=_AXIS, font=font)
    text = f"{nucleus} chemical shift (ppm)"
    middle = (box[0] + box[2] - draw.textlength(text, font=font)) / 2
    draw.text((middle, box[3] + 36 * scale), text, fill=_AXIS, font=font)


def _line_labels(inspection: Inspection) -> list[_LineLabel]:
    """What is labelled, high to low shift: signals of the compound in 1H, lines in 13C, and what is masked."""
    recognition = inspection.recognition
    labels = [
        _LineLabel(s.ppm, f"{s.ppm:.2f} {s.multiplicity} {s.integral:.1f}H", "compound") for s in recognition.signals
    ]
    if not labels:
        labels = [
            _LineLabel(line.peak.ppm, f"{line.peak.ppm:.2f}", "compound") for line in recognition.of_kind("compound")
        ]
    for group in _group_multiplets(recognition.of_kind("solvent", "impurity")):
        tallest = max(group, key=lambda line: abs(line.peak.height))
        # "13C satellite of 3.84 ppm" is told by its place.
        text = f"{tallest.peak.ppm:z.2f} {tallest.reason.split(' of ')[0]}"
        labels.append(_LineLabel(tallest.peak.ppm, text, tallest.kind))
    return sorted(labels, key=lambda label: -label.ppm)


def _group_multiplets(lines: Sequence[RecognisedLine]) -> list[list[RecognisedLine]]:
    """Neighbouring lines of one solvent as one group: its multiplet has one label."""
    groups: list[list[RecognisedLine]] = []
    for line in lines:
        name = line.reason.split(" with ")[0]
        last = groups[-1][-1] if groups else None
        if last and last.reason.startswith(name) and last.peak.ppm - line.peak.ppm < _MAX_MULTIPLET_GAP_PPM:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _draw_labels(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    labels: Sequence[_LineLabel],
    view: PpmAxis,
    box: tuple[int, int, int, int],
    scale: int,
) -> None:
    """Upright labels along the top, moved apart, each with a leader to its line."""
    max_labels = (box[2] - box[0]) // (_LABEL_STEP_PX * scale)
    drawn_labels = [label for label in labels if label.kind == "compound"][:max_labels]
    drawn_labels += [label for label in labels if label.kind != "compound"][: max_labels - len(drawn_labels)]
    drawn_labels.sort(key=lambda label: -label.ppm)
    line_x = np.array([float(view.position(label.ppm)) for label in drawn_labels])
    label_x = _spread_labels(line_x, _LABEL_STEP_PX * scale, box[2] - box[0])
    font = _font(12 * scale)
    label_bottom = box[1] - 22 * scale
    for label, x, at in zip(drawn_labels, line_x, label_x, strict=True):
        colour = _COLOURS[label.kind]
        points = [
            (box[0] + x, box[1] - 4 * scale),
            (box[0] + x, box[1] - 8 * scale),
            (box[0] + at, label_bottom + 2 * scale),
        ]
        draw.line(points, fill=colour, width=scale)
        length = int(draw.textlength(label.text, font=font)) + 2
        tile = Image.new("RGB", (length, 16 * scale), _PAPER)
        ImageDraw.Draw(tile).text((0, 0), label.text, fill=colour, font=font)
        tile = tile.rotate(90, expand=True)
        tile = tile.crop((0, max(0, length - label_bottom + 34 * scale), tile.width, length))
        image.paste(tile, (round(box[0] + at) - tile.width // 2, label_bottom - tile.height))


def _spread_labels(label_x: NDArray[np.float64], step: float, space: float) -> NDArray[np.float64]:
    """Places at least a step apart, near where they were (rising, within 0 to room)."""
    moved_x = label_x.copy()
    for _ in range(200):
        gaps = np.diff(moved_x)
        close = np.flatnonzero(gaps < step - 0.01)
        if not close.size:
            break
        for i in close:
            push = 0.5 * (step - (moved_x[i + 1] - moved_x[i]))
            if push > 0:
                moved_x[i], moved_x[i + 1] = moved_x[i] - push, moved_x[i + 1] + push
    if moved_x.size:
        moved_x += max(0.0, -moved_x[0])
        moved_x -= max(0.0, moved_x[-1] - space)
    return moved_x
