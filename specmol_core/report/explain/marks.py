"""The marks in the image of a spectrum: observed signals above the trace, predicted lines below it."""

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
"""Decimals of a printed shift."""
NUCLEUS_LABELS: dict[Nucleus, str] = {"1H": "¹H", "13C": "¹³C"}
"""Printed names of the nuclei."""


@dataclass(frozen=True)
class Mark:
    """One position on the shift axis, with its labels."""

    ppm: float
    atoms: str
    """Numbers of the atoms, from 1; "?" if the signal is unassigned."""
    shift: str
    """The shift, and for protons also multiplicity and number of nuclei if known."""
    deviation_in_uncertainties: float | None = None
    """Largest deviation of its signals in predicted uncertainties; None if a shift is missing."""
    matched: bool = True
    """Whether there is a counterpart on the other side: a predicted line or an observed signal."""


def atom_numbers(atoms: Iterable[int]) -> str:
    """Return the numbers (from 1) of atom indices (from 0) as text.

    >>> atom_numbers([3, 7]), atom_numbers([3, 4, 5])
    ('4,8', '4–6')
    """
    numbers = sorted({atom + 1 for atom in atoms})
    parts: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        parts += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    return ",".join(parts)


def observed_marks(signals: Sequence[AssignedSignal]) -> list[Mark]:
    """Return one mark per observed shift of a nucleus, high to low; lines that coincide share one.

    Signals that do not count against the candidate have none.
    """
    groups: dict[float, list[AssignedSignal]] = {}
    for signal in signals:
        if signal.ppm is not None and signal.is_counted:
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
    """Return one mark per predicted line of a nucleus, high to low, even if it is assigned to two signals."""
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
    if first.integral is not None:
        nuclei = f"{first.integral:.1f}H"
    else:  # if lines coincide, the number of nuclei may be that of one line or of all
        nuclei = f"{first.nuclei:.1f}".removesuffix(".0") + "H" if len(group) == 1 and first.nuclei else ""
    return " ".join(part for part in (text, first.multiplicity, nuclei) if part)


def _largest_deviation(group: Sequence[AssignedSignal]) -> float | None:
    known = [signal.deviation_in_uncertainties for signal in group if signal.deviation_in_uncertainties is not None]
    return max(known, key=abs, default=None)
