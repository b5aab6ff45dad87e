"""Artificial shift predictions, for tests that need a predictor but no accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts


def predict(mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
    """Return rough shifts that depend on the neighbours of each atom; boron is refused."""
    return [_predicted(mol) for mol in mols]


def _predicted(mol: Chem.Mol) -> AtomShifts:
    c13: dict[int, float] = {}
    h1: dict[int, list[float]] = {}
    for atom in mol.GetAtoms():
        if atom.GetSymbol() == "B":
            raise ValueError("boron is unknown here")
        near = sum(n.GetAtomicNum() > 6 for n in atom.GetNeighbors())
        if atom.GetAtomicNum() == 6:
            c13[atom.GetIdx()] = 20.0 + 100 * atom.GetIsAromatic() + 35 * near + 7 * atom.GetDegree()
        if atom.GetTotalNumHs():
            h1[atom.GetIdx()] = [0.9 + 5 * atom.GetIsAromatic() + 2 * near] * atom.GetTotalNumHs()
    return AtomShifts(c13, h1, dict.fromkeys(c13, 1.0), dict.fromkeys(h1, 0.08))
