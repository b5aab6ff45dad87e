"""Draw a spectrum with its picked lines: for people to look at, not for the network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.analysis.recognise import Line
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.inspection.inspection import Inspection
from specmol_core.storage.atomic import atomic_write

__all__ = ["draw_inspection", "write_inspection"]

_SIZE = (1600, 720)
_MARGIN = (40, 188, 40, 64)
"""Left, top, right and bottom (pixels); the labels stand in the top margin."""
_PAPER, _INK, _FAINT, _AXIS = (255, 255, 255), (28, 54, 94), (168, 172, 178), (70, 70, 70)
_COLOURS = {"compound": (190, 40, 40), "solvent": (150, 152, 156), "impurity": (214, 134, 20)}
_LABEL_STEP = 15
"""Least distance between two labels (pixels)."""
_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_MULTIPLET_PPM = 0.5
"""Lines of one solvent that are closer than this share a label (ppm)."""
_DOT = 3
"""Radius of the mark on a picked line (pixels)."""
_SUPERSAMPLING = 2


@dataclass(frozen=True)
class _Label:
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
    width, height = (side * scale for side in _SIZE)
    image = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = (edge * scale for edge in _MARGIN)
    box = (left, top, width - right, height - bottom)
    view = _view(inspection, box[2] - box[0])
    _trace(draw, inspection, view, box)
    _axis(draw, view, box, inspection.spectrum.nucleus, scale)
    _labels(image, draw, _wanted(inspection), view, box, scale)
    draw.text((left, 12 * scale), _title(inspection), fill=_AXIS, font=_font(17 * scale))
    return image.resize(_SIZE, Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _title(inspection: Inspection) -> str:
    spectrum, told = inspection.spectrum, inspection.recognised
    field = f"{spectrum.frequency_mhz:.1f} MHz" if spectrum.frequency_mhz else ""
    name = Path(spectrum.source).name
    return "   ".join(part for part in (name, spectrum.nucleus, field, told.solvent or "") if part)


def _view(inspection: Inspection, columns: int) -> PpmAxis:
    """The part of the axis that holds the lines, with some room."""
    axis = inspection.spectrum.axis
    ppm = [line.peak.ppm for line in inspection.recognised.lines]
    if not ppm:
        return PpmAxis(axis.high, axis.low, columns)
    room = 0.04 * max(max(ppm) - min(ppm), 0.1 * axis.span)
    return PpmAxis(min(axis.high, max(ppm) + room), max(axis.low, min(ppm) - room), columns)


def _trace(draw: ImageDraw.ImageDraw, inspection: Inspection, view: PpmAxis, box: tuple[int, int, int, int]) -> None:
    spectrum, told = inspection.spectrum, inspection.recognised
    trace = spectrum.intensities.astype(np.float64) - told.floor.baseline
    own = [abs(line.peak.height) for line in told.of_kind("compound")]
    full = 1.06 * (max(own) if own and not spectrum.peaks else float(np.abs(trace).max()))
    room = 0.5 if spectrum.signed else 0.03
    base = box[3] - room * (box[3] - box[1])
    low, high = _columns(trace, spectrum.axis, view)
    reach = (base - box[1]) / full
    ys = np.clip(base - reach * np.stack([high, low]), box[1], box[3])
    grey = _solvent_columns(inspection, view)
    for x in range(view.points):
        y0, y1 = float(ys[0, x]), float(ys[1, x])
        if x:  # join to the column before, so that the line has no gaps
            y0, y1 = min(y0, float(ys[1, x - 1])), max(y1, float(ys[0, x - 1]))
        draw.line((box[0] + x, y0, box[0] + x, y1 + 1), fill=_FAINT if grey[x] else _INK, width=2)
    for line in told.lines:
        x_top = box[0] + float(view.position(line.peak.ppm))
        y_top = base - reach * line.peak.height - 2 * _DOT
        if box[1] < y_top < box[3]:
            mark = (x_top - _DOT, y_top - _DOT, x_top + _DOT, y_top + _DOT)
            draw.ellipse(mark, fill=_COLOURS[line.kind])


def _columns(
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
    grey = np.zeros(view.points, dtype=bool)
    for line in inspection.recognised.of_kind("solvent", "impurity"):
        reach = max(5.0 * (line.peak.width_hz or 1.0) / hertz, 2 * view.step)
        first, last = (int(view.position(line.peak.ppm + side)) for side in (reach, -reach))
        grey[max(first, 0) : max(last + 1, 0)] = True
    return grey


def _axis(draw: ImageDraw.ImageDraw, view: PpmAxis, box: tuple[int, int, int, int], nucleus: str, scale: int) -> None:
    font = _font(14 * scale)
    draw.line((box[0], box[3] + 4 * scale, box[2], box[3] + 4 * scale), fill=_AXIS, width=scale)
    step = next((t for t in _TICKS if view.span / t <= 22), _TICKS[-1])
    digits = 1 if step < 1 else 0
    for number in range(int(np.ceil(view.low / step)), int(np.floor(view.high / step)) + 1):
        x = box[0] + float(view.position(number * step))
        draw.line((x, box[3] + 4 * scale, x, box[3] + 10 * scale), fill=_AXIS, width=scale)
        text = f"{number * step:.{digits}f}"
        draw.text((x - draw.textlength(text, font=font) / 2, box[3] + 13 * scale), text, fill=_AXIS, font=font)
    text = f"{nucleus} chemical shift (ppm)"
    middle = (box[0] + box[2] - draw.textlength(text, font=font)) / 2
    draw.text((middle, box[3] + 36 * scale), text, fill=_AXIS, font=font)


def _wanted(inspection: Inspection) -> list[_Label]:
    """What is labelled, high to low shift: signals of the compound in 1H, lines in 13C, and what is masked."""
    told = inspection.recognised
    labels = [_Label(s.ppm, f"{s.ppm:.2f} {s.multiplicity} {s.integral:.1f}H", "compound") for s in told.signals]
    if not labels:
        labels = [_Label(line.peak.ppm, f"{line.peak.ppm:.2f}", "compound") for line in told.of_kind("compound")]
    for group in _together(told.of_kind("solvent", "impurity")):
        tallest = max(group, key=lambda line: abs(line.peak.height))
        # "13C satellite of 3.84 ppm" is told by its place.
        text = f"{tallest.peak.ppm:z.2f} {tallest.reason.split(' of ')[0]}"
        labels.append(_Label(tallest.peak.ppm, text, tallest.kind))
    return sorted(labels, key=lambda label: -label.ppm)


def _together(lines: Sequence[Line]) -> list[list[Line]]:
    """Neighbouring lines of one solvent as one group: its multiplet has one label."""
    groups: list[list[Line]] = []
    for line in lines:
        name = line.reason.split(" with ")[0]
        last = groups[-1][-1] if groups else None
        if last and last.reason.startswith(name) and last.peak.ppm - line.peak.ppm < _MULTIPLET_PPM:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _labels(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    labels: Sequence[_Label],
    view: PpmAxis,
    box: tuple[int, int, int, int],
    scale: int,
) -> None:
    """Upright labels along the top, moved apart, each with a leader to its line."""
    most = (box[2] - box[0]) // (_LABEL_STEP * scale)
    kept = [label for label in labels if label.kind == "compound"][:most]
    kept += [label for label in labels if label.kind != "compound"][: most - len(kept)]
    kept.sort(key=lambda label: -label.ppm)
    true = np.array([float(view.position(label.ppm)) for label in kept])
    places = _spread(true, _LABEL_STEP * scale, box[2] - box[0])
    font = _font(12 * scale)
    foot = box[1] - 22 * scale
    for label, x, at in zip(kept, true, places, strict=True):
        colour = _COLOURS[label.kind]
        points = [(box[0] + x, box[1] - 4 * scale), (box[0] + x, box[1] - 8 * scale), (box[0] + at, foot + 2 * scale)]
        draw.line(points, fill=colour, width=scale)
        length = int(draw.textlength(label.text, font=font)) + 2
        tile = Image.new("RGB", (length, 16 * scale), _PAPER)
        ImageDraw.Draw(tile).text((0, 0), label.text, fill=colour, font=font)
        tile = tile.rotate(90, expand=True)
        tile = tile.crop((0, max(0, length - foot + 34 * scale), tile.width, length))
        image.paste(tile, (round(box[0] + at) - tile.width // 2, foot - tile.height))


def _spread(places: NDArray[np.float64], step: float, room: float) -> NDArray[np.float64]:
    """Places at least a step apart, near where they were (rising, within 0 to room)."""
    out = places.copy()
    for _ in range(200):
        gaps = np.diff(out)
        close = np.flatnonzero(gaps < step - 0.01)
        if not close.size:
            break
        for i in close:
            push = 0.5 * (step - (out[i + 1] - out[i]))
            if push > 0:
                out[i], out[i + 1] = out[i] - push, out[i + 1] + push
    if out.size:
        out += max(0.0, -out[0])
        out -= max(0.0, out[-1] - room)
    return out
