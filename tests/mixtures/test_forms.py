"""Forms of a compound: geometries that are not written, and enols."""

from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.mixtures.forms import forms_of


def _forms(smiles: str) -> list[tuple[str, list[str]]]:
    return [(f.name, [Chem.MolToSmiles(t) for t in f.tautomers]) for f in forms_of(Chem.MolFromSmiles(smiles))]


def test_citral_without_geometry_is_two_compounds() -> None:
    assert _forms("CC(C)=CCCC(C)=CC=O") == [
        ("E", [Chem.CanonSmiles("CC(C)=CCC/C(C)=C/C=O")]),
        ("Z", [Chem.CanonSmiles("CC(C)=CCC/C(C)=C\\C=O")]),
    ]
    assert len(_forms("CC(C)=CCC/C(C)=C/C=O")) == 1


def test_the_atoms_keep_their_order() -> None:
    mol = Chem.MolFromSmiles("OCC=CCCl")

    for form in forms_of(mol):
        for one in form.tautomers:
            assert [a.GetSymbol() for a in one.GetAtoms()] == [a.GetSymbol() for a in mol.GetAtoms()]


def test_a_diketone_is_also_its_enols() -> None:
    forms = _forms("O=C1CC(C)CC(=O)C1")

    assert [name for name, _ in forms] == ["", "enol"]
    assert forms[1][1] == [Chem.CanonSmiles("OC1=CC(=O)CC(C)C1")] * 2


@pytest.mark.parametrize(
    "smiles", ["C1CCCCC=C1", "CC(=O)CC(=O)OCC", "NC(N)=N", "CC(=O)C(C)(C)C(C)=O", "CC=CC=CC=CC=CC", "c1ccccc1"]
)
def test_other_compounds_have_one_form(smiles: str) -> None:
    assert len(_forms(smiles)) == 1
