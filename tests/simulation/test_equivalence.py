"""Chemical equivalence and diastereotopic protons."""

from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.simulation.equivalence import chemical_classes, diastereotopic_methylenes
from specmol_core.simulation.topology import read_topology


def _classes(smiles: str, h1: dict[int, list[float]]) -> list[int]:
    mol = Chem.MolFromSmiles(smiles)
    return chemical_classes(mol, read_topology(mol), h1)


def _diastereotopic_carbons(smiles: str) -> set[int]:
    mol = Chem.MolFromSmiles(smiles)
    graph = read_topology(mol)
    h1 = {a: [1.5, 1.2] for a in range(mol.GetNumAtoms()) if graph.hydrogens[a] == 2}
    return diastereotopic_methylenes(mol, graph, chemical_classes(mol, graph, h1), h1)


def test_halves_of_a_meso_compound_are_equivalent() -> None:
    classes = _classes("C[C@H](Cl)[C@@H](C)Cl", {})

    assert classes[0] == classes[4]
    assert classes[1] == classes[3]


@pytest.mark.parametrize(
    ("smiles", "pair"),
    [
        ("CC(C)=CC(C)=O", (0, 2)),  # the two ends of the double bond differ
        ("CN(C)C=O", (0, 2)),  # hindered rotation
        ("CC(C)C(N)C(=O)O", (0, 2)),  # beside a stereocentre
    ],
)
def test_diastereotopic_branches_differ_despite_equal_predictions(smiles: str, pair: tuple[int, int]) -> None:
    a, b = pair
    classes = _classes(smiles, {a: [1.9] * 3, b: [2.1] * 3})
    alike = _classes(smiles, {a: [2.0] * 3, b: [2.0] * 3})

    assert classes[a] != classes[b]
    assert alike[a] != alike[b]


@pytest.mark.parametrize("smiles", ["CC(C)CO", "CC(C)=O", "CN(C)CC", "CC(C)=C(C)C", "CN(C)C(N)=O"])
def test_enantiotopic_branches_are_equivalent_at_any_shifts(smiles: str) -> None:
    classes = _classes(smiles, {0: [1.9] * 3, 2: [2.1] * 3})

    assert classes[0] == classes[2]


def test_higher_shift_has_one_class_in_both_halves() -> None:
    classes = _classes("CC(C)=CC(=O)C=C(C)C", {0: [2.1] * 3, 2: [1.9] * 3, 8: [1.92] * 3, 9: [2.08] * 3})

    assert classes[0] == classes[9] != classes[2] == classes[8]


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", set()),
        ("CCC(C)O", {1}),
        ("CCOC(C)OCC", {1, 6}),  # prochiral acetal
        ("C=Cc1ccccc1", {0}),
        ("C1CCCCC1", set()),
        ("CC1CCCCC1", {2, 3, 4, 5, 6}),
        ("C1COCCN1", set()),
        ("CC1(C)CCCCC1", set()),
        ("ClCC(F)Br", {1}),
        ("CS(=O)CC", {3}),
    ],
)
def test_diastereotopic_methylenes(smiles: str, expected: set[int]) -> None:
    assert _diastereotopic_carbons(smiles) == expected
