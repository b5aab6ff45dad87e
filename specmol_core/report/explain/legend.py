"""What the colours and marks of an explanation mean, and what speaks against the candidate in words."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.drawing.canvas import Canvas, cut
from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.report.explain.colours import CLASSES, INK, NO_SIGNAL, PALE, RED
from specmol_core.report.explain.marks import DIGITS, SHOWN, Mark, atom_numbers
from specmol_core.report.explain.spectrum import draw_stick

__all__ = ["draw_legend", "objections"]

_NOTABLE = 2.0
"""Deviation in predicted spreads from which it speaks against a candidate."""
_ROW = 17.0
_FONT = 12.0


def objections(signals: Sequence[AssignedSignal]) -> list[str]:
    """One line for each thing that speaks against a candidate.

    Deviations of two predicted spreads and more come first, from the largest on, then signals that no atom explains,
    then lines that are not observed.
    """
    far = [(s, s.deviation, s.deviations) for s in signals if s.deviation is not None and s.deviations is not None]
    far = sorted((row for row in far if abs(row[2]) >= _NOTABLE), key=lambda row: -abs(row[2]))
    found = [
        f"{_of(s)}: {ppm:+.{DIGITS[s.nucleus]}f} ppm ({abs(spreads):.1f} spreads)".replace("-", "−")
        for s, ppm, spreads in far
    ]
    found += [
        f"{SHOWN[s.nucleus]} {s.ppm:z.{DIGITS[s.nucleus]}f} ppm: no atom explains it"
        for s in signals
        if s.ppm is not None and s.predicted is None
    ]
    lost = {False: "not observed", True: "not observed, the solvent may hide it"}
    return [*found, *(f"{_of(s)}: {lost[s.hidden]}" for s in signals if s.ppm is None)]


def draw_legend(
    canvas: Canvas, signals: Sequence[AssignedSignal], corner: tuple[float, float], size: tuple[float, float]
) -> None:
    """Draw the legend into a part of the sheet, and below it as many objections as there is room for."""
    (left, top), (width, height) = corner, size
    canvas.text((left, top + 12), "Observed minus predicted shift, in predicted spreads", _FONT - 1, INK, bold=True)
    step = width / len(CLASSES)
    for number, (name, colour) in enumerate(CLASSES):
        canvas.rectangle((left + number * step, top + 20), (step, 14), fill=colour, outline=PALE)
        canvas.text((left + (number + 0.5) * step, top + 47), name, _FONT, INK, anchor="middle")
    row = top + 68
    canvas.circle((left + 7, row - 4), 5, fill=NO_SIGNAL)
    canvas.text((left + 22, row), "no signal tells of this atom", _FONT, INK)
    row += _ROW + 5
    draw_stick(canvas, (left + 7, row - 13), Mark(0.0, "", "", matched=False))
    canvas.text((left + 22, row), "predicted, not observed", _FONT, INK)
    canvas.circle((left + 172, row - 4), 7, outline=INK, dashed=True)
    canvas.text((left + 185, row), "its atom", _FONT, INK)
    row += _ROW + 1
    canvas.text((left + 7, row), "?", _FONT + 1, RED, anchor="middle", bold=True)
    canvas.text((left + 22, row), "observed, but no atom explains it", _FONT, RED)
    if found := objections(signals):
        _write_objections(canvas, found, (left, row + 30), (width, top + height - row - 30))
    else:
        verdict = "Nothing stands out against it." if signals else "No signal was compared."
        canvas.text((left, row + 30), verdict, _FONT, INK, bold=True)


def _write_objections(canvas: Canvas, found: list[str], corner: tuple[float, float], size: tuple[float, float]) -> None:
    (left, row), (width, height) = corner, size
    canvas.text((left, row), "What speaks against it", _FONT, INK, bold=True)
    most = int(height // _ROW)
    shown = found if len(found) <= most else [*found[: most - 1], f"and {len(found) - most + 1} more"]
    for number, line in enumerate(shown, 1):
        canvas.text((left, row + number * _ROW), cut(line, _FONT, width), _FONT, INK)


def _of(signal: AssignedSignal) -> str:
    atoms = atom_numbers(signal.atoms)
    return f"{SHOWN[signal.nucleus]} of atom{'s' * (len(signal.atoms) > 1)} {atoms}"
