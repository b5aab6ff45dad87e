from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.molecules.graph import MoleculeGraph, UnsupportedMoleculeError, featurise
from specmol_core.molecules.parse import GraphFeatures, key_of, parse_record, parse_text
from specmol_core.molecules.records import Molecule, RecordKind


def parse(text: str, kind: RecordKind = "smiles", max_atoms: int = 60) -> Molecule:
    found = parse_text(text, kind, max_atoms)
    assert isinstance(found, Molecule), found
    return found


@pytest.mark.parametrize(
    ("text", "smiles", "formula"),
    [
        ("OCC", "CCO", "C2H6O"),
        ("[H]OC([H])([H])C", "CCO", "C2H6O"),
        ("[CH3:1][OH:2]", "CO", "CH4O"),
        ("[H:3][CH2:1][OH:2]", "CO", "CH4O"),
        ("[13CH3]O", "[13CH3]O", "CH4O"),
        ("[2H]OC", "[2H]OC", "CH4O"),
        ("C[C@H](N)C(=O)O", "C[C@H](N)C(=O)O", "C3H7NO2"),
        ("CC(=O)[O-].[Na+]", "CC(=O)[O-]", "C2H3O2-"),
        ("Cl.CCN.CCO", "CCN", "C2H7N"),
        ("C[C@@H](O)/C=C/C(=O)[O-].[K+]", "C[C@@H](O)/C=C/C(=O)[O-]", "C5H7O3-"),
        ("[CH3:9][NH2:1].[OH:2][CH3:3]", "CN", "CH5N"),
        ("O.O.O.OC", "CO", "CH4O"),
        ("O", "O", "H2O"),
    ],
)
def test_candidate(text: str, smiles: str, formula: str) -> None:
    found = parse(text)

    assert (found.smiles, found.formula) == (smiles, formula)
    assert found.key == key_of(smiles)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("C1CC(", "unparsable: syntax error while parsing: C1CC("),
        ("CC(C)(C)(C)C", "unparsable: Explicit valence for atom # 1 C, 5, is greater than permitted"),
        ("C1CC", "unparsable: unclosed ring for input: 'C1CC'"),
        ("C\0C", "unparsable: the record holds a NUL byte"),
        ("[Na+].[Cl-]", "several fragments, none organic"),
        ("BrCC", "element Br is outside the model (C, N, O, H)"),
        ("C*", "element * is outside the model (C, N, O, H)"),
        ("C" * 61, "too large: 61 heavy atoms, at most 60"),
        pytest.param("C" * 10_000, "too large: 10000 heavy atoms, at most 60", id="10,000 atoms"),
        (".".join(["C" * 100] * 4), "too large: 100 heavy atoms, at most 60"),
        pytest.param("C" * 1_000_000, "too large: a SMILES of 1,000,000 characters", id="a million letters"),
    ],
)
def test_rejection(text: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert parse_text(text, "smiles", 60) == reason
    assert capfd.readouterr().err == ""


def test_many_small_fragments_are_not_too_large() -> None:
    assert parse(".".join(["CCO"] * 300)).smiles == "CCO"


def test_key_is_the_first_8_bytes_of_blake2b() -> None:
    # b2sum -l 64 of the three characters
    assert key_of("CCO") == 7863297522579887043


@pytest.mark.parametrize(
    "smiles", ["C[C@H](N)C(=O)O", "C/C=C/C=O", "O=c1cc[nH]cc1", "CC[N+](C)(C)C", "[O-][n+]1ccccc1"]
)
@pytest.mark.parametrize("force", [False, True])
def test_every_input_format_gives_the_same_molecule(smiles: str, force: bool) -> None:
    mol = Chem.MolFromSmiles(smiles)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
    plain = parse(smiles)

    for other in (
        parse(Chem.MolToSmiles(mol)),
        parse(Chem.MolToMolBlock(Chem.MolFromSmiles(smiles), forceV3000=force), "molblock"),
        parse(Chem.MolToMolBlock(mol, forceV3000=force), "molblock"),
    ):
        assert other.smiles == plain.smiles
        # The order of the atoms may differ, their features may not.
        assert sorted(other.graph.codes.tolist()) == sorted(plain.graph.codes.tolist())


def test_labelled_hydrogens_are_not_in_the_graph() -> None:
    assert parse("[2H]C([2H])([2H])O").graph.codes.tolist() == parse("CO").graph.codes.tolist()


def test_large_blocks_are_counted_from_their_text() -> None:
    n = 10_000
    lines = [
        "giant",
        "",
        "",
        "  0  0  0     0  0            999 V3000",
        "M  V30 BEGIN CTAB",
        f"M  V30 COUNTS {n} {n - 1}",
    ]
    lines += ["M  V30 BEGIN ATOM", *(f"M  V30 {i} C {i} 0 0 0" for i in range(1, n + 1)), "M  V30 END ATOM"]
    lines += ["M  V30 BEGIN BOND", *(f"M  V30 {i} 1 {i} {i + 1}" for i in range(1, n)), "M  V30 END BOND"]
    text = "\n".join([*lines, "M  V30 END CTAB", "M  END", ""])

    assert parse_text(text, "molblock", 60) == "too large: 10000 heavy atoms, at most 60"


@pytest.mark.parametrize("text", ["abc", "\n\n\n\n", "x\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n"])
def test_invalid_block_is_rejected(text: str) -> None:
    reason = parse_text(text, "molblock", 60)

    assert isinstance(reason, str)
    assert reason == "empty" or reason.startswith("unparsable: ")
    assert "\n" not in reason


def test_internal_error_of_rdkit_is_a_one_line_reason() -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CC")).replace(" C  ", " Qq ", 1)

    assert parse_text(block, "molblock", 60) == "unparsable: Element 'Qq' not found"


def unchanged(mol: Chem.Mol, formula: str) -> Chem.Mol:
    return mol


def elements(mol: Chem.Mol, smiles: str) -> MoleculeGraph:
    """The usual graph, if the atoms are in the order of the SMILES."""
    assert [a.GetSymbol() for a in mol.GetAtoms()] == [a.GetSymbol() for a in Chem.MolFromSmiles(smiles).GetAtoms()]
    return featurise(mol)


@pytest.mark.parametrize("text", ["OCC", "CCO", "OCC.Cl", "[OH:1]CC", "N[C@@H](C)C(=O)O", "OCC(C)=O"])
def test_features_may_require_the_atom_order_of_the_smiles(text: str) -> None:
    found = parse_record(text, "smiles", 60, GraphFeatures(unchanged, elements, canonical=True))

    assert isinstance(found, Molecule), found
    usual = parse_text(text, "smiles", 60)
    assert isinstance(usual, Molecule)
    assert found[:3] == usual[:3]


def test_features_may_reject_in_prepare_and_in_graph() -> None:
    def refuse(mol: Chem.Mol, text: str) -> Chem.Mol:
        raise UnsupportedMoleculeError(f"not {text}")

    early = GraphFeatures(refuse, elements, canonical=True)
    late = GraphFeatures(unchanged, refuse, canonical=False)

    assert parse_record("OCC", "smiles", 60, early) == "not C2H6O"
    assert parse_record("OCC", "smiles", 60, late) == "not CCO"


def test_features_may_change_the_molecule() -> None:
    features = GraphFeatures(lambda mol, formula: Chem.MolFromSmiles("CN"), elements, canonical=True)

    found = parse_record("OCC", "smiles", 60, features)

    assert isinstance(found, Molecule)
    assert found.smiles == "CN"
