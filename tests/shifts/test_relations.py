from __future__ import annotations

import numpy as np
from rdkit import Chem

from specmol_core.shifts.graph import shift_graph


def edges(smiles: str) -> list[tuple[int, int, int]]:
    graph = shift_graph(Chem.MolFromSmiles(smiles))
    return sorted(zip(graph.source.tolist(), graph.target.tolist(), graph.code.tolist(), strict=True))


def codes(smiles: str) -> list[int]:
    return sorted(code for *_, code in edges(smiles))


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
        positions = full.GetConformer().GetPositions()
        ring = list(mol.GetRingInfo().AtomRings()[0])
        normal = np.linalg.svd(positions[ring] - positions[ring].mean(0))[2][2]

        def side(atom: int, mol: Chem.Mol = mol, positions=positions, ring=ring, normal=normal) -> bool:
            parent = next(n.GetIdx() for n in mol.GetAtomWithIdx(atom).GetNeighbors() if n.GetIdx() in ring)
            return bool((positions[atom] - positions[parent]) @ normal > 0)

        relations = [(a, b, code) for a, b, code in edges(smiles) if code in (10, 11)]
        assert relations
        assert all((side(a) == side(b)) == (code == 10) for a, b, code in relations)


def test_relations_have_both_directions() -> None:
    found = edges("C/C=C/[C@H]1CC[C@@H](O)C1")

    assert {8, 9} & {code for *_, code in found}
    assert {10, 11} & {code for *_, code in found}
    assert sorted((b, a, code) for a, b, code in found) == found


def test_substituents_of_a_double_bond_by_hand() -> None:
    # F and Cl on one side, so F and the methyl group on opposite ones.
    assert [e for e in edges("F/C=C(\\Cl)C") if e[2] > 7] == [(0, 3, 8), (0, 4, 9), (3, 0, 8), (4, 0, 9)]
