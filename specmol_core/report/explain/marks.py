"""What is marked in the picture of one spectrum: observed signals above the trace, predicted lines below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.spectra.spectrum import Nucleus

__all__ = [
    "NUCLEUS_LABELS",
    "SHIFT_DECIMALS",
    "Mark",
    "atom_numbers",
    "observed_marks",
    "predicted_marks",
]

SHIFT_DECIMALS: dict[Nucleus, int] = {"1H": 2, "13C": 1}
"""Decimals of a shift that is printed."""
NUCLEUS_LABELS: dict[Nucleus, str] = {"1H": "¹H", "13C": "¹³C"}
"""Names of the nuclei as printed."""


@dataclass(frozen=True)
class Mark:
    """One place on the axis of shifts and what is written there."""

    ppm: float
    atoms: str
    """Numbers of the atoms, from 1; "?" where none explains the signal."""
    shift: str
    """The shift, and for protons the multiplicity and the number of nuclei as far as they are known."""
    deviation_in_uncertainties: float | None = None
    """In predicted spreads, the largest of its signals; None where something is missing."""
    matched: bool = True
    """Whether it has a counterpart on the other side."""


def atom_numbers(atoms: Iterable[int]) -> str:
    """Numbers from 1 of atoms counted from 0: "4,8"; three and more in a row are "4–6"."""
    numbers = sorted({atom + 1 for atom in atoms})
    parts: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        parts += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    return ",".join(parts)


def observed_marks(signals: Sequence[AssignedSignal]) -> list[Mark]:
    """One mark for each observed shift of a nucleus, high to low: lines that coincide share it."""
    groups: dict[float, list[AssignedSignal]] = {}
    for signal in signals:
        if signal.ppm is not None:
            groups.setdefault(signal.ppm, []).append(signal)
    marks = []
    for ppm, group in sorted(groups.items(), reverse=True):
        atoms = atom_numbers(atom for signal in group for atom in signal.atoms)
        explained = any(signal.predicted_ppm is not None for signal in group)
        marks.append(
            Mark(ppm, atoms if explained else "?", _format_shift(ppm, group), _largest_deviation(group), explained)
        )
    return marks


def predicted_marks(signals: Sequence[AssignedSignal]) -> list[Mark]:
    """One mark for each predicted line of a nucleus, high to low: a line that shows as two signals has one."""
    groups: dict[tuple[float, tuple[int, ...]], list[AssignedSignal]] = {}
    for signal in signals:
        if signal.predicted_ppm is not None:
            groups.setdefault((signal.predicted_ppm, signal.atoms), []).append(signal)
    marks = []
    for (ppm, atoms), group in sorted(groups.items(), reverse=True):
        shift = f"{ppm:z.{SHIFT_DECIMALS[group[0].nucleus]}f}"
        observed = any(signal.ppm is not None for signal in group)
        marks.append(Mark(ppm, atom_numbers(atoms), shift, _largest_deviation(group), observed))
    return marks


def _format_shift(ppm: float, group: Sequence[AssignedSignal]) -> str:
    first = group[0]
    text = f"{ppm:z.{SHIFT_DECIMALS[first.nucleus]}f}"
    if first.nucleus == "13C":
        return text
    # Of lines that coincide each may have the number of the whole or its own.
    nuclei = f"{first.nuclei:.1f}".removesuffix(".0") + "H" if len(group) == 1 and first.nuclei else ""
    return " ".join(part for part in (text, first.multiplicity, nuclei) if part)


def _largest_deviation(group: Sequence[AssignedSignal]) -> float | None:
    known = [signal.deviation_in_uncertainties for signal in group if signal.deviation_in_uncertainties is not None]
    return max(known, key=abs, default=None)
