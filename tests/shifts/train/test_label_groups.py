from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.train.label_groups import atom_groups, environment_distance
from specmol_core.shifts.train.shift_pack import SPLITS, ShiftPack, pack_records
from specmol_core.shifts.train.shift_records import ShiftLabels, ShiftRecord


def packed(*rows: tuple[str, str, bool], solvent: int = 0) -> ShiftPack:
    """Molecules (SMILES, split, measured) with one label each."""
    labels = ShiftLabels(np.zeros(1, np.int16), np.zeros(1, np.uint8), np.ones(1, np.float32), np.zeros(1, np.int16))
    records = [
        ShiftRecord(smiles, str(number), shift_graph(Chem.MolFromSmiles(smiles)), labels, solvent, measured)
        for number, (smiles, _, measured) in enumerate(rows)
    ]
    pack = pack_records(records, [], frozenset(), Counter())
    assert len(pack) == len(rows)
    split = np.array([SPLITS.index(split) for _, split, _ in rows], np.uint8)
    return ShiftPack(**(vars(pack) | {"split": split}))


@pytest.mark.parametrize(
    ("smiles", "is_ion"),
    [
        ("CC(N)=[NH2+]", True),
        ("CC(=O)[O-]", True),
        ("C[N+](C)(C)CC(=O)[O-]", True),
        ("[Cl-].C[NH3+]", True),
        ("C[N+](=O)[O-]", False),
        ("C[n+]1ccccc1[O-]", True),
        ("[O-][n+]1ccccc1", False),
        ("CC#N", False),
        ("C[N+]#[C-]", False),
    ],
)
def test_ions(smiles: str, is_ion: bool) -> None:
    pack = packed(("CCCC", "train", True), (smiles, "train", True), ("C=CC", "train", True))

    assert pack.is_ion().tolist() == [False, is_ion, False]


def slow_environment(smiles: str, atom: int, radius: int) -> tuple:
    """Environment of an atom by its definition: nested tuples of its columns and of its neighbours'."""
    graph = shift_graph(Chem.MolFromSmiles(smiles))
    own = tuple(graph.atoms[atom].tolist())
    if radius == 0:
        return own
    edges = [i for i in range(len(graph.code)) if graph.target[i] == atom]
    around = [(int(graph.code[i]), slow_environment(smiles, int(graph.source[i]), radius - 1)) for i in edges]
    return (slow_environment(smiles, atom, radius - 1), *sorted(around, key=str))


@pytest.mark.slow
def test_distance_agrees_with_its_definition() -> None:
    training = ["CCCCO", "c1ccccc1C", "CC(=O)OC", "C/C=C/C"]
    others = ["CCCCCO", "c1ccccc1CC", "CC(=O)N", "C/C=C\\C", "FC(F)F", "OCCCCCCO"]
    rows = [(s, "train", True) for s in training] + [(s, "test", True) for s in others] + [("FCF", "train", False)]
    pack = packed(*rows)
    known = {
        (radius, slow_environment(s, atom, radius))
        for s in training
        for atom in range(Chem.MolFromSmiles(s).GetNumAtoms())
        for radius in (1, 2, 3)
    }
    expected = [
        max((r for r in (1, 2, 3) if (r, slow_environment(s, atom, r)) in known), default=0)
        for s, *_ in rows
        for atom in range(Chem.MolFromSmiles(s).GetNumAtoms())
    ]

    found = environment_distance(pack).tolist()

    assert found == expected
    assert set(found) == {0, 1, 2, 3}


def test_groups_of_atoms() -> None:
    pack = packed(("c1ccccc1C[NH3+]", "test", True), ("C1CC1OF", "test", True), solvent=SOLVENTS.index("C6D6"))
    groups = {name: member.tolist() for name, member in atom_groups(pack)}

    assert groups["ions"] == [True] * 8 + [False] * 5
    assert groups["uncharged"] == [False] * 8 + [True] * 5
    assert groups["in C6D6"] == [True] * 13
    assert not any(groups["in CDCl3"])
    assert groups["aromatic ring"] == [True] * 6 + [False] * 7
    assert groups["other ring"] == [False] * 8 + [True] * 3 + [False] * 2
    assert groups["chain"] == [False] * 6 + [True] * 2 + [False] * 3 + [True] * 2
    assert np.flatnonzero(groups["beside N"]).tolist() == [6]
    assert np.flatnonzero(groups["beside O"]).tolist() == [10, 12]
    assert np.flatnonzero(groups["beside halogen"]).tolist() == [11]
    assert all(groups["no environment in training"])


def test_ions_by_the_sign_of_their_charge() -> None:
    pack = packed(("C[NH3+]", "test", True), ("CC(=O)[O-]", "test", True), ("[NH3+]CC(=O)[O-]", "test", True))
    groups = {name: np.flatnonzero(member).tolist() for name, member in atom_groups(pack)}

    assert groups["cations"] == [0, 1]
    assert groups["anions"] == [2, 3, 4, 5]
    assert groups["zwitterions and salts"] == [6, 7, 8, 9, 10]


def test_groups_of_ring_atoms() -> None:
    # Oxazole with a dioxolane: atoms 0 to 4 and 5 to 9.
    pack = packed(("c1ncoc1C1OCCO1", "test", True))
    groups = {name: np.flatnonzero(member).tolist() for name, member in atom_groups(pack)}

    assert groups["aromatic ring of five"] == [0, 1, 2, 3, 4]
    assert groups["aromatic ring, beside one heteroatom of a ring"] == [0, 4]
    assert groups["aromatic ring, beside two or more"] == [2]
    assert groups["other ring, beside two or more"] == [5]
    assert groups["other ring, beside one heteroatom of a ring"] == [7, 8]
    assert groups["other ring of six"] == []
