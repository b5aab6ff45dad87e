from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.graph import ATOM_SIZES, BOND_CODES, MAX_ATOMS, UnpredictableError, shift_graph


def edges(smiles: str) -> list[tuple[int, int, int]]:
    graph = shift_graph(Chem.MolFromSmiles(smiles))
    return sorted(zip(graph.source.tolist(), graph.target.tolist(), graph.code.tolist(), strict=True))


def codes(smiles: str) -> list[int]:
    return sorted(code for *_, code in edges(smiles))


def test_atoms_say_what_they_are() -> None:
    graph = shift_graph(Chem.MolFromSmiles("C[NH+]1CC1"))

    # element, heavy neighbours, hydrogens, charge + 2, aromatic, ring size - 2, rings
    assert graph.atoms.tolist() == [
        [1, 1, 3, 2, 0, 0, 0],
        [2, 3, 1, 3, 0, 1, 1],
        [1, 2, 2, 2, 0, 1, 1],
        [1, 2, 2, 2, 0, 1, 1],
    ]


def test_bonds_stand_in_both_directions_sorted_by_target() -> None:
    graph = shift_graph(Chem.MolFromSmiles("CC(=O)C#N"))

    assert graph.target.tolist() == sorted(graph.target.tolist())
    assert edges("CC(=O)C#N") == [
        (0, 1, 0), (1, 0, 0), (1, 2, 1), (1, 3, 0), (2, 1, 1), (3, 1, 0), (3, 4, 2), (4, 3, 2),
    ]  # fmt: skip


def test_aromatic_and_ring_bonds_have_their_own_codes() -> None:
    assert set(codes("c1ccccc1")) == {7}
    assert set(codes("C1CC1")) == {4}


@pytest.mark.parametrize("smiles", ["c1ccc2c(c1)CC[C@H](F)[C@@H]2Br", "C/C=C/C(=O)NC", "OB(O)c1ccc([Se]C)cc1I"])
def test_categories_fit_their_tables(smiles: str) -> None:
    graph = shift_graph(Chem.MolFromSmiles(smiles))

    assert (graph.atoms < np.array(ATOM_SIZES)).all()
    assert (graph.code < BOND_CODES).all()


def test_cis_and_trans_differ() -> None:
    assert codes("C/C=C/C") != codes("C/C=C\\C")
    assert codes("C/C=C/C") != codes("CC=CC")


def test_diastereomers_differ_and_mirror_images_do_not() -> None:
    trans, cis = "C[C@H]1CC[C@@H](O)CC1", "C[C@H]1CC[C@H](O)CC1"

    assert edges(trans) != edges(cis)
    assert edges(trans) == edges("C[C@@H]1CC[C@H](O)CC1")
    assert edges("C[C@H](O)[C@@H](C)F") != edges("C[C@H](O)[C@H](C)F")
    assert edges("C[C@H](O)[C@@H](C)F") == edges("C[C@@H](O)[C@H](C)F")


def test_sides_of_a_ring_agree_with_its_geometry() -> None:
    from rdkit.Chem import AllChem

    for smiles in ("C[C@@H]1CCC[C@H](F)C1", "C[C@@H]1CC[C@H]1Cl", "C[C@@H]1CC[C@@H]1Cl", "C[C@H]1CC[C@@H](O)CC1"):
        mol = Chem.MolFromSmiles(smiles)
        full = Chem.AddHs(mol)
        AllChem.EmbedMolecule(full, randomSeed=1)
        places = full.GetConformer().GetPositions()
        ring = list(mol.GetRingInfo().AtomRings()[0])
        normal = np.linalg.svd(places[ring] - places[ring].mean(0))[2][2]

        def side(atom: int, mol: Chem.Mol = mol, places=places, ring=ring, normal=normal) -> bool:
            parent = next(n.GetIdx() for n in mol.GetAtomWithIdx(atom).GetNeighbors() if n.GetIdx() in ring)
            return bool((places[atom] - places[parent]) @ normal > 0)

        relations = [(a, b, code) for a, b, code in edges(smiles) if code in (10, 11)]
        assert relations
        assert all((side(a) == side(b)) == (code == 10) for a, b, code in relations)


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("C[Sn](C)(C)C", "element Sn of atom 2"),
        ("C[CH]C", "radical"),
        ("[13CH4]", "isotope 13C"),
        ("C" * (MAX_ATOMS + 1), "heavy atoms"),
    ],
)
def test_says_why_it_cannot(smiles: str, reason: str) -> None:
    with pytest.raises(UnpredictableError, match=reason):
        shift_graph(Chem.MolFromSmiles(smiles))
