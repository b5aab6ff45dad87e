"""Draw chemical shifts from their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts

__all__ = ["drawn_shifts"]

_MAX_SCALES = 4.0
"""Errors are limited to this many scales: the tails of a Student-t can leave the spectrum."""
_METHYLENE_DIFFERENCE_FRACTION = 0.3
"""Scale of the difference between the two protons of a CH2, as a fraction of the full scale. Most
of the error is common to both."""


def drawn_shifts(
    mol: Chem.Mol,
    shifts: AtomShifts,
    classes: Sequence[int],
    rng: np.random.Generator,
    errors_ppm: tuple[float, float],
) -> AtomShifts:
    """Return one draw of all shifts on carbon (ppm); shifts on other atoms do not change.

    Equivalent atoms share one error, added to the mean of their class. An atom with an uncertainty
    is drawn from a Student-t distribution of that scale, other atoms from a normal distribution.

    Parameters
    ----------
    errors_ppm
        Standard deviations for atoms without an uncertainty: 1H, 13C (ppm).
    """
    h1_error, c13_error = errors_ppm
    c13: dict[int, float] = {}
    h1 = {i: list(v) for i, v in shifts.h1.items()}
    for atoms in _by_class(sorted(shifts.c13), classes):
        scale = _scale(shifts.c13_uncertainty, atoms)
        shifted_ppm = sum(shifts.c13[i] for i in atoms) / len(atoms) + _error(rng, scale, shifts.dof_c13, c13_error)
        c13.update(dict.fromkeys(atoms, shifted_ppm))
    carbons = [i for i in sorted(h1) if h1[i] and mol.GetAtomWithIdx(i).GetAtomicNum() == 6]
    for atoms in _by_class(carbons, classes):
        scale = _scale(shifts.h1_uncertainty, atoms)
        common = _error(rng, scale, shifts.dof_h1, h1_error)
        # The two protons of a CH2 are unordered: the higher shifts are averaged, and the lower
        # ones.
        rows = [sorted(shifts.h1[i], reverse=True) for i in atoms]
        width = min(map(len, rows))
        means = [sum(row[k] for row in rows) / len(rows) + common for k in range(width)]
        if width == 2 and means[0] - means[1] > 1e-3:
            half_difference = _METHYLENE_DIFFERENCE_FRACTION * _error(rng, scale, shifts.dof_h1, h1_error)
            means = [means[0] + half_difference, means[1] - half_difference]
        h1.update({i: list(means) if len(h1[i]) == width else [means[0]] * len(h1[i]) for i in atoms})
    return AtomShifts(c13, h1)


def _by_class(atoms: Sequence[int], classes: Sequence[int]) -> list[list[int]]:
    members: dict[int, list[int]] = {}
    for index in atoms:
        members.setdefault(classes[index], []).append(index)
    return list(members.values())


def _scale(scales: dict[int, float], atoms: Sequence[int]) -> float | None:
    known = [scales[i] for i in atoms if i in scales]
    return sum(known) / len(known) if known else None


def _error(rng: np.random.Generator, scale: float | None, dof: float, fallback: float) -> float:
    if scale is None:
        return float(rng.normal(0.0, fallback)) if fallback else 0.0
    return scale * min(max(float(rng.standard_t(dof)), -_MAX_SCALES), _MAX_SCALES)
