"""CSP5, a published predictor on 3D structures, behind this project's interface (``pip install 'specmol[csp5]'``)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from rdkit import Chem

from specmol_core.errors import UsageError
from specmol_core.shifts.atoms import AtomShifts

__all__ = ["Csp5"]

_MISSING = "the backend csp5 needs the package csp5: pip install 'specmol[csp5]'"


class Csp5:
    """Shifts by CSP5; it builds a conformer of each molecule and gives no spreads.

    Parameters
    ----------
    module
        What is called in place of the installed package; for tests.

    Raises
    ------
    UsageError
        If the package is not installed.
    """

    def __init__(self, module: Any = None) -> None:
        self._module = _installed() if module is None else module

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Shifts of each molecule; one that CSP5 cannot embed has none.

        Parameters
        ----------
        mols
            Molecules with implicit hydrogens.
        solvent
            A name that CSP5 knows.
        """
        texts, orders = [], []
        for mol in mols:
            texts.append(Chem.MolToSmiles(mol))
            orders.append(list(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"]))
        c13: list[dict[int, float]] = [{} for _ in mols]
        h1: list[dict[int, list[float]]] = [{} for _ in mols]
        parents = [_parents(mol, order) for mol, order in zip(mols, orders, strict=True)]
        for nucleus in ("13C", "1H") if mols else ():
            table = self._module.predict_smiles(texts, nucleus=nucleus, solvent=solvent.lower()).predictions
            for molecule, atom, shift in zip(
                table["molecule_id"], table["atom_index"], table["shift_ppm"], strict=True
            ):
                order = orders[int(molecule)]
                if nucleus == "13C":
                    c13[int(molecule)][order[int(atom)]] = float(shift)
                else:
                    parent = parents[int(molecule)][int(atom) - len(order)]
                    h1[int(molecule)].setdefault(parent, []).append(float(shift))
        return [AtomShifts(c, h) for c, h in zip(c13, h1, strict=True)]


def _installed() -> Any:
    try:
        return importlib.import_module("csp5")
    except ImportError:
        raise UsageError(_MISSING) from None


def _parents(mol: Chem.Mol, order: Sequence[int]) -> list[int]:
    """Atom of ``mol`` under each hydrogen that Chem.AddHs appends to the molecule of its SMILES."""
    return [index for index in order for _ in range(mol.GetAtomWithIdx(index).GetTotalNumHs())]
