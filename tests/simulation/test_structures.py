from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.shifts.graph import MAX_ATOMS, shift_graph
from specmol_core.shifts.records import shift_graphs
from specmol_core.simulation.structures import read_structure


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("", "unreadable: the record is empty"),
        ("C1CC", "unreadable: RDKit cannot parse it as a molecule"),
        ("CC.CC", "several fragments: 2; give one molecule per record"),
        ("C[Pt]C", "metal: Pt"),
        ("[Na+].CC(=O)[O-]", "metal: Na"),
        ("C[As](C)C", "element: shifts of compounds with As cannot be predicted"),
        ("*CC", "element: shifts of compounds with * cannot be predicted"),
        ("[2H]C", "isotope: 2H"),
        ("[13CH4]", "isotope: 13C"),
        ("C[CH2]", "radical: 1 unpaired electron"),
        ("[CH2]C[CH2]", "radical: 2 unpaired electrons"),
        ("N", "no carbon"),
        ("ClC(Cl)(Cl)Cl", "no hydrogen"),
        ("C" * 11, "too large: 11 heavy atoms, at most 10"),
        ("C" * 3000, "too large: 3000 heavy atoms, at most 10"),
    ],
)
def test_rejection_reasons(smiles: str, reason: str) -> None:
    assert read_structure(smiles, "smiles", 10) == reason


@pytest.mark.parametrize("element", ["B", "F", "[SiH3]", "P", "S", "Cl", "[SeH]", "Br", "I"])
def test_elements_of_organic_structures(element: str) -> None:
    assert not isinstance(read_structure(f"C{element}", "smiles", 10), str)


def test_a_structure_is_canonical_with_its_stereochemistry() -> None:
    found = read_structure("[CH3:1][C@@H](O)C(=O)O", "smiles", 10)

    assert not isinstance(found, str)
    assert found.smiles == Chem.CanonSmiles("C[C@@H](O)C(=O)O")
    assert found.formula == "C3H6O3"


def test_explicit_hydrogens_are_removed() -> None:
    found = read_structure("[H]/N=C(/C)CC", "smiles", 10)

    assert not isinstance(found, str)
    assert Chem.MolFromSmiles(found.smiles).GetNumAtoms() == 5


def test_mol_blocks() -> None:
    block = Chem.MolToMolBlock(Chem.AddHs(Chem.MolFromSmiles("CCO")))

    found = read_structure(block, "molblock", 10)
    assert not isinstance(found, str)
    assert found.smiles == "CCO"
    assert "unreadable" in str(read_structure("nothing\n\n\n", "molblock", 10))


@pytest.mark.parametrize("text", ["CCO", "OCC", "[CH3:1][C@@H](O)C(=O)O", "[H]/N=C(/C)CC", "C/C=C/[C@H]1CC[C@@H](I)C1"])
def test_the_graph_is_that_of_the_smiles(text: str) -> None:
    found = read_structure(text, "smiles", 20)

    assert not isinstance(found, str)
    expected = shift_graph(Chem.MolFromSmiles(found.smiles))
    for one, other in zip(shift_graphs([found.graph])[0], expected, strict=True):
        assert one.tolist() == other.tolist()


def test_atom_limit_of_the_shift_predictor() -> None:
    reason = f"too large: {MAX_ATOMS + 1} heavy atoms, at most {MAX_ATOMS}"

    assert read_structure("C" * (MAX_ATOMS + 1), "smiles", 1_000) == reason
