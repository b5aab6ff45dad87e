"""Leave out the shifts of a sentence that its author names as solvent, water or impurity."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.spectra.readers.sentence.scan import PrintedSignal
from specmol_core.spectra.readers.text.attributes import Attributes, without_couplings
from specmol_core.spectra.readers.text.conditions import Conditions
from specmol_core.spectra.readers.text.contaminant_names import named_contaminant
from specmol_core.spectra.reference.solvents import solvent_named

__all__ = ["named_contaminants"]

_MAX_SPACING_ERROR_PPM = 0.11
"""Largest deviation of a printed line from the multiplet of the solvent (ppm); shifts have one decimal."""
_DEFAULT_FREQUENCY_MHZ = 100.6
_MAX_SHOWN = 6


def named_contaminants(
    signals: Sequence[PrintedSignal], stated: Sequence[Attributes], nucleus: str, conditions: Conditions
) -> tuple[set[int], list[str]]:
    """Return the indices of the shifts to leave out, and a note that names them.

    A solvent in brackets after the last line of its 13C multiplet, as in ``77.5, 77.2, 76.8
    (CDCl3)``, stands for the lines before it, too, if they have the distance of the multiplet.
    """
    names: dict[int, str] = {}
    for index, (signal, attributes) in enumerate(zip(signals, stated, strict=True)):
        words = [without_couplings(text) for text in signal.words]
        counted = attributes.count is not None
        name = named_contaminant(words, signal.ppm, nucleus, conditions.solvent, counted=counted)
        if name:
            names[index] = name
            if nucleus == "13C":
                names |= dict.fromkeys(_multiplet_before(signals, index, name, conditions), name)
    if not names or len(names) == len(signals):
        return set(), []
    shown = [f"{signals[index].ppm:g} ({name})" for index, name in sorted(names.items())][:_MAX_SHOWN]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    note = f"left out {', '.join(shown)}{more}: the text names them as solvent, water or impurity"
    return set(names), [note]


def _multiplet_before(signals: Sequence[PrintedSignal], index: int, name: str, conditions: Conditions) -> list[int]:
    """Indices of the bare shifts directly before that are lines of the same multiplet of a solvent."""
    solvent = solvent_named(name) or solvent_named(conditions.solvent)
    frequency = conditions.frequency_mhz or _DEFAULT_FREQUENCY_MHZ
    last = signals[index].ppm
    before = []
    while index > 0 and not signals[index - 1].words:
        index -= 1
        before.append(index)
    for known in solvent.c13 if solvent is not None else ():
        if known.lines < 2:
            continue
        spacing, found = known.coupling_hz / frequency, []
        for position in before[: known.lines - 1]:
            distance = abs(signals[position].ppm - last)
            steps = round(distance / spacing)
            if not 1 <= steps < known.lines or abs(distance - steps * spacing) > _MAX_SPACING_ERROR_PPM:
                break
            found.append(position)
        if len(found) >= 2:
            return found
    return []
