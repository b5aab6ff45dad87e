"""Shifts of common counter-ions, which are known better than the network predicts them.

The values are usual ones of the literature. Their uncertainties cover the differences between solvents,
concentrations and protonation states.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.graph import ShiftGraph, shift_graph

__all__ = ["KNOWN", "known_shifts"]

_Shift = tuple[float, float]
"""Shift and uncertainty (ppm)."""
_NONE: _Shift = (0.0, 1.0)

KNOWN: dict[str, tuple[tuple[_Shift, _Shift], ...]] = {
    "O=S(=O)([O-])C(F)(F)F": (((120.7, 0.5), _NONE),),
    "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F": (((119.8, 0.4), _NONE),) * 2,
    "O=C([O-])C(F)(F)F": (((160.5, 1.8), _NONE), ((116.6, 0.6), _NONE)),
    "CS(=O)(=O)[O-]": (((39.3, 0.6), (2.6, 0.18)),),
    "Cc1ccc(S(=O)(=O)[O-])cc1": (
        ((21.1, 0.3), (2.33, 0.04)),
        ((139.9, 1.5), _NONE),
        ((128.9, 0.5), (7.18, 0.09)),
        ((125.9, 0.3), (7.67, 0.12)),
        ((143.2, 2.0), _NONE),
        ((125.9, 0.3), (7.67, 0.12)),
        ((128.9, 0.5), (7.18, 0.09)),
    ),
    "O=S(=O)([O-])c1ccccc1": (
        ((146.0, 2.0), _NONE),
        ((125.8, 0.3), (7.75, 0.12)),
        ((128.4, 0.7), (7.40, 0.10)),
        ((130.0, 1.3), (7.40, 0.10)),
        ((128.4, 0.7), (7.40, 0.10)),
        ((125.8, 0.3), (7.75, 0.12)),
    ),
    "CC(=O)[O-]": (((22.8, 1.2), (1.92, 0.07)), ((176.0, 2.5), _NONE)),
    "O=C[O-]": (((167.0, 2.5), (8.35, 0.13)),),
    "O=C([O-])/C=C\\C(=O)O": (
        ((168.5, 1.5), _NONE), ((135.3, 1.0), (6.18, 0.12)), ((135.3, 1.0), (6.18, 0.12)), ((168.5, 1.5), _NONE),
    ),
    "O=C([O-])/C=C/C(=O)O": (
        ((168.0, 2.0), _NONE), ((134.8, 0.7), (6.63, 0.07)), ((134.8, 0.7), (6.63, 0.07)), ((168.0, 2.0), _NONE),
    ),
    "O=C([O-])C(=O)O": (((162.5, 2.0), _NONE),) * 2,
    "O=C([O-])CCC(=O)O": (
        ((175.5, 2.0), _NONE), ((30.2, 1.0), (2.42, 0.08)), ((30.2, 1.0), (2.42, 0.08)), ((175.5, 2.0), _NONE),
    ),
    "COS(=O)(=O)[O-]": (((53.8, 1.0), (3.50, 0.15)),),
    "c1ccc([B-](c2ccccc2)(c2ccccc2)c2ccccc2)cc1": (
        ((121.7, 0.3), (6.84, 0.10)), ((125.5, 0.4), (6.98, 0.10)), ((136.0, 0.4), (7.25, 0.15)),
        ((163.8, 0.6), _NONE),
        *(((163.8, 0.6), _NONE), ((136.0, 0.4), (7.25, 0.15)), ((125.5, 0.4), (6.98, 0.10)),
          ((121.7, 0.3), (6.84, 0.10)), ((125.5, 0.4), (6.98, 0.10)), ((136.0, 0.4), (7.25, 0.15))) * 3,
        ((136.0, 0.4), (7.25, 0.15)), ((125.5, 0.4), (6.98, 0.10)),
    ),
    "CC[NH+](CC)CC": (
        ((8.7, 0.3), (1.26, 0.06)), ((46.3, 0.6), (3.12, 0.08)), ((46.3, 0.6), (3.12, 0.08)),
        ((8.7, 0.3), (1.26, 0.06)), ((46.3, 0.6), (3.12, 0.08)), ((8.7, 0.3), (1.26, 0.06)),
    ),
    "C[N+](C)(C)CCO": (
        ((54.4, 0.4), (3.18, 0.07)), ((54.4, 0.4), (3.18, 0.07)), ((54.4, 0.4), (3.18, 0.07)),
        ((68.0, 0.5), (3.48, 0.07)), ((56.1, 0.5), (3.95, 0.12)),
    ),
    "CCCC[N+](CCCC)(CCCC)CCCC": (
        ((13.6, 0.2), (0.97, 0.05)), ((19.7, 0.3), (1.39, 0.06)), ((23.9, 0.4), (1.62, 0.06)),
        ((58.7, 0.5), (3.22, 0.10)),
        *(((58.7, 0.5), (3.22, 0.10)), ((23.9, 0.4), (1.62, 0.06)), ((19.7, 0.3), (1.39, 0.06)),
          ((13.6, 0.2), (0.97, 0.05))) * 3,
    ),
    "CC[N+](CC)(CC)CC": (
        ((7.3, 0.3), (1.24, 0.08)), ((52.4, 0.4), (3.24, 0.08)),
        *(((52.4, 0.4), (3.24, 0.08)), ((7.3, 0.3), (1.24, 0.08))) * 3,
    ),
    "C[N+](C)(C)C": (((55.6, 0.5), (3.17, 0.10)),) * 4,
    "N#C[S-]": (((131.0, 2.0), _NONE),),
}  # fmt: skip
"""Shifts of 13C and of the protons of each carbon, in the order of the SMILES."""


def known_shifts(graph: ShiftGraph) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Return shifts (atoms, 4) and uncertainties (atoms, 2) of a counter-ion in the form of
    ``ShiftPredictor.batches``; None if it is not in the table.

    The table holds for all protonation states of the oxygen atoms.

    Examples
    --------
    >>> means, _ = known_shifts(shift_graph(Chem.MolFromSmiles("CS(=O)(=O)O")))
    >>> round(float(means[0, 0]), 1)
    39.3
    """
    return _table().get(_key(graph))


