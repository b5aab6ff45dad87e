"""SMILES without stereochemistry: the key to compare structures of different data sets."""

from __future__ import annotations

from rdkit import Chem

__all__ = ["constitution_of_smiles", "constitution_smiles"]


def constitution_smiles(mol: Chem.Mol) -> str:
    """Return the canonical SMILES of a molecule without stereochemistry.

    >>> constitution_smiles(Chem.MolFromSmiles("C[C@H](O)CC"))
    'CCC(C)O'
    """
    return str(Chem.MolToSmiles(mol, isomericSmiles=False))


def constitution_of_smiles(smiles: str) -> str | None:
    """Return the canonical SMILES without stereochemistry; None if RDKit cannot parse the SMILES.

    >>> constitution_of_smiles("C/C=C/C")
    'CC=CC'
    """
    mol = Chem.MolFromSmiles(smiles)
    return None if mol is None else constitution_smiles(mol)
