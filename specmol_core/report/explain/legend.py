"""The legend of an explanation: colours, marks, and the observations that disagree with the candidate."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.drawing.canvas import Canvas, truncate_text
from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.report.explain.colours import DEVIATION_CLASSES, GREY, INK, NO_SIGNAL, RED
from specmol_core.report.explain.marks import NUCLEUS_LABELS, SHIFT_DECIMALS, Mark, atom_numbers
from specmol_core.report.explain.spectrum import draw_stick

__all__ = ["draw_legend", "objections"]

_NOTABLE_DEVIATION = 2.0
"""Smallest deviation that counts as a disagreement (predicted uncertainties)."""
_ROW_HEIGHT = 17.0
_FONT_SIZE = 12.0


def objections(signals: Sequence[AssignedSignal]) -> list[str]:
    """Return one line of text for each observation that disagrees with a candidate.

    Deviations of two predicted uncertainties or more come first, from the largest to the smallest, then
    unassigned signals, then predicted lines that are not observed.
    """
    large = [
        (s, s.deviation, s.deviation_in_uncertainties)
        for s in signals
        if s.deviation is not None and s.deviation_in_uncertainties is not None
    ]
    large = sorted((row for row in large if abs(row[2]) >= _NOTABLE_DEVIATION), key=lambda row: -abs(row[2]))
    objection_lines = [
        f"{_describe_atoms(s)}: {ppm:+.{SHIFT_DECIMALS[s.nucleus]}f} ppm ({abs(scaled):.1f} uncertainties)".replace(
            "-", "−"
        )
        for s, ppm, scaled in large
    ]
    objection_lines += [
        f"{NUCLEUS_LABELS[s.nucleus]} {s.ppm:z.{SHIFT_DECIMALS[s.nucleus]}f} ppm: no atom explains it"
        for s in signals
        if s.ppm is not None and s.predicted_ppm is None and s.is_counted
    ]
    missing_reasons = {False: "not observed", True: "not observed, the solvent may hide it"}
    return [
        *objection_lines,
        *(f"{_describe_atoms(s)}: {missing_reasons[s.may_be_masked]}" for s in signals if s.ppm is None),
    ]


def draw_legend(
    canvas: Canvas, signals: Sequence[AssignedSignal], corner: tuple[float, float], size: tuple[float, float]
) -> None:
    """Draw the legend into a part of the sheet, and below it as many objections as fit."""
    (left, top), (width, height) = corner, size
    canvas.text((left, top + 12), "Observed minus predicted shift, in uncertainties", _FONT_SIZE - 1, INK, bold=True)
    step = width / len(DEVIATION_CLASSES)
    for number, (name, colour) in enumerate(DEVIATION_CLASSES):
        canvas.rectangle((left + number * step, top + 20), (step, 14), fill=colour, outline=GREY)
        canvas.text((left + (number + 0.5) * step, top + 47), name, _FONT_SIZE, INK, anchor="middle")
    row = top + 68
    canvas.circle((left + 7, row - 4), 5, fill=NO_SIGNAL)
    canvas.text((left + 22, row), "no signal assigned to this atom", _FONT_SIZE, INK)
    row += _ROW_HEIGHT + 5
    draw_stick(canvas, (left + 7, row - 13), Mark(0.0, "", "", matched=False))
    canvas.text((left + 22, row), "predicted, not observed", _FONT_SIZE, INK)
    canvas.circle((left + 172, row - 4), 7, outline=INK, dashed=True)
    canvas.text((left + 185, row), "its atom", _FONT_SIZE, INK)
    row += _ROW_HEIGHT + 1
    canvas.text((left + 7, row), "?", _FONT_SIZE + 1, RED, anchor="middle", bold=True)
    canvas.text((left + 22, row), "observed, but no atom explains it", _FONT_SIZE, RED)
    if objection_lines := objections(signals):
        _write_objections(canvas, objection_lines, (left, row + 30), (width, top + height - row - 30))
    else:
        verdict = "Nothing stands out against it." if signals else "No signal was compared."
        canvas.text((left, row + 30), verdict, _FONT_SIZE, INK, bold=True)


def _write_objections(
    canvas: Canvas, objection_lines: list[str], corner: tuple[float, float], size: tuple[float, float]
) -> None:
    (left, row), (width, height) = corner, size
    canvas.text((left, row), "What speaks against it", _FONT_SIZE, INK, bold=True)
    max_lines = int(height // _ROW_HEIGHT)
    shown = (
        objection_lines
        if len(objection_lines) <= max_lines
        else [*objection_lines[: max_lines - 1], f"and {len(objection_lines) - max_lines + 1} more"]
    )
    for number, line in enumerate(shown, 1):
        canvas.text((left, row + number * _ROW_HEIGHT), truncate_text(line, _FONT_SIZE, width), _FONT_SIZE, INK)


def _describe_atoms(signal: AssignedSignal) -> str:
    atoms = atom_numbers(signal.atoms)
    return f"{NUCLEUS_LABELS[signal.nucleus]} of atom{'s' * (len(signal.atoms) > 1)} {atoms}"
