"""Lines of salts: those of the main part, and those of the counter-ions, which may be absent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.predicted_lines import (
    COUNTER_ION_FLAG,
    PredictedLines,
    atoms_of_lines,
    in_order,
    is_proton,
    predicted_lines,
    unpack_lines,
)
from specmol_core.shifts.counter_ions import known_shifts
from specmol_core.shifts.salts import SaltPart

__all__ = [
    "PartShifts",
    "SaltLines",
    "atoms_of_salt_lines",
    "has_counter_ion",
    "joined_lines",
    "molecules_of",
    "salt_lines",
    "with_known_shifts",
    "without_lines",
]

_MAX_COUNT = 255


class PartShifts(NamedTuple):
    """Predicted shifts of one part of a molecule."""

    part: SaltPart
    means: NDArray[np.float32]
    """Shifts (atoms, 4) as of ``ShiftPredictor.batches`` (ppm)."""
    uncertainties: NDArray[np.float32]
    """Uncertainties (atoms, 2) (ppm)."""


class SaltLines(NamedTuple):
    """Lines of one molecule and the part that each belongs to."""

    lines: NDArray[np.void]
    """(lines,) of LINE_DTYPE: 13C first, in rising order for each nucleus."""
    part: NDArray[np.int64]
    """(lines,) index of the part of each line."""


def with_known_shifts(shifts: Sequence[PartShifts]) -> list[PartShifts]:
    """Return the shifts of a molecule's parts, those of common counter-ions from ``shifts.counter_ions``."""
    result = list(shifts[:1])
    for one in shifts[1:]:
        known = known_shifts(one.part.graph)
        result.append(one if known is None else PartShifts(one.part, *known))
    return result


def salt_lines(shifts: Sequence[PartShifts]) -> SaltLines:
    """Return the lines of a molecule from the shifts of its parts; see ``joined_lines``."""
    lines = [predicted_lines([one.part.graph], one.means, one.uncertainties)[0] for one in shifts]
    return joined_lines([one.part for one in shifts], lines)


def joined_lines(parts: Sequence[SaltPart], lines: Sequence[NDArray[np.void]]) -> SaltLines:
    """Return the lines of a molecule from those of its parts, the main part first.

    Numbers of nuclei are those beside one main part. Lines of the other parts have the
    ``COUNTER_ION_FLAG``. Common counter-ions have the shifts of ``shifts.counter_ions``.
    """
    pieces = [lines[0]]
    for part, own in zip(parts[1:], lines[1:], strict=True):
        known = known_shifts(part.graph)
        piece = own.copy() if known is None else predicted_lines([part.graph], *known)[0]
        piece["count"] = np.rint(piece["count"] * (part.copies / parts[0].copies)).clip(1, _MAX_COUNT)
        piece["kind"] |= COUNTER_ION_FLAG
        pieces.append(piece)
    joined = np.concatenate(pieces)
    order = in_order(joined)
    return SaltLines(joined[order], np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])[order])


def atoms_of_salt_lines(shifts: Sequence[PartShifts], salt: SaltLines, nucleus: str) -> list[tuple[int, ...]]:
    """Return the heavy atoms of each line of one nucleus, as numbers in the SMILES of the whole salt."""
    lines = unpack_lines([salt.lines.tobytes()], nucleus)
    part_of_line = salt.part[is_proton(salt.lines) == (nucleus == "1H")]
    result: list[tuple[int, ...]] = [()] * len(lines.ppm)
    for number, (part, means, _) in enumerate(shifts):
        own = np.flatnonzero(part_of_line == number)
        one = _rows(lines, own, np.array([0, len(own)]))
        for line, atoms in zip(own, atoms_of_lines(part.graph, means, one, nucleus), strict=True):
            result[line] = tuple(first + atom for first in part.atoms for atom in atoms)
    return result


def without_lines(lines: PredictedLines, absent: NDArray[np.bool_]) -> PredictedLines:
    """Return the lines of molecules without the absent ones (lines,)."""
    kept = np.concatenate(([0], np.cumsum(~absent)))
    return _rows(lines, ~absent, kept[lines.line_starts])


def has_counter_ion(lines: PredictedLines, of_counter_ion: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Indices of the molecules that have a line of a counter-ion."""
    owner = np.repeat(np.arange(len(lines.line_starts) - 1), np.diff(lines.line_starts))
    return np.unique(owner[of_counter_ion])


def molecules_of(lines: PredictedLines, indices: NDArray[np.int64]) -> PredictedLines:
    """Return the lines of some molecules, whose indices rise."""
    sizes = np.diff(lines.line_starts)
    chosen = np.zeros(len(sizes), np.bool_)
    chosen[indices] = True
    return _rows(lines, np.repeat(chosen, sizes), np.concatenate(([0], np.cumsum(sizes[indices]))))


def _rows(
    lines: PredictedLines, rows: NDArray[np.bool_] | NDArray[np.int64], line_starts: NDArray[np.int64]
) -> PredictedLines:
    return PredictedLines(
        lines.ppm[rows], lines.uncertainty_ppm[rows], lines.nuclei[rows], lines.kind[rows], line_starts
    )
