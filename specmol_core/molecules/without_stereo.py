"""SMILES without stereochemistry: the key by which structures of different data sets are compared."""

from __future__ import annotations

from rdkit import Chem

__all__ = ["constitution_of_smiles", "constitution_smiles"]


def constitution_smiles(mol: Chem.Mol) -> str:
    """Canonical SMILES of a molecule without its stereochemistry.

    >>> constitution_smiles(Chem.MolFromSmiles("C[C@H](O)CC"))
    'CCC(C)O'
    """
    return str(Chem.MolToSmiles(mol, isomericSmiles=False))


def constitution_of_smiles(smiles: str) -> str | None:
    """The same of a SMILES; None where RDKit cannot read it.

    >>> constitution_of_smiles("C/C=C/C")
    'CC=CC'
    """
    mol = Chem.MolFromSmiles(smiles)
    return None if mol is None else constitution_smiles(mol)
