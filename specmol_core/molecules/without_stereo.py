"""SMILES without stereochemistry: the key by which structures are compared between data sets."""

from __future__ import annotations

from rdkit import Chem

__all__ = ["flat_smiles"]


def flat_smiles(smiles: str) -> str | None:
    """Canonical SMILES without stereochemistry; None where RDKit cannot read it."""
    mol = Chem.MolFromSmiles(smiles)
    return None if mol is None else str(Chem.MolToSmiles(mol, isomericSmiles=False))
