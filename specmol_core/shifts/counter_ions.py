"""Shifts of common counter-ions, which are known better than the network predicts them.

The uncertainties cover the differences between solvents, concentrations and protonation states. A comment beside
an entry names a measurement: [n] is an nmrshiftdb2 record, [c] a cheminfo record; [F] is G. R. Fulmer et al.,
Organometallics 2010, 29, 2176; [G] is V. Govindaraju, K. Young, A. A. Maudsley, NMR Biomed. 2000, 13, 129 (in D2O).
Where no record has the ion, "like" names one of an ion or compound with the same group. "Set by hand" is a typical
value of the ion's salts for which there is neither a record nor a citation. The carbons of nmrshiftdb2 10016713,
10016714 and 9749 (sodium mesylate 41.1, sodium benzenesulfonate, tetraethylammonium iodide in D2O) lie 2 to 3 ppm above
other measurements, so their reference differs; they were not used.
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
    "O=S(=O)([O-])C(F)(F)F": (((120.7, 0.5), _NONE),),  # [n] 20207488: 120.99
    # Like [n] 10018909, a triflamide: 119.5.
    "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F": (((119.8, 0.4), _NONE),) * 2,
    # [n] 10016792, acid: 163.0, 115.0.
    "O=C([O-])C(F)(F)F": (((160.5, 1.8), _NONE), ((116.6, 0.6), _NONE)),
    "CS(=O)(=O)[O-]": (((39.3, 0.6), (2.6, 0.18)),),  # [n] 19876, acid: 39.06, 2.9
    # [n] 10008880, acid in D2O: 20.9, 140.0, 129.7, 125.8, 142.5. 1H like [n] 20096813, 2,4-xylenesulfonic acid: 2.25,
    # 6.98, 7.63.
    "Cc1ccc(S(=O)(=O)[O-])cc1": (
        ((21.1, 0.3), (2.33, 0.04)),
        ((139.9, 1.5), _NONE),
        ((128.9, 0.5), (7.18, 0.09)),
        ((125.9, 0.3), (7.67, 0.12)),
        ((143.2, 2.0), _NONE),
        ((125.9, 0.3), (7.67, 0.12)),
        ((128.9, 0.5), (7.18, 0.09)),
    ),
    # Like [n] 20200647 and 20208111, 4-substituted: 147.3, 125.0, 7.55, and 125.7, 7.75. Set by hand: meta and para.
    "O=S(=O)([O-])c1ccccc1": (
        ((146.0, 2.0), _NONE),
        ((125.8, 0.3), (7.75, 0.12)),
        ((128.4, 0.7), (7.40, 0.10)),
        ((130.0, 1.3), (7.40, 0.10)),
        ((128.4, 0.7), (7.40, 0.10)),
        ((125.8, 0.3), (7.75, 0.12)),
    ),
    # [n] 30096620: 1.92; [G] 1.90; [F], acid in nine solvents: 1.5 to 2.1, 20.1 to 21.0, 171.7 to 177.2.
    "CC(=O)[O-]": (((22.8, 1.2), (1.92, 0.07)), ((176.0, 2.5), _NONE)),
    # [n] 19790, acid in CDCl3: 8.02; [c] cheminfo443:196, sodium formate: 8.54. Set by hand: 13C.
    "O=C[O-]": (((167.0, 2.5), (8.35, 0.13)),),
    "O=C([O-])/C=C\\C(=O)O": (  # set by hand
        ((168.5, 1.5), _NONE), ((135.3, 1.0), (6.18, 0.12)), ((135.3, 1.0), (6.18, 0.12)), ((168.5, 1.5), _NONE),
    ),
    "O=C([O-])/C=C/C(=O)O": (  # [n] 10016803, acid: 166.6, 134.2; 30095503, dianion: 6.54
        ((168.0, 2.0), _NONE), ((134.8, 0.7), (6.63, 0.07)), ((134.8, 0.7), (6.63, 0.07)), ((168.0, 2.0), _NONE),
    ),
    "O=C([O-])C(=O)O": (((162.5, 2.0), _NONE),) * 2,  # [n] 10016797, acid: 160.1
    # [n] 10008686, acid in DMSO: 175.1, 30.1; 20097551, dianion: 183.25, 35.0, 2.41.
    "O=C([O-])CCC(=O)O": (
        ((176.5, 3.0), _NONE), ((31.0, 1.8), (2.42, 0.08)), ((31.0, 1.8), (2.42, 0.08)), ((176.5, 3.0), _NONE),
    ),
    "COS(=O)(=O)[O-]": (((54.5, 1.3), (3.57, 0.15)),),  # [n] 20201437: 56.39, 3.757
    # [n] 20053307: 121.39, 125.17, 135.48, 163.33. Set by hand: 1H.
    "c1ccc([B-](c2ccccc2)(c2ccccc2)c2ccccc2)cc1": (
        ((121.7, 0.3), (6.84, 0.10)), ((125.5, 0.4), (6.98, 0.10)), ((136.0, 0.4), (7.25, 0.15)),
        ((163.8, 0.6), _NONE),
        *(((163.8, 0.6), _NONE), ((136.0, 0.4), (7.25, 0.15)), ((125.5, 0.4), (6.98, 0.10)),
          ((121.7, 0.3), (6.84, 0.10)), ((125.5, 0.4), (6.98, 0.10)), ((136.0, 0.4), (7.25, 0.15))) * 3,
        ((136.0, 0.4), (7.25, 0.15)), ((125.5, 0.4), (6.98, 0.10)),
    ),
    # [n] 20194782, in CD3OD: 9.3, 48.0. 1H like [n] 20209153, diethyl(2-sulfanylethyl)ammonium: 1.44, 3.17.
    "CC[NH+](CC)CC": (
        ((8.8, 0.3), (1.26, 0.06)), ((46.9, 0.9), (3.12, 0.08)), ((46.9, 0.9), (3.12, 0.08)),
        ((8.8, 0.3), (1.26, 0.06)), ((46.9, 0.9), (3.12, 0.08)), ((8.8, 0.3), (1.26, 0.06)),
    ),
    # [n] 10017762: 54.8, 68.3, 56.6. [G]: 3.19, 3.50, 4.05. 1H like [n] 20198938, its phosphate: 3.23, 3.61, 4.18.
    "C[N+](C)(C)CCO": (
        ((54.4, 0.4), (3.18, 0.07)), ((54.4, 0.4), (3.18, 0.07)), ((54.4, 0.4), (3.18, 0.07)),
        ((68.0, 0.5), (3.48, 0.07)), ((56.1, 0.5), (3.95, 0.12)),
    ),
    # [n] 10016928: 13.8, 19.8, 24.3, 59.1; 30095865: 1.02, 1.45, 1.68, 3.40.
    "CCCC[N+](CCCC)(CCCC)CCCC": (
        ((13.6, 0.2), (0.97, 0.05)), ((19.7, 0.3), (1.39, 0.06)), ((23.9, 0.4), (1.62, 0.06)),
        ((58.7, 0.5), (3.22, 0.10)),
        *(((58.7, 0.5), (3.22, 0.10)), ((23.9, 0.4), (1.62, 0.06)), ((19.7, 0.3), (1.39, 0.06)),
          ((13.6, 0.2), (0.97, 0.05))) * 3,
    ),
    "CC[N+](CC)(CC)CC": (  # [n] 20045263: 7.9, 52.8; 9749: 1.26, 3.24
        ((7.5, 0.4), (1.24, 0.08)), ((52.6, 0.5), (3.24, 0.08)),
        *(((52.6, 0.5), (3.24, 0.08)), ((7.5, 0.4), (1.24, 0.08))) * 3,
    ),
    # [n] 20045262: 57.9. 1H like [n] 20112710, decamethonium: 3.12.
    "C[N+](C)(C)C": (((56.0, 1.1), (3.17, 0.10)),) * 4,
    "N#C[S-]": (((131.0, 2.0), _NONE),),  # set by hand
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
