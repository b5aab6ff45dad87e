"""Atoms of ions, whose shifts are predicted worse than those of uncharged molecules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.shifts.config import ION_FACTORS
from specmol_core.shifts.inference import CollatedGraphs

__all__ = ["charge_of_molecules", "ion_factors", "is_unbalanced"]

_CHARGE, _NEUTRAL = 3, 2
"""Column of the charge in ``ShiftGraph.atoms``, and its category of uncharged atoms."""


def is_unbalanced(
    atoms: NDArray[np.uint8] | NDArray[np.int64], source: NDArray[np.int64], target: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which atoms (atoms,) have a charge that no opposite charge beside it balances.

    Parameters
    ----------
    atoms
        Categories (atoms, columns), as in ``ShiftGraph``.
    source, target
        Atoms of each edge (edges,), in both directions.
    """
    charge = atoms[:, _CHARGE].astype(np.int64) - _NEUTRAL
    balanced = np.zeros(len(charge), np.bool_)
    balanced[target[charge[source] * charge[target] < 0]] = True
    result: NDArray[np.bool_] = (charge != 0) & ~balanced
    return result


def charge_of_molecules(atoms: NDArray[np.uint8] | NDArray[np.int64], molecule: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the charge of each molecule (molecules,), from the molecule of each atom (atoms,)."""
    charge = atoms[:, _CHARGE].astype(np.int64) - _NEUTRAL
    return np.bincount(molecule, charge).astype(np.int64)


def ion_factors(graphs: CollatedGraphs) -> NDArray[np.float32] | None:
    """Return the factors (atoms, 2) on the uncertainties of 13C and 1H; None if no molecule is an ion."""
    if (graphs.atoms[:, _CHARGE] == _NEUTRAL).all():
        return None
    charged = is_unbalanced(graphs.atoms, *graphs.edges)
    is_ion = np.bincount(graphs.molecule, charged, len(graphs.solvent)) > 0
    return np.where(is_ion[graphs.molecule, None], np.array(ION_FACTORS, np.float32), np.float32(1))
