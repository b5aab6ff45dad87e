"""The image that shows how well a candidate fits: its structure above the assigned spectra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from specmol_core.drawing.canvas import Canvas, text_width, truncate_text
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.svg_canvas import SvgCanvas
from specmol_core.errors import UsageError
from specmol_core.matcher.assignment import Assignment
from specmol_core.report.explain.colours import GREY, INK
from specmol_core.report.explain.legend import draw_legend
from specmol_core.report.explain.spectrum import Panel
from specmol_core.report.explain.structure import draw_structure
from specmol_core.spectra.spectrum import SpectrumPair
from specmol_core.storage.atomic import atomic_write

__all__ = ["ExplainedCandidate", "write_candidate_image"]

_SHEET_WIDTH = 1000.0
"""Width of the sheet (units, which are pixels of the SVG)."""
_PIXELS_PER_UNIT = 1.6
"""Pixels of a PNG per unit."""
_MARGIN = 14.0
_AXIS_ENDS = (76.0, 984.0)
"""Left and right end of the axes (units)."""
_TITLE_HEIGHT, _STRUCTURE_SIZE, _PART_SPACING = 62.0, (690.0, 290.0), 14.0
"""Height of the title, size of the structure, and distance between parts (units)."""
_LEGEND_SPAN = (716.0, 270.0)
"""Left edge and width of the legend (units)."""
_TITLE_FONT_SIZE, _NOTE_FONT_SIZE = 20.0, 13.0
"""Sizes of the fonts."""


@dataclass(frozen=True)
class ExplainedCandidate:
    """A candidate with the assignment of the spectra to its atoms."""

    rank: int
    name: str
    """Name in the library: untrusted text."""
    formula: str
    smiles: str
    probability: float
    assignment: Assignment


def write_candidate_image(path: Path, explained: ExplainedCandidate, pair: SpectrumPair, note: str = "") -> None:
    """Write an image of a candidate atomically; the same input gives the same bytes.

    The image shows the structure with its atoms coloured by the deviation of their shifts. Below are the
    13C and the 1H spectrum with the atoms of each signal. Under each spectrum are the predicted lines,
    connected with their signals.

    Parameters
    ----------
    path
        File to write. Its ending determines the format: ``.svg`` (1000 pixels wide) or ``.png`` (1600
        pixels wide).
    explained
        The candidate and its assignment.
    pair
        The spectra. Signals of a nucleus without a spectrum colour atoms but have no panel.
    note
        One line under the title, such as a verdict.

    Raises
    ------
    UsageError
        If the path has another ending.
    OutputError
        If the file cannot be written.
    ValueError
        If RDKit cannot parse the candidate's SMILES, or a signal is assigned to an atom that it lacks.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"{path}: unknown image format; use a name that ends in .svg or .png")
    signals = explained.assignment.signals
    panels = [Panel(s, [t for t in signals if t.nucleus == s.nucleus], _AXIS_ENDS) for s in reversed(pair.spectra)]
    height = math.ceil(
        _TITLE_HEIGHT + _STRUCTURE_SIZE[1] + sum(_PART_SPACING + panel.height for panel in panels) + _PART_SPACING / 2
    )
    canvas: Canvas
    if path.suffix.lower() == ".svg":
        canvas = SvgCanvas(
            _SHEET_WIDTH, height, truncate_text(f"{explained.rank}. {explained.name}", _TITLE_FONT_SIZE, _SHEET_WIDTH)
        )
    else:
        canvas = PngCanvas(_SHEET_WIDTH, height, _PIXELS_PER_UNIT)
    _draw(canvas, explained, panels, note)
    with atomic_write(path, "wb") as file:
        file.write(canvas.encode())


def _draw(canvas: Canvas, explained: ExplainedCandidate, panels: list[Panel], note: str) -> None:
    signals = explained.assignment.signals
    _draw_title(canvas, explained, note)
    draw_structure(canvas, explained.smiles, signals, (_MARGIN, _TITLE_HEIGHT), _STRUCTURE_SIZE)
    draw_legend(canvas, signals, (_LEGEND_SPAN[0], _TITLE_HEIGHT), (_LEGEND_SPAN[1], _STRUCTURE_SIZE[1]))
    top = _TITLE_HEIGHT + _STRUCTURE_SIZE[1]
    for panel in panels:
        panel.draw(canvas, top + _PART_SPACING)
        top += _PART_SPACING + panel.height


def _draw_title(canvas: Canvas, explained: ExplainedCandidate, note: str) -> None:
    """Draw rank, name, formula and probability in one line, and the note under it."""
    available_width = _SHEET_WIDTH - 2 * _MARGIN
    formula = truncate_text(explained.formula, _TITLE_FONT_SIZE - 3, available_width / 4)
    facts = ", ".join(part for part in (formula, _format_probability(explained.probability)) if part)
    right = text_width(facts, _TITLE_FONT_SIZE - 3)
    # Bold letters are wider than the measured regular ones.
    name = truncate_text(
        f"{explained.rank}. {explained.name}", _TITLE_FONT_SIZE, 0.92 * (available_width - right - 2 * _TITLE_FONT_SIZE)
    )
    canvas.text((_MARGIN, 30), name, _TITLE_FONT_SIZE, INK, bold=True)
    canvas.text((_SHEET_WIDTH - _MARGIN, 30), facts, _TITLE_FONT_SIZE - 3, INK, anchor="end")
    if line := truncate_text(note, _NOTE_FONT_SIZE, available_width):
        canvas.text((_MARGIN, 50), line, _NOTE_FONT_SIZE, GREY)


def _format_probability(probability: float) -> str:
    if not math.isfinite(probability):
        return ""
    return f"probability {probability:.4f}" if probability >= 5e-5 else "probability below 0.0001"
