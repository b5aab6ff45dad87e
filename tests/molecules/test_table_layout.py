from __future__ import annotations

import pytest

from specmol_core.molecules.column_names import AmbiguousColumnsError
from specmol_core.molecules.table_layout import BLANK, TableLayout, find_layout, split_row

ROWS = [("CCO", "ethanol"), ("CC(=O)Oc1ccccc1C(=O)O", "aspirin"), ("CCOC(=O)/C=C/c1ccc(OC)cc1", "ester")]


def found(text: str, *, is_table: bool = False) -> TableLayout | None:
    return find_layout(text.split("\n"), is_table=is_table)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_table_without_a_header(delimiter: str, quote: str) -> None:
    rows = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in ROWS]
    turned = [delimiter.join(f"{quote}{cell}{quote}" for cell in reversed(row)) for row in ROWS]
    longer = [delimiter.join(f"{quote}{cell}{quote}" for cell in ("1", *reversed(row), "46.07")) for row in ROWS]

    layout = found("\n".join(rows))
    plain = layout is not None and layout.is_plain
    assert plain if (delimiter, quote) == ("\t", "") else layout == TableLayout(delimiter, (0,), (), 0, True)
    assert found("\n".join(turned)) == TableLayout(delimiter, (-1,), (), 0, True)
    assert found("\n".join(longer)) == TableLayout(delimiter, (2,), (0,), 0)


@pytest.mark.parametrize("is_table", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,SMILES,mw\n1,CCO,46", TableLayout(",", (1,), (0,), 1)),
        ("Canonical_Smiles;Title", TableLayout(";", (0,), (1,), 1)),
        ('"Name"\t"Canonical SMILES"', TableLayout("\t", (1,), (0,), 1)),
        ("# made by hand\n\nid,SMILES,mw\n1,CCO,46", TableLayout(",", (1,), (0,), 3)),
        ("My SMILES library, exported 2024,,\n,,\nname,smiles,mw\nx,CCO,46", TableLayout(",", (1,), (0,), 3)),
        ("sep=;\nname;smiles\na,b;CCO", TableLayout(";", (1,), (0,), 2)),
        ('"sep=\\t"\nname\tsmiles\na\tCCO', TableLayout("\t", (1,), (0,), 2)),
        ("sep=;\nCCO;a, b\nCCN;c", TableLayout(";", (0,), (), 1, True)),
        ("name,structure\nx,CCO\ny,CCN", TableLayout(",", (1,), (0,), 1)),
        ("pair,candidate_smiles", TableLayout(",", (1,), (0,), 1)),
        ("name,smiles\nx,broken(\ny,worse(", TableLayout(",", (1,), (0,), 1)),
        ("zinc_id smiles\nZ1 CCO", TableLayout(BLANK, (-1,), (), 1, True)),
        ("id smiles mass\n1 CCO 46\n2 CCN 45", TableLayout(BLANK, (1,), (0,), 1)),
        ("ethyl alcohol CCO\nethyl amine CCN", TableLayout(BLANK, (-1,), (), 0, True)),
    ],
)
def test_layout_of_text(text: str, expected: TableLayout, is_table: bool) -> None:
    assert found(text, is_table=is_table) == expected


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("CCO ethanol\nCCN a", 0),
        ("SMILES name\nCCO ethanol", 1),
        ("# c\n\nsmiles\nCCO", 3),
        ("CCO 1,2-ethanediol\nCCN a;b", 0),
        ("CCO\tethyl amine\tmore, and more", 0),
        ("CCO |lp:2:2| ethanol", 0),
        ("My library\nCCO a\nCCN b\nCCC c", 0),
    ],
)
def test_plain_list_of_smiles(text: str, skipped: int) -> None:
    layout = found(text)

    assert layout is not None
    assert (layout.is_plain, layout.skipped) == (True, skipped)


def test_header_below_records_does_not_remove_them() -> None:
    layout = found("CCO a\nCCN b\nsmiles name\nCCC c\n")

    assert layout is not None
    assert (layout.is_plain, layout.skipped) == (True, 0)


def test_one_column_of_a_table() -> None:
    assert found("smiles\nCCO", is_table=True) == TableLayout(",", (0,), (), 1)


@pytest.mark.parametrize("text", ["id,name\n1,x", "no molecule at all\nnor here", "", "1,2\n3,4"])
def test_text_without_smiles(text: str) -> None:
    assert found(text) is None


def test_ambiguous_header_is_not_guessed() -> None:
    with pytest.raises(AmbiguousColumnsError):
        found("id,a_smiles,b_smiles\n1,CCO,CCN")


def test_longer_smiles_decide_between_columns_that_both_can_be_read() -> None:
    layout = found("CO,c1ccccc1\nCN,CCCCCC\nNCI,CC(C)C", is_table=True)

    assert layout == TableLayout(",", (-1,), (), 0, True)


def test_long_smiles_are_not_parsed_but_count() -> None:
    peptide = "NCC(=O)" * 100 + "O"

    assert found(f"x,{peptide}\ny,{peptide}") == TableLayout(",", (-1,), (), 0, True)


def test_cells_of_a_line() -> None:
    assert split_row('"a, b" , c', ",") == ["a, b", "c"]
    assert split_row(' a \t "b c"  d ', BLANK) == ["a", "b c", "d"]