def _key(graph: ShiftGraph) -> bytes:
    return b"|".join(array.tobytes() for array in graph)


@cache
def _table() -> dict[bytes, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    result = {}
    for smiles, shifts in KNOWN.items():
        mol = Chem.MolFromSmiles(smiles)
        means, uncertainties = np.zeros((mol.GetNumAtoms(), 4), np.float32), np.ones((mol.GetNumAtoms(), 2), np.float32)
        carbons = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6]
        for carbon, (c13, h1) in zip(carbons, shifts, strict=True):
            means[carbon], uncertainties[carbon] = (c13[0], h1[0], h1[0], h1[0]), (c13[1], h1[1])
        for variant, order in _protonation_states(mol):
            result[_key(shift_graph(variant))] = means[order], uncertainties[order]
    return result


def _protonation_states(mol: Chem.Mol) -> Iterator[tuple[Chem.Mol, list[int]]]:
    """Yield the molecule with each oxygen as O- or OH, read from its SMILES, with its atoms' former numbers."""
    acidic = [
        atom.GetIdx() for atom in mol.GetAtoms()
        if atom.GetAtomicNum() == 8 and atom.GetDegree() == 1 and (atom.GetFormalCharge() == -1 or atom.GetTotalNumHs())
        and not any(n.GetAtomicNum() == 6 and n.GetTotalNumHs() for n in atom.GetNeighbors())
    ]  # fmt: skip
    for charges in product((-1, 0), repeat=len(acidic)):
        state = Chem.RWMol(mol)
        for index, charge in zip(acidic, charges, strict=True):
            state.GetAtomWithIdx(index).SetFormalCharge(charge)
            state.GetAtomWithIdx(index).SetNumExplicitHs(1 + charge)
            state.GetAtomWithIdx(index).SetNoImplicit(True)
        Chem.SanitizeMol(state)
        smiles = Chem.MolToSmiles(state)
        yield Chem.MolFromSmiles(smiles), list(state.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])
