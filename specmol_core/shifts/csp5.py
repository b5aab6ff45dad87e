"""Shift prediction by CSP5, a published 3D predictor (``pip install 'specmol[csp5]'``)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from rdkit import Chem

from specmol_core.errors import UsageError
from specmol_core.shifts.atoms import AtomShifts

__all__ = ["Csp5"]

_SOLVENTS = ("cdcl3", "dmso-d6", "cd3od", "acetone-d6", "cd2cl2", "c6d6", "cd3cn", "d2o", "thf-d8", "toluene-d8",
            "dmf-d7")  # fmt: skip
"""Solvents of CSP5 0.3.1."""
_MISSING_MESSAGE = "the backend csp5 needs the package csp5: pip install 'specmol[csp5]'"


class Csp5:
    """Shifts predicted by CSP5, which builds a conformer of each molecule and gives no uncertainty.

    Parameters
    ----------
    module
        Replacement of the installed package, for tests.

    Raises
    ------
    UsageError
        If the package is not installed.
    """

    def __init__(self, module: Any = None) -> None:
        self._module = _import_csp5() if module is None else module

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Return the shifts of each molecule (ppm); empty if CSP5 cannot embed the molecule.

        Parameters
        ----------
        mols
            Molecules with implicit hydrogens.
        solvent
            Name of a solvent. In one that CSP5 does not know, the shifts are those of CSP5's unknown solvent.
        """
        known = solvent.lower() if solvent.lower() in _SOLVENTS else "unknown"
        return [self._predict_one(mol, known) for mol in mols]

    def _predict_one(self, mol: Chem.Mol, solvent: str) -> AtomShifts:
        # One molecule per call, because CSP5 numbers only the molecules that it could predict.
        text = Chem.MolToSmiles(mol)
        order = list(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])
        parents = _parents(mol, order)
        c13: dict[int, float] = {}
        h1: dict[int, list[float]] = {}
        for nucleus in ("13C", "1H"):
            table = self._module.predict_smiles([text], nucleus=nucleus, solvent=solvent).predictions
            for atom, shift in zip(table["atom_index"], table["shift_ppm"], strict=True):
                if nucleus == "13C":
                    c13[order[int(atom)]] = float(shift)
                else:
                    h1.setdefault(parents[int(atom) - len(order)], []).append(float(shift))
        return AtomShifts(c13, h1)


def _import_csp5() -> Any:
    try:
        return importlib.import_module("csp5")
    except ImportError:
        raise UsageError(_MISSING_MESSAGE) from None


def _parents(mol: Chem.Mol, order: Sequence[int]) -> list[int]:
    """Return the atom of ``mol`` that bears each hydrogen added to the molecule of its SMILES."""
    return [index for index in order for _ in range(mol.GetAtomWithIdx(index).GetTotalNumHs())]
