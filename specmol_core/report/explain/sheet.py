"""Why a candidate fits the spectra or not, as a picture: its structure over the assigned spectra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from specmol_core.drawing.canvas import Canvas, cut, text_width
from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.drawing.svg_canvas import SvgCanvas
from specmol_core.errors import UsageError
from specmol_core.matcher.assignment import Assignment
from specmol_core.report.explain.colours import INK, PALE
from specmol_core.report.explain.legend import draw_legend
from specmol_core.report.explain.spectrum import Panel
from specmol_core.report.explain.structure import draw_structure
from specmol_core.spectra.spectrum import SpectrumPair
from specmol_core.storage.atomic import atomic_write

__all__ = ["Explained", "write_explanation"]

_WIDTH = 1000.0
"""Width of the sheet (units, which are pixels of the SVG)."""
_PIXELS = 1.6
"""Pixels of a PNG per unit."""
_EDGE = 14.0
_AXIS = (76.0, 984.0)
"""Left and right end of the axes (units)."""
_TOP, _STRUCTURE, _SPACE = 62.0, (690.0, 290.0), 14.0
"""Height of the title, size of the structure, and distance between parts (units)."""
_LEGEND = (716.0, 270.0)
"""Left edge and width of the legend (units)."""
_TITLE, _NOTE = 20.0, 13.0
"""Sizes of the fonts."""


@dataclass(frozen=True)
class Explained:
    """A candidate and what the spectra say about each of its atoms."""

    rank: int
    name: str
    """As its library has it: a stranger's text."""
    formula: str
    smiles: str
    probability: float
    assignment: Assignment


def write_explanation(path: Path, explained: Explained, pair: SpectrumPair, note: str = "") -> None:
    """Write a picture that appears whole or not at all; the same input gives the same bytes.

    The structure, its atoms coloured by the deviation of their shifts, stands over the 13C and the 1H spectrum with the
    atoms of each signal, and under each the predicted lines joined with the signals they are assigned to.

    Parameters
    ----------
    path
        Ends in .svg or .png, which tells the format: an SVG of 1000 pixels' width, or a PNG of 1600.
    pair
        The spectra; signals of a nucleus that it lacks colour atoms but have no panel.
    note
        A verdict, one line under the title.

    Raises
    ------
    UsageError
        If the path has another ending.
    OutputError
        If the file cannot be written.
    ValueError
        If RDKit does not read the candidate's SMILES, or it has fewer atoms than the signals tell of.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"{path}: an explanation is drawn as .svg or .png; end the name in one of them")
    signals = explained.assignment.signals
    panels = [Panel(s, [t for t in signals if t.nucleus == s.nucleus], _AXIS) for s in reversed(pair.spectra)]
    height = math.ceil(_TOP + _STRUCTURE[1] + sum(_SPACE + panel.height for panel in panels) + _SPACE / 2)
    canvas: Canvas
    if path.suffix.lower() == ".svg":
        canvas = SvgCanvas(_WIDTH, height, cut(f"{explained.rank}. {explained.name}", _TITLE, _WIDTH))
    else:
        canvas = PngCanvas(_WIDTH, height, _PIXELS)
    _draw(canvas, explained, panels, note)
    with atomic_write(path, "wb") as file:
        file.write(canvas.encode())


def _draw(canvas: Canvas, explained: Explained, panels: list[Panel], note: str) -> None:
    signals = explained.assignment.signals
    _draw_title(canvas, explained, note)
    draw_structure(canvas, explained.smiles, signals, (_EDGE, _TOP), _STRUCTURE)
    draw_legend(canvas, signals, (_LEGEND[0], _TOP), (_LEGEND[1], _STRUCTURE[1]))
    top = _TOP + _STRUCTURE[1]
    for panel in panels:
        panel.draw(canvas, top + _SPACE)
        top += _SPACE + panel.height


def _draw_title(canvas: Canvas, explained: Explained, note: str) -> None:
    """Rank, name, formula and probability in one line, and under it the note."""
    room = _WIDTH - 2 * _EDGE
    formula = cut(explained.formula, _TITLE - 3, room / 4)
    facts = ", ".join(part for part in (formula, _likely(explained.probability)) if part)
    right = text_width(facts, _TITLE - 3)
    # The letters of a bold typeface are wider than those that are measured.
    name = cut(f"{explained.rank}. {explained.name}", _TITLE, 0.92 * (room - right - 2 * _TITLE))
    canvas.text((_EDGE, 30), name, _TITLE, INK, bold=True)
    canvas.text((_WIDTH - _EDGE, 30), facts, _TITLE - 3, INK, anchor="end")
    if line := cut(note, _NOTE, room):
        canvas.text((_EDGE, 50), line, _NOTE, PALE)


def _likely(probability: float) -> str:
    if not math.isfinite(probability):
        return ""
    return f"probability {probability:.4f}" if probability >= 5e-5 else "probability below 0.0001"
