"""The forms in which a compound is in solution: isomers that its structure leaves open, and enols."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from rdkit import Chem

__all__ = ["Form", "forms_of"]

_MAX_OPEN_BONDS = 2
_KETO = "[CX3;$([CX3H1]),$([CX3]([#6])[#6])]"
_DIKETONE = Chem.MolFromSmarts(f"[OX1]={_KETO}[CX4;h1,h2]{_KETO}=[OX1]")
"""Two carbonyl groups of ketones or aldehydes around a carbon with hydrogen."""


@dataclass(frozen=True)
class Form:
    """One form of a compound. Its structures have the atoms of the compound, in the same order."""

    name: str
    """``E``, ``Z``, ``enol``; empty for the structure as written."""
    tautomers: tuple[Chem.Mol, ...]
    """Structures that exchange too fast to be seen apart: their shifts are averaged."""
    acidic: tuple[int, ...] = ()
    """Carbons whose hydrogen exchanges with that of a protic solvent."""


def forms_of(mol: Chem.Mol) -> tuple[Form, ...]:
    """Return the forms of a compound that have spectra of their own.

    A double bond whose geometry is not written gives E and Z; more than two such bonds stay open. A
    1,3-diketone is also an enol, whose two tautomers exchange fast.

    >>> [form.name for form in forms_of(Chem.MolFromSmiles("CC=CC"))]
    ['E', 'Z']
    >>> [form.name for form in forms_of(Chem.MolFromSmiles("O=C1CCCC(=O)C1"))]
    ['', 'enol']
    """
    forms = []
    for name, isomer in _isomers(mol):
        matches = isomer.GetSubstructMatches(_DIKETONE)
        acidic = tuple(sorted({match[2] for match in matches}))
        forms.append(Form(name, (isomer,), acidic))
        if len(matches) == 1:
            enols = tuple(_enol(isomer, *ends) for ends in _enol_atoms(matches[0]))
            forms.append(Form(f"{name} enol".strip(), enols, acidic))
    return tuple(forms)


def _isomers(mol: Chem.Mol) -> list[tuple[str, Chem.Mol]]:
    """Return the isomers of the double bonds whose geometry is not written, with their labels."""
    bonds = [info for info in Chem.FindPotentialStereo(mol) if _is_open(mol, info)]
    if not 0 < len(bonds) <= _MAX_OPEN_BONDS:
        return [("", mol)]
    found: dict[str, tuple[str, Chem.Mol]] = {}
    for geometry in product((Chem.BondStereo.STEREOTRANS, Chem.BondStereo.STEREOCIS), repeat=len(bonds)):
        isomer = Chem.RWMol(mol)
        for info, stereo in zip(bonds, geometry, strict=True):
            bond = isomer.GetBondWithIdx(info.centeredOn)
            bond.SetStereoAtoms(info.controllingAtoms[0], info.controllingAtoms[2])
            bond.SetStereo(stereo)
        smiles = Chem.MolToSmiles(isomer)
        # Written and read again, the isomer has its labels and ranks like any other structure.
        order = [int(number) for number in isomer.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"]]
        parsed = Chem.RenumberAtoms(Chem.MolFromSmiles(smiles), np.argsort(order).tolist())
        label = "".join(str(parsed.GetBondBetweenAtoms(*_ends(mol, info)).GetStereo())[-1] for info in bonds)
        found.setdefault(smiles, (label, parsed))
    return list(found.values())


def _ends(mol: Chem.Mol, info: Chem.StereoInfo) -> tuple[int, int]:
    bond = mol.GetBondWithIdx(info.centeredOn)
    return bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()


def _is_open(mol: Chem.Mol, info: Chem.StereoInfo) -> bool:
    """Return whether a double bond has two stable isomers and neither is written: those of N-H and N=N are not."""
    if info.type != Chem.StereoType.Bond_Double or info.specified != Chem.StereoSpecified.Unspecified:
        return False
    if mol.GetBondWithIdx(info.centeredOn).IsInRing():
        return False
    ends = [mol.GetAtomWithIdx(atom) for atom in _ends(mol, info)]
    return any(a.GetAtomicNum() == 6 for a in ends) and all(
        a.GetAtomicNum() == 6 or not a.GetTotalNumHs() for a in ends
    )


def _enol_atoms(match: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Return oxygen, carbon and middle carbon of each of the two carbonyl groups."""
    return (match[0], match[1], match[2]), (match[4], match[3], match[2])


def _enol(mol: Chem.Mol, oxygen: int, carbon: int, middle: int) -> Chem.Mol:
    enol = Chem.RWMol(mol)
    enol.GetBondBetweenAtoms(oxygen, carbon).SetBondType(Chem.BondType.SINGLE)
    enol.GetBondBetweenAtoms(carbon, middle).SetBondType(Chem.BondType.DOUBLE)
    for atom in (oxygen, middle):
        enol.GetAtomWithIdx(atom).SetNoImplicit(False)
        enol.GetAtomWithIdx(atom).SetNumExplicitHs(0)
    Chem.SanitizeMol(enol)
    return enol.GetMol()
