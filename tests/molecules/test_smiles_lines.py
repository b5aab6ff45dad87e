from __future__ import annotations

import pytest

from specmol_core.molecules.smiles_lines import Columns, find_columns, read_smi, read_table
from specmol_core.molecules.text_lines import MAX_LINE_BYTES


def smi(text: bytes) -> list[tuple[str, str]]:
    return [(e.text or e.fault, e.name) for e in read_smi(text.split(b"\n"))]


def table(header: str, text: bytes) -> list[tuple[str, str]]:
    columns = find_columns(header)
    assert columns is not None
    return [(e.fault or e.text, e.name) for e in read_table(text.split(b"\n"), columns)]


def test_smiles_and_names() -> None:
    text = b"CCO ethanol\nCCN\tethyl amine\tmore\n  C  \n"

    assert smi(text) == [("CCO", "ethanol"), ("CCN", "ethyl amine"), ("C", "")]


def test_header_comments_and_blank_lines_are_not_records() -> None:
    assert smi(b"# made by hand\n\nSMILES name\nCCO a\n#x\n\nC b\n") == [("CCO", "a"), ("C", "b")]


def test_extension_is_part_of_the_smiles() -> None:
    assert smi(b"C=CC |^1:0| radical one") == [("C=CC |^1:0|", "radical one")]


def test_too_long_line_is_rejected() -> None:
    assert smi(b"C" * (MAX_LINE_BYTES + 1) + b"\nCC b")[1] == ("CC", "b")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("id,SMILES,mw", Columns(",", 1, 0, 3)),
        ("Canonical_Smiles;Title", Columns(";", 0, 1, 2)),
        ('"Name"\t"Canonical SMILES"', Columns("\t", 1, 0, 2)),
        ("smiles", Columns(",", 0, None, 1)),
        ("pair,candidate_smiles", Columns(",", 1, None, 2)),
    ],
)
def test_columns_are_found(header: str, columns: Columns) -> None:
    assert find_columns(header) == columns


@pytest.mark.parametrize("header", ["id,name", "a_smiles,b_smiles", "CCO,ethanol", ""])
def test_table_without_a_smiles_column_is_recognised(header: str) -> None:
    assert find_columns(header) is None


def test_rows_with_quotes_and_gaps() -> None:
    text = b'1,"CC(=O)O","acid, ""acetic"""\n\n2,,none\n3\n4,CC,"two\nlines"\n'

    assert table("id,smiles,name", text) == [
        ("CC(=O)O", 'acid, "acetic"'),
        ("empty", "none"),
        ("unparsable: the row has 1 cells, SMILES is in column 2", ""),
        ("CC", "two lines"),
    ]


def test_unclosed_quote_spoils_only_its_row() -> None:
    found = table("smiles,name", b'CC,"open\n' + b"CCO,x\n" * 300)

    assert found[0][0].startswith("unparsable: a quote")
    assert found[1:] == [("CCO", "x")] * 300


def test_quote_inside_a_cell_is_a_character() -> None:
    assert table("smiles,name", b'CC,5" pipe\nC,b') == [("CC", '5" pipe'), ("C", "b")]
