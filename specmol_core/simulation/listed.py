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

__all__ = ["listed_carbons", "listed_protons", "nearest_or_assigned"]

_REACH, _LEAST_SPREAD = 8.0, {"13C": 0.5, "1H": 0.05}
"""A listed signal may be an atom's within so many spreads of its prediction, and a spread is so much at least (ppm)."""
_PRINTED = {"13C": 0.01, "1H": 0.001}
"""To how much it then stands there (ppm)."""
_APART = 0.001
"""Protons of a CH2 that are predicted farther apart than this may be two signals (ppm)."""


def nearest_or_assigned(apart: NDArray[np.float64], reach: float | NDArray[np.float64] = np.inf) -> NDArray[np.int64]:
    """Column (rows,) of each row of distances (rows, columns): that of the best assignment, or the nearest without one.

    Parameters
    ----------
    reach
        Distance (or one for each row) beyond which one is as bad as another. Without it an assignment in rising order,
        which moves every row by one column, is as good as one that leaves a single row far off.
    """
    found: NDArray[np.int64] = apart.argmin(1)
    rows, columns = linear_sum_assignment(np.minimum(apart, np.reshape(reach, (-1, 1))))
    found[rows] = columns
    return found


def listed_carbons(mol: Chem.Mol, shifts: AtomShifts, listed: Sequence[float]) -> AtomShifts:
    """Predicted shifts with those of a 13C list (ppm) in their place, where an assignment gives a carbon one nearby.

    Carbons that are chemically equivalent share a line; of several classes at a listed line, which authors do not tell
    twice, each may have it.
    """
    if not listed:
        return shifts
    classes = _classes(mol, shifts, [a for a in range(mol.GetNumAtoms()) if a in shifts.c13])
    apart = np.abs(np.array([[shifts.c13[a[0]] for a in classes]]).T - np.array(listed))
    reach = _reach("13C", [shifts.c13_spread[a[0]] for a in classes])
    c13, spread = dict(shifts.c13), dict(shifts.c13_spread)
    for atoms, line, distances, most in zip(classes, nearest_or_assigned(apart, reach), apart, reach, strict=True):
        if distances[line] <= most:
            c13 |= dict.fromkeys(atoms, listed[line])
            spread |= dict.fromkeys(atoms, _PRINTED["13C"])
    return replace(shifts, c13=c13, c13_spread=spread)


def listed_protons(mol: Chem.Mol, shifts: AtomShifts, listed: Sequence[float]) -> AtomShifts:
    """The same of a 1H list, protons on N, O and S included; the two of a CH2 may have a signal each."""
    if not listed:
        return shifts
    h1, spread = {a: sorted(values, reverse=True) for a, values in shifts.h1.items()}, dict(shifts.h1_spread)
    # All atoms of a class, and which of their protons: all, or the higher or the lower of a CH2.
    places: list[tuple[list[int], slice]] = []
    for atoms in _classes(mol, shifts, [a for a in sorted(h1) if h1[a]]):
        first = h1[atoms[0]]
        two = len(first) == 2 and first[0] - first[1] > _APART
        places += [(atoms, s) for s in ((slice(0, 1), slice(1, 2)) if two else (slice(None),))]
    at = [np.mean([np.mean(h1[a][part]) for a in atoms]) for atoms, part in places]
    apart = np.abs(np.array([at]).T - np.array(listed))
    reach = _reach("1H", [shifts.h1_spread.get(atoms[0], 0.0) for atoms, _ in places])
    own = nearest_or_assigned(apart, reach)
    for (atoms, part), signal, distances, most in zip(places, own, apart, reach, strict=True):
        if distances[signal] <= most:
            for atom in atoms:
                h1[atom][part] = [listed[signal]] * len(h1[atom][part])
                spread[atom] = _PRINTED["1H"]
    return replace(shifts, h1=h1, h1_spread=spread)


def _reach(nucleus: Nucleus, spreads: Sequence[float]) -> NDArray[np.float64]:
    return _REACH * np.maximum(spreads, _LEAST_SPREAD[nucleus])


def _classes(mol: Chem.Mol, shifts: AtomShifts, atoms: Sequence[int]) -> list[list[int]]:
    """These atoms, those together that are chemically equivalent."""
    ranks = chemical_classes(mol, read_topology(mol), shifts.h1)
    members: dict[int, list[int]] = defaultdict(list)
    for atom in atoms:
        members[ranks[atom]].append(atom)
    return list(members.values())
