"""The protons of carboxylic acids, whose shifts depend on the solvent and hardly on the structure.

The network, whose labels of these protons are few and contradict each other, predicts anything from 2
to 13 ppm. Of 277 measured ones in nmrshiftdb2, 273 are above 5 ppm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.inference import CollatedGraphs

__all__ = ["is_acid_proton", "with_acid_protons"]

_CARBON, _OXYGEN = 1, 3
"""Categories of the element in ``ShiftGraph.atoms``."""
_ELEMENT, _NEIGHBOURS, _HYDROGENS, _CHARGE, _NEUTRAL = 0, 1, 2, 3, 2
_SINGLE, _DOUBLE = 0, 1
"""Types of bonds outside of rings."""
_USUAL = (11.9, 1.25)
_IN_SOLVENT = {"CDCl3": (10.6, 1.1), "CD2Cl2": (10.6, 1.1), "C6D6": (10.6, 1.1), "DMSO-d6": (12.4, 0.7)}
"""Shift and scale (ppm) of acid protons: of all 277 in nmrshiftdb2, most of which name no solvent, of 17 in CDCl3, and
of 13 in DMSO-d6 (fits of a Student t distribution with four degrees of freedom)."""


def is_acid_proton(graphs: CollatedGraphs) -> NDArray[np.bool_]:
    """Return which atoms (atoms,) are the OH of a carboxylic acid."""
    atoms, (source, target) = graphs.atoms, graphs.edges
    oxygen = (atoms[:, _ELEMENT] == _OXYGEN) & (atoms[:, _CHARGE] == _NEUTRAL) & (atoms[:, _NEIGHBOURS] == 1)
    carbonyl = np.zeros(len(atoms), np.bool_)
    carbonyl[target[(graphs.code == _DOUBLE) & oxygen[source]]] = True
    carbonyl &= atoms[:, _ELEMENT] == _CARBON
    acid = np.zeros(len(atoms), np.bool_)
    acid[target[(graphs.code == _SINGLE) & carbonyl[source]]] = True
    result: NDArray[np.bool_] = acid & oxygen & (atoms[:, _HYDROGENS] == 1)
    return result


def with_acid_protons(
    graphs: CollatedGraphs, means: NDArray[np.float32], uncertainties: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return means (atoms, 4) and uncertainties (atoms, 2) with those of the protons of acids."""
    acid = is_acid_proton(graphs)
    if not acid.any():
        return means, uncertainties
    table = np.array([_IN_SOLVENT.get(solvent, _USUAL) for solvent in SOLVENTS], np.float32)
    shift, scale = table[graphs.solvent[graphs.molecule[acid]]].T
    means, uncertainties = means.copy(), uncertainties.copy()
    means[acid, 1:] = shift[:, None]
    uncertainties[acid, 1] = scale
    return means, uncertainties
