"""Replace predicted shifts by those of a measured peak list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy.optimize import linear_sum_assignment

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.equivalence import chemical_classes
from specmol_core.simulation.topology import read_topology
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["nearest_or_assigned", "with_listed_carbon_shifts", "with_listed_proton_shifts"]

_MAX_UNCERTAINTIES, _MIN_UNCERTAINTY_PPM = 8.0, {"13C": 0.5, "1H": 0.05}
"""A listed signal may belong to an atom within this many uncertainties of its prediction; and the
minimum uncertainty (ppm)."""
_LISTED_UNCERTAINTY_PPM = {"13C": 0.01, "1H": 0.001}
"""Uncertainty of a shift that was taken from a list (ppm)."""
_MIN_METHYLENE_DIFFERENCE_PPM = 0.001
"""The protons of a CH2 may be two signals if their predictions differ by more than this (ppm)."""


def nearest_or_assigned(
    distance_matrix: NDArray[np.float64], max_distance: float | NDArray[np.float64] = np.inf
) -> NDArray[np.int64]:
    """Return the column (rows,) assigned to each row; unassigned rows get their nearest column.

    Parameters
    ----------
    distance_matrix
        (rows, columns).
    max_distance
        Distances are capped here; a scalar or (rows,). Without a cap, moving every row by one
        column can cost as little as leaving a single row far from its column.

    Examples
    --------
    >>> nearest_or_assigned(np.array([[0.1, 0.5], [0.2, 0.3], [0.9, 0.4]])).tolist()
    [0, 1, 1]
    """
    assigned_columns: NDArray[np.int64] = distance_matrix.argmin(1)
    rows, columns = linear_sum_assignment(np.minimum(distance_matrix, np.reshape(max_distance, (-1, 1))))
    assigned_columns[rows] = columns
    return assigned_columns


def with_listed_carbon_shifts(mol: Chem.Mol, shifts: AtomShifts, listed_ppm: Sequence[float]) -> AtomShifts:
    """Return the shifts with those of a 13C peak list (ppm) where a listed line is assigned nearby.

    Chemically equivalent carbons share a line. Several classes may share one listed line, because
    authors list coinciding lines once.
    """
    if not listed_ppm:
        return shifts
    classes = _equivalence_classes(mol, shifts, [a for a in range(mol.GetNumAtoms()) if a in shifts.c13])
    distance_matrix = np.abs(np.array([[shifts.c13[a[0]] for a in classes]]).T - np.array(listed_ppm))
    max_distance = _max_distances("13C", [shifts.c13_uncertainty[a[0]] for a in classes])
    c13, uncertainty = dict(shifts.c13), dict(shifts.c13_uncertainty)
    for atoms, line, distances, limit in zip(
        classes, nearest_or_assigned(distance_matrix, max_distance), distance_matrix, max_distance, strict=True
    ):
        if distances[line] <= limit:
            c13 |= dict.fromkeys(atoms, listed_ppm[line])
            uncertainty |= dict.fromkeys(atoms, _LISTED_UNCERTAINTY_PPM["13C"])
    return replace(shifts, c13=c13, c13_uncertainty=uncertainty)


def with_listed_proton_shifts(mol: Chem.Mol, shifts: AtomShifts, listed_ppm: Sequence[float]) -> AtomShifts:
    """Return the shifts with those of a 1H peak list (ppm) where one is assigned nearby.

    Protons on N, O and S are included. The two protons of a CH2 may be assigned to two signals.
    """
    if not listed_ppm:
        return shifts
    h1, uncertainty = {a: sorted(values, reverse=True) for a, values in shifts.h1.items()}, dict(shifts.h1_uncertainty)
    # The atoms of a class, and a slice of their protons: all, or the higher or lower one of a CH2.
    proton_groups: list[tuple[list[int], slice]] = []
    for atoms in _equivalence_classes(mol, shifts, [a for a in sorted(h1) if h1[a]]):
        first = h1[atoms[0]]
        are_split = len(first) == 2 and first[0] - first[1] > _MIN_METHYLENE_DIFFERENCE_PPM
        proton_groups += [(atoms, s) for s in ((slice(0, 1), slice(1, 2)) if are_split else (slice(None),))]
    predicted_ppm = [np.mean([np.mean(h1[a][part]) for a in atoms]) for atoms, part in proton_groups]
    distance_matrix = np.abs(np.array([predicted_ppm]).T - np.array(listed_ppm))
    max_distance = _max_distances("1H", [shifts.h1_uncertainty.get(atoms[0], 0.0) for atoms, _ in proton_groups])
    assigned = nearest_or_assigned(distance_matrix, max_distance)
    for (atoms, part), signal, distances, limit in zip(
        proton_groups, assigned, distance_matrix, max_distance, strict=True
    ):
        if distances[signal] <= limit:
            for atom in atoms:
                h1[atom][part] = [listed_ppm[signal]] * len(h1[atom][part])
                uncertainty[atom] = _LISTED_UNCERTAINTY_PPM["1H"]
    return replace(shifts, h1=h1, h1_uncertainty=uncertainty)


def _max_distances(nucleus: Nucleus, uncertainties: Sequence[float]) -> NDArray[np.float64]:
    return _MAX_UNCERTAINTIES * np.maximum(uncertainties, _MIN_UNCERTAINTY_PPM[nucleus])


def _equivalence_classes(mol: Chem.Mol, shifts: AtomShifts, atoms: Sequence[int]) -> list[list[int]]:
    """Return ``atoms`` grouped by chemical equivalence."""
    ranks = chemical_classes(mol, read_topology(mol), shifts.h1)
    members: dict[int, list[int]] = defaultdict(list)
    for atom in atoms:
        members[ranks[atom]].append(atom)
    return list(members.values())
