from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from rdkit import Chem
from support.graph_structures import TRICKY

from specmol_core.molecules.graph import featurise
from specmol_core.molecules.parse import key_of, parse_text
from specmol_core.molecules.records import Molecule, RecordKind
from specmol_core.molecules.worker import pack, unpack
from specmol_core.runtime.child_processes import resolve
from specmol_core.shifts.graph import MAX_ATOMS, ShiftGraph, shift_graph
from specmol_core.shifts.records import PARSER, packed_graph, parse_shifts, shift_graphs


def parse(text: str, kind: RecordKind = "smiles") -> Molecule:
    found = parse_shifts(text, kind, 60)
    assert isinstance(found, Molecule), found
    return found


def equal(one: ShiftGraph, other: ShiftGraph) -> bool:
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def ways_to_write(smiles: str) -> list[tuple[str, RecordKind]]:
    """The same molecule in other atom orders, with atom maps, a salt or hydrogens, and as mol blocks."""
    mol = Chem.MolFromSmiles(smiles)
    mapped = Chem.Mol(mol)
    for atom in mapped.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
    texts = [smiles, Chem.MolToSmiles(mol), *Chem.MolToRandomSmilesVect(mol, 5, randomSeed=7), Chem.MolToSmiles(mapped)]
    blocks = [Chem.MolToMolBlock(mol), Chem.MolToMolBlock(mapped), Chem.MolToMolBlock(mol, forceV3000=True)]
    return [
        *((text, "smiles") for text in texts),
        (f"[Na+].{smiles}", "smiles"),
        (Chem.MolToSmiles(Chem.AddHs(mol)), "smiles"),
        *((block, "molblock") for block in blocks),
    ]


@pytest.mark.parametrize("smiles", [s for s in TRICKY if "c" in s.lower()])
def test_graph_is_that_of_the_parsed_smiles(smiles: str) -> None:
    for text, kind in ways_to_write(smiles):
        found = parse(text, kind)

        main, _, counter_ion = found.smiles.partition(".")
        assert equal(shift_graphs([found.graph])[0], shift_graph(Chem.MolFromSmiles(main))), text
        assert found.key == key_of(found.smiles)
        if kind == "smiles" and not counter_ion:
            usual = parse_text(text, kind, 60)
            assert isinstance(usual, str) or usual[:3] == found[:3]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("C1CC", "unparsable: unclosed ring for input: 'C1CC'"),
        ("[Na+].[Cl-]", "several fragments, none organic"),
        ("C" * 61, "too large: 61 heavy atoms, at most 60"),
        ("O", "no carbon: it has no 13C signal"),
        ("[H][H]", "no carbon: it has no 13C signal"),
        ("ClN(Cl)Cl", "no carbon: it has no 13C signal"),
        ("[CaH2]", "no carbon: it has no 13C signal"),
        ("C[Sn](C)(C)C", "element Sn of atom 2; known are H, B, C, N, O, F, Si, P, S, Cl, Se, Br, I"),
        ("CC*", "element * of atom 3; known are H, B, C, N, O, F, Si, P, S, Cl, Se, Br, I"),
        ("C[CH]C", "atom 2 (C) is a radical"),
        ("C[13CH3]", "atom 2 is the isotope 13C"),
        ("[2H]OC", "atom 1 is an explicit hydrogen; only implicit ones are known"),
        ("[2H]C([2H])([2H])Cl", "atom 1 is an explicit hydrogen; only implicit ones are known"),
        ("C[Na].[H-]", "element Na of atom 2; known are H, B, C, N, O, F, Si, P, S, Cl, Se, Br, I"),
        ("C[BH]1[H][BH](C)[H]1", "unparsable: Explicit valence for atom # 1 B, 4, is greater than permitted"),
    ],
)
def test_rejection(text: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert parse_shifts(text, "smiles", 60) == reason
    assert capfd.readouterr().err == ""


def test_too_many_atoms_are_rejected() -> None:
    found = parse_shifts("C" * (MAX_ATOMS + 1), "smiles", 1_000)

    assert found == f"{MAX_ATOMS + 1} heavy atoms; 1 to {MAX_ATOMS} can be predicted"


@pytest.mark.parametrize(
    "element", ["B", "N", "O", "F", "[SiH3]", "P", "S", "Cl", "[SeH]", "Br", "I", "[O-]", "[NH3+]"]
)
def test_elements_of_the_predictor(element: str) -> None:
    assert parse(f"C{element}").graph.codes.shape == (2, 7)


@pytest.mark.parametrize("text", ["[H]/N=C(/C)CC", "[H:1]/N=C(/C)CC", "CCC(C)=N"])
def test_hydrogens_that_define_a_configuration_are_removed(text: str) -> None:
    found = parse(text)

    assert found.smiles == "CCC(C)=N"
    assert found.graph.codes[:, 2].tolist() == [3, 2, 0, 3, 1]


def test_graph_of_acetone_by_hand() -> None:
    found = parse("CC(C)=O")

    assert found.graph.codes.dtype == np.uint8
    assert found.graph.bonds.dtype == np.int32
    assert found.graph.codes.tolist()[1] == [1, 3, 0, 2, 0, 0, 0]
    assert found.graph.bonds.tolist() == [[1, 0, 0], [0, 1, 0], [2, 1, 0], [3, 1, 1], [1, 2, 0], [1, 3, 1]]


def test_graphs_of_a_worker_are_restored() -> None:
    found = [parse_shifts(s, "smiles", 60) for s in ("CCO", "O", "C", "C[C@H](O)[C@@H](C)F", "c1ccccc1")]

    back = [m for m in unpack(BytesIO(pack(found))) if isinstance(m, Molecule)]

    assert [m.smiles for m in back] == [m.smiles for m in found if isinstance(m, Molecule)]
    for molecule, graph in zip(back, shift_graphs([m.graph for m in back]), strict=True):
        assert equal(graph, shift_graph(Chem.MolFromSmiles(molecule.smiles)))


def test_an_empty_list_has_no_graphs() -> None:
    assert shift_graphs([]) == []


def test_graphs_of_another_parser_are_refused() -> None:
    mol = Chem.MolFromSmiles("CCO")

    with pytest.raises(ValueError, match="columns"):
        shift_graphs([featurise(mol)])
    with pytest.raises(ValueError, match="dimension"):
        shift_graphs([packed_graph(mol), featurise(mol)])


def test_workers_find_the_parser() -> None:
    assert resolve(PARSER) is parse_shifts
