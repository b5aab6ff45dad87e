from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.molecules import sdf
from specmol_core.molecules.rdf import read_rdf

HEADER = "$RDFILE 1\n$DATM    11/30/26 12:00\n"


def block(smiles: str, name: str = "") -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", name)
    return str(Chem.MolToMolBlock(mol))


def entries(text: str) -> list[tuple[str, str]]:
    """Name, and SMILES or fault, of each record."""
    found = read_rdf(text.encode().split(b"\n"))
    return [(e.name, e.fault or Chem.MolToSmiles(Chem.MolFromMolBlock(e.text))) for e in found]


def test_molecules_and_their_data_items() -> None:
    text = (
        f"{HEADER}$MFMT\n{block('CCO', 'first')}$DTYPE ID\n$DATUM 1\n"
        f"$MFMT\n{block('CCN')}$DTYPE MOL:NOTE\n$DATUM long\nnote\n$DTYPE MOL:COMPOUND_NAME\n$DATUM second\n"
        f"$MFMT $MIREG 17\n{block('CC')}"
    )

    assert entries(text) == [("first", "CCO"), ("second", "CCN"), ("17", "CC")]


def test_reactions_and_references_are_rejected_with_their_reason() -> None:
    reaction = f"$RFMT $RIREG 3\n$RXN\n\n  x\n\n  1  1\n$MOL\n{block('CCO')}$MOL\n{block('CC=O')}"
    text = f"{HEADER}{reaction}$DTYPE RXN:YIELD\n$DATUM 90\n$MIREG 4\n$MFMT\n{block('CCN', 'b')}"

    first, second, third = entries(text)

    assert first == ("3", "unparsable: a reaction; give its compounds as molecules")
    assert second == ("4", "unparsable: a reference to a database, without a structure")
    assert third == ("b", "CCN")


def test_record_without_a_molecule_is_rejected() -> None:
    assert [fault for _, fault in entries(f"{HEADER}$MFMT\n$MFMT\n{block('C')}")] == ["empty", "C"]


def test_too_large_record_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdf, "MAX_RECORD_BYTES", 2_000)
    text = f"{HEADER}$MFMT\n{block('CCO', 'giant')}$DTYPE NOTE\n$DATUM x\n{'y' * 70}\n" + "z\n" * 2_000

    assert entries(f"{text}$MFMT\n{block('C', 'b')}") == [
        ("giant", "too large: a record of more than 0 MB"),
        ("b", "C"),
    ]
