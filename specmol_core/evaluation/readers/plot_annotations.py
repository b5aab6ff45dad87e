"""What stands around the trace of a plotted spectrum: axis, grid, integrals, peak labels, structure, inset."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.signal import find_peaks

from specmol_core.drawing.canvas import MIDDLE_LINE, Colour
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.ticks import Ticks, axis_ticks
from specmol_core.spectra.spectrum import Spectrum

__all__ = [
    "Plot",
    "draw_axis",
    "draw_grid",
    "draw_inset",
    "draw_integrals",
    "draw_parameters",
    "draw_peak_labels",
    "draw_structure",
]

_BLACK: Colour = (0, 0, 0)
_GREY: Colour = (215, 215, 215)


@dataclass(frozen=True)
class Plot:
    """Where on the canvas the trace stands; all positions in pixels."""

    canvas: PngCanvas
    spectrum: Spectrum
    window: tuple[float, float]
    """High and low end of what is shown (ppm)."""
    columns: tuple[float, float]
    """Left and right end."""
    rows: tuple[float, float]
    """Row of the strongest line's top, and of the baseline."""
    axis_row: float
    text: float
    """Height of the font."""
    stroke: float
    colour: Colour
    major: float
    """Distance of the labelled ticks (ppm)."""

    def x(self, ppm: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Pixel coordinate of shifts."""
        high, low = self.window
        left, right = self.columns
        share: NDArray[np.float64] = (high - np.asarray(ppm, dtype=np.float64)) / (high - low)
        return np.asarray(left + share * (right - left), dtype=np.float64)

    def visible_points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shifts (n,) and heights (n,) inside the window; the strongest line is 1."""
        grid = self.spectrum.axis.grid()
        inside = (grid <= self.window[0]) & (grid >= self.window[1])
        heights = self.spectrum.intensities[inside].astype(np.float64)
        heights -= np.median(heights)
        return grid[inside], heights / heights.max()

    def peaks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shifts and heights of the lines worth a label, at most 30."""
        grid, heights = self.visible_points()
        level = max(0.04, 6 * float(np.median(np.abs(heights))))
        peak_indices = find_peaks(heights, height=level, prominence=level)[0]
        peak_indices = np.sort(peak_indices[np.argsort(heights[peak_indices])[::-1][:30]])
        return grid[peak_indices], heights[peak_indices]

    def ticks(self) -> Ticks:
        """Ticks of the shift axis (ppm)."""
        high, low = self.window
        return axis_ticks(low, high, step=self.major)

    def draw_trace(self) -> None:
        """Draw the trace as a line through all its points."""
        grid, heights = self.visible_points()
        top, base = self.rows
        y = np.minimum(base - heights * (base - top), self.canvas.height - 1)
        self.canvas.line(np.stack([self.x(grid), y], axis=1), self.colour, self.stroke)


def draw_axis(plot: Plot, title: str, *, title_at_end: bool, frame: bool) -> None:
    """Axis line, ticks, labels and title; with a frame, an intensity axis too."""
    canvas, text, row = plot.canvas, plot.text, plot.axis_row
    left, right = plot.columns
    canvas.line([(left, row), (right, row)], _BLACK, plot.stroke)
    labels, minor = plot.ticks()
    for shifts, length in ((np.array(list(labels)), 0.55 * text), (minor, 0.3 * text)):
        for x in plot.x(shifts).tolist():
            canvas.line([(x, row), (x, row + length)], _BLACK, plot.stroke)
    for ppm, label in labels.items():
        canvas.text((float(plot.x(ppm)), row + 0.75 * text), label, text, _BLACK, anchor="middle", vertical="top")
    if title_at_end:
        canvas.text((right + 0.9 * text, row + 0.75 * text), title, text, _BLACK, vertical="top")
    else:
        canvas.text(((left + right) / 2, row + 2.1 * text), title, text, _BLACK, anchor="middle", vertical="top")
    if frame:
        top = 0.8 * text
        canvas.line([(left, row), (left, top), (right, top), (right, row)], _BLACK, plot.stroke)
        for share in np.linspace(0, 1, 6):
            y = plot.rows[1] - share * (plot.rows[1] - plot.rows[0])
            canvas.line([(left - 0.3 * text, y), (left, y)], _BLACK, plot.stroke)
            canvas.text((left - 0.6 * text, y), f"{share:.1f}", text, _BLACK, anchor="end", vertical="middle")


def draw_grid(plot: Plot) -> None:
    """Grey lines through the main ticks."""
    for ppm in plot.ticks().labels:
        x = float(plot.x(ppm))
        plot.canvas.line([(x, 0.5 * plot.text), (x, plot.axis_row)], _GREY, plot.stroke)


def draw_peak_labels(plot: Plot) -> None:
    """Shifts of the lines, turned upward along the top, each joined with its line."""
    shifts, _ = plot.peaks()
    line_x, text = plot.x(shifts), plot.text
    label_positions = _spread_labels(line_x, 1.05 * text, plot.columns)
    high = 4.2 * text
    for ppm, x, label_x in zip(shifts, line_x, label_positions, strict=True):
        _upright_text(plot, (label_x, high), f"{ppm:.2f}", plot.colour)
        path = [
            (label_x, high + 0.2 * text),
            (label_x, high + 0.5 * text),
            (x, high + 1.4 * text),
            (x, high + 1.9 * text),
        ]
        plot.canvas.line(path, plot.colour, plot.stroke)


def _upright_text(plot: Plot, place: tuple[float, float], text: str, colour: Colour) -> None:
    """Write upward; ``place`` is the middle of the lower end of what is inked."""
    size, scale = 0.9 * plot.text, plot.canvas.scale
    left, top, _, bottom = plot.canvas.font(size).getbbox(text, anchor="ls")
    x = (round(place[0] * scale - (bottom - top) / 2) - top) / scale - MIDDLE_LINE * size
    plot.canvas.text((x, place[1] + left / scale), text, size, colour, rotated=True)


def _spread_labels(line_x: NDArray[np.float64], gap: float, columns: tuple[float, float]) -> NDArray[np.float64]:
    """Places near the wanted ones, no two closer than the gap where there is room."""
    gap = min(gap, (columns[1] - columns[0]) / max(len(line_x), 1))
    label_positions = line_x.copy()
    for _ in range(400):
        close = np.maximum(gap - np.diff(label_positions), 0.0) / 2
        if not close.any():
            break
        label_positions[:-1] -= close
        label_positions[1:] += close
        np.clip(label_positions, *columns, out=label_positions)
    return label_positions


def draw_integrals(plot: Plot, colour: Colour, *, below_axis: bool) -> None:
    """Integral of each group of lines: its curve above the trace, or only its value, turned, with a bracket."""
    grid, heights = plot.visible_points()
    x, text = plot.x(grid), plot.text
    top, base = plot.rows
    groups = _groups(plot)
    areas = [np.cumsum(np.clip(heights[first:last], 0, None)) for first, last in groups]
    unit = min((area[-1] for area in areas), default=1.0)
    largest = max((area[-1] for area in areas), default=1.0)
    row = plot.axis_row + 2.6 * text if below_axis else base + 0.5 * text
    for (first, last), area in zip(groups, areas, strict=True):
        ends = float(x[first]), float(x[last - 1])
        plot.canvas.line([(ends[0], row), (ends[1], row)], colour, plot.stroke)
        middle = sum(ends) / 2
        plot.canvas.line([(middle, row), (middle, row + 0.4 * text)], colour, plot.stroke)
        _upright_text(plot, (middle, row + 3.3 * text), f"{area[-1] / unit:.2f}", colour)
        if not below_axis:
            y = base - 0.12 * (base - top) - area / largest * 0.4 * (base - top)
            plot.canvas.line(np.stack([x[first:last], y], axis=1), colour, plot.stroke)


def _groups(plot: Plot) -> list[tuple[int, int]]:
    """First and last sample of each group of neighbouring lines."""
    grid, _ = plot.visible_points()
    shifts, _ = plot.peaks()
    if not len(shifts):
        return []
    margin = (plot.window[0] - plot.window[1]) / 120
    parts = np.split(shifts, np.flatnonzero(-np.diff(shifts) > 2.5 * margin) + 1)
    edges = [(float(part[0]) + margin, float(part[-1]) - margin) for part in parts]
    spans = [np.searchsorted(-grid, [-high, -low]) for high, low in edges]
    return [(int(first), int(last)) for first, last in spans if last - first > 2]


def draw_structure(plot: Plot, smiles: str) -> None:
    """Draw the compound into the emptiest part of the plot."""
    from rdkit import Chem
    from rdkit.Chem import Draw

    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return
    width, height = round(0.22 * plot.canvas.width), round(0.3 * plot.canvas.height)
    _, base = plot.rows
    left = _emptiest_position(plot, width)
    drawing: Image.Image = Draw.MolToImage(mol, size=(2 * width, 2 * height))  # type: ignore[no-untyped-call]
    size = round(width * plot.canvas.scale), round(height * plot.canvas.scale)
    drawing = drawing.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    drawing.putalpha(ImageOps.invert(drawing.convert("L")))
    plot.canvas.paste(drawing, (left, 0.52 * base - height / 2))


def _emptiest_position(plot: Plot, width: float) -> float:
    """Left end of the part of the trace whose highest line is lowest (pixels)."""
    grid, heights = plot.visible_points()
    x = plot.x(grid)
    starts = np.linspace(plot.columns[0], plot.columns[1] - width, 40)
    tallest = [heights[(x >= start) & (x <= start + width)].max(initial=0.0) for start in starts]
    return float(starts[int(np.argmin(tallest))])


def draw_parameters(plot: Plot) -> None:
    """A title on top, and a list of parameters on the right."""
    text = plot.text
    lines = ["NAME   sample 42", "EXPNO      10", "PROCNO      1", "Date_  20240131", "PULPROG  zg30", "TD      65536"]
    lines += [
        "NS         16",
        "SWH  8012.820 Hz",
        "AQ   4.0894 sec",
        "TE    298.0 K",
        "SI      65536",
        "LB     0.30 Hz",
    ]
    for number, line in enumerate(lines):
        y = (4 + 1.4 * number) * text
        plot.canvas.text((plot.columns[1] + 1.5 * text, y), line, 0.8 * text, _BLACK, vertical="top")
    plot.canvas.text((1.5 * text, 0.15 * text), "AB-123 in CDCl3, 298 K", 0.8 * text, _BLACK, vertical="top")


def draw_inset(plot: Plot) -> None:
    """Enlarge the surroundings of the strongest line, in the emptiest part of the plot."""
    width = 0.25 * plot.canvas.width
    left = _emptiest_position(plot, width)
    top, base = plot.rows
    shifts, heights = plot.peaks()
    if not len(shifts):
        return
    centre = float(shifts[heights.argmax()])
    half = (plot.window[0] - plot.window[1]) / 60
    rows = (top + 0.1 * (base - top), top + 0.4 * (base - top))
    inset = replace(
        plot,
        window=(centre + half, centre - half),
        columns=(left, left + width),
        rows=rows,
        axis_row=rows[1] + 0.5 * plot.text,
        text=0.8 * plot.text,
        major=plot.major / 5,
    )
    if len(inset.visible_points()[0]) > 10:
        draw_axis(inset, "", title_at_end=False, frame=False)
        inset.draw_trace()
