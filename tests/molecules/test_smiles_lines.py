from __future__ import annotations

from specmol_core.molecules.smiles_lines import read_smi, read_table
from specmol_core.molecules.table_layout import BLANK, TableLayout, find_layout
from specmol_core.molecules.text_lines import MAX_LINE_BYTES


def smi(text: bytes) -> list[tuple[str, str]]:
    return [(e.text or e.fault, e.name) for e in read_smi(text.split(b"\n"))]


def table(header: str, text: bytes) -> list[tuple[str, str]]:
    layout = find_layout([header], is_table=True)
    assert layout is not None
    return rows(layout, text)


def rows(layout: TableLayout, text: bytes) -> list[tuple[str, str]]:
    return [(e.fault or e.text, e.name) for e in read_table(text.split(b"\n"), layout)]


def test_smiles_and_names() -> None:
    text = b"CCO ethanol\nCCN\tethyl amine\tmore\n  C  \n"

    assert smi(text) == [("CCO", "ethanol"), ("CCN", "ethyl amine"), ("C", "")]


def test_comments_and_blank_lines_are_not_records() -> None:
    assert smi(b"# made by hand\n\nCCO a\n#x\n\nC b\n") == [("CCO", "a"), ("C", "b")]


def test_extension_is_part_of_the_smiles() -> None:
    assert smi(b"C=CC |^1:0| radical one") == [("C=CC |^1:0|", "radical one")]


def test_too_long_line_is_rejected() -> None:
    assert smi(b"C" * (MAX_LINE_BYTES + 1) + b"\nCC b")[1] == ("CC", "b")


def test_rows_with_quotes_and_gaps() -> None:
    text = b'1,"CC(=O)O","acid, ""acetic"""\n\n2,,gap\n3\n4,CC,"two\nlines"\n'

    assert table("id,smiles,name", text) == [
        ("CC(=O)O", 'acid, "acetic"'),
        ("empty", "gap"),
        ("unparsable: the row has 1 cells, SMILES is in column 2", "3"),
        ("CC", "two lines"),
    ]


def test_unclosed_quote_spoils_only_its_row() -> None:
    found = table("smiles,name", b'CC,"open\n' + b"CCO,x\n" * 300)

    assert found[0][0].startswith("unparsable: a quote")
    assert found[1:] == [("CCO", "x")] * 300


def test_quote_inside_a_cell_is_a_character() -> None:
    assert table("smiles,name", b'CC,5" pipe\nC,b') == [("CC", '5" pipe'), ("C", "b")]


def test_first_filled_cell_of_the_name_and_smiles_columns_counts() -> None:
    layout = TableLayout(",", (0, 1), (2, 3))

    assert rows(layout, b"CC,C,a,1\n,CCC,,2\nCO,,n/a,3\nCN,,NaN,\n") == [
        ("CC", "a"),
        ("CCC", "2"),
        ("CO", "3"),
        ("CN", ""),
    ]


def test_rows_of_empty_cells_are_not_records() -> None:
    assert table("smiles,name,mass", b"CC,a,1\n,,\n , ,\n,b,2\n") == [("CC", "a"), ("empty", "b")]


def test_all_other_cells_are_the_name_if_names_contain_the_delimiter() -> None:
    assert rows(TableLayout(",", (0,), (), 0, True), b"OCCO,1,2-ethanediol\nCC\n") == [
        ("OCCO", "1,2-ethanediol"),
        ("CC", ""),
    ]
    assert rows(TableLayout(",", (-1,), (), 0, True), b"1,2-ethanediol,OCCO\n") == [("OCCO", "1,2-ethanediol")]
    assert rows(TableLayout(BLANK, (-1,), (), 0, True), b'ethyl  alcohol\tCCO\n"a b" C\n# x\n') == [
        ("CCO", "ethyl alcohol"),
        ("C", "a b"),
        ("x", "#"),
    ]


def test_comment_with_too_few_cells_is_not_a_record() -> None:
    assert table("id,smiles", b"# exported today\n#1,CCO\n") == [("CCO", "#1")]
