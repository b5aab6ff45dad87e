"""Shifts of a measured list in the place of predicted ones."""

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
"""A listed signal may be an atom's within so many spreads of its prediction, and a spread is so much at least (ppm)."""
_LISTED_UNCERTAINTY_PPM = {"13C": 0.01, "1H": 0.001}
"""To how much it then stands there (ppm)."""
_MIN_METHYLENE_DIFFERENCE_PPM = 0.001
"""Protons of a CH2 that are predicted farther apart than this may be two signals (ppm)."""


def nearest_or_assigned(
    distance_matrix: NDArray[np.float64], max_distance: float | NDArray[np.float64] = np.inf
) -> NDArray[np.int64]:
    """Column (rows,) of each row of distances (rows, columns): that of the best assignment, or the nearest without one.

    Parameters
    ----------
    max_distance
        Distance (or one for each row) beyond which one is as bad as another. Without it an assignment in rising order,
        which moves every row by one column, is as good as one that leaves a single row far off.
    """
    assigned_columns: NDArray[np.int64] = distance_matrix.argmin(1)
    rows, columns = linear_sum_assignment(np.minimum(distance_matrix, np.reshape(max_distance, (-1, 1))))
    assigned_columns[rows] = columns
    return assigned_columns


def with_listed_carbon_shifts(mol: Chem.Mol, shifts: AtomShifts, listed_ppm: Sequence[float]) -> AtomShifts:
    """Predicted shifts with those of a 13C list (ppm) in their place, where an assignment gives a carbon one nearby.

    Carbons that are chemically equivalent share a line; of several classes at a listed line, which authors do not tell
    twice, each may have it.
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
    """The same of a 1H list, protons on N, O and S included; the two of a CH2 may have a signal each."""
    if not listed_ppm:
        return shifts
    h1, uncertainty = {a: sorted(values, reverse=True) for a, values in shifts.h1.items()}, dict(shifts.h1_uncertainty)
    # All atoms of a class, and which of their protons: all, or the higher or the lower of a CH2.
    proton_groups: list[tuple[list[int], slice]] = []
    for atoms in _equivalence_classes(mol, shifts, [a for a in sorted(h1) if h1[a]]):
        first = h1[atoms[0]]
        two = len(first) == 2 and first[0] - first[1] > _MIN_METHYLENE_DIFFERENCE_PPM
        proton_groups += [(atoms, s) for s in ((slice(0, 1), slice(1, 2)) if two else (slice(None),))]
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
    """These atoms, those together that are chemically equivalent."""
    ranks = chemical_classes(mol, read_topology(mol), shifts.h1)
    members: dict[int, list[int]] = defaultdict(list)
    for atom in atoms:
        members[ranks[atom]].append(atom)
    return list(members.values())
