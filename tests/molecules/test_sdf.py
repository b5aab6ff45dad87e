from __future__ import annotations

from rdkit import Chem

from specmol_core.molecules import sdf
from specmol_core.molecules.sdf import read_sdf


def block(smiles: str, name: str = "") -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", name)
    return str(Chem.MolToMolBlock(mol))


def entries(text: str) -> list[sdf.RecordEntry]:
    return list(read_sdf(text.encode().split(b"\n")))


def smiles_of(entry: sdf.RecordEntry) -> str:
    return str(Chem.MolToSmiles(Chem.MolFromMolBlock(entry.text)))


def test_separators_end_records() -> None:
    found = entries(block("CCO", "a") + "$$$$\n" + block("CCN", "b") + "$$$$\n")

    assert [(e.name, smiles_of(e), e.fault) for e in found] == [("a", "CCO", ""), ("b", "CCN", "")]


def test_last_record_needs_no_separator() -> None:
    assert [e.name for e in entries(block("CCO", "a") + "$$$$\n" + block("CCN", "b"))] == ["a", "b"]
    assert [e.name for e in entries(block("CCO", "only"))] == ["only"]


def test_data_items_do_not_reach_the_mol_block() -> None:
    (found,) = entries(block("CCO", "a") + "> <note>\nhello\n\n$$$$\n")

    assert found.text.endswith("M  END\n")


def test_missing_separator_is_repaired() -> None:
    text = block("CCO", "a") + "> <note>\nhello\n\n" + block("CCN", "b") + "$$$$\n" + block("CC", "c") + "$$$$\n"

    assert [(e.name, smiles_of(e)) for e in entries(text)] == [("a", "CCO"), ("b", "CCN"), ("c", "CC")]


def test_all_missing_separators_are_repaired() -> None:
    assert [e.name for e in entries("".join(block("C" * n, str(n)) for n in range(1, 6)))] == list("12345")


def test_truncated_block_that_runs_into_the_next_is_rejected_not_merged() -> None:
    broken = block("CCO", "a").split("M  END")[0]

    (found,) = entries(broken + block("CCN", "b") + "$$$$\n")

    assert "$$$$ line between them is missing" in found.fault
    assert found.text == ""


def test_separator_missing_inside_a_data_item_is_rejected_not_merged() -> None:
    text = block("CCO", "a") + "> <note>\nhello\n" + block("CCN", "b").replace("\n\n", "\nx\n", 1) + "$$$$\n"

    (found,) = entries(text)

    # By the format, the second header is part of the data item, and so is its M  END line.
    assert found.fault or smiles_of(found) == "CCO"


def test_mol_block_in_a_data_item_is_not_a_second_molecule() -> None:
    inner = "\n".join(line or "x" for line in block("CCN", "b").split("\n"))

    (found,) = entries(block("CCO", "a") + f"> <product>\n{inner}\n\n$$$$\n")

    assert smiles_of(found) == "CCO"


def test_blank_line_after_a_separator_is_not_a_header() -> None:
    found = entries(block("CCO", "a") + "$$$$\n\n" + block("CCN", "b") + "$$$$\n")

    assert [(e.name, smiles_of(e)) for e in found] == [("a", "CCO"), ("b", "CCN")]


def test_nothing_between_two_separators_is_an_empty_record() -> None:
    assert [e.fault for e in entries(block("C", "a") + "$$$$\n$$$$\n" + block("C", "b"))] == ["", "empty", ""]


def test_name_is_an_identifier_tag_if_the_title_is_empty() -> None:
    text = block("CCO") + ">  <logP>\n1.5\n\n>  <CHEMBL_ID>  (1)\nCHEMBL545\n\n$$$$\n" + block("C") + "$$$$\n"

    assert [e.name for e in entries(text)] == ["CHEMBL545", ""]


def test_too_large_record_is_skipped_and_named(monkeypatch) -> None:
    monkeypatch.setattr(sdf, "MAX_RECORD_BYTES", 2_000)
    giant = block("CCO", "giant") + "> <note>\n" + "x\n" * 5_000 + "\n$$$$\n"

    found = entries(block("CCN", "a") + "$$$$\n" + giant + block("CC", "c") + "$$$$\n")

    assert [e.name for e in found] == ["a", "giant", "c"]
    assert found[1].fault.startswith("too large: a record of more than")


def test_file_without_separators_may_be_larger_than_one_record(monkeypatch) -> None:
    monkeypatch.setattr(sdf, "MAX_RECORD_BYTES", 2_000)

    assert [e.name for e in entries("".join(block("CCO", str(n)) for n in range(50)))] == [str(n) for n in range(50)]


def test_header_lines_may_look_like_counts_lines() -> None:
    counts = "  3  2  0  0  0  0  0  0  0  0999 V2000"
    lines = block("CCO", counts.strip()).split("\n")
    for place in (0, 1, 2):
        titled = [*lines]
        titled[place] = counts
        found = entries("\n".join(titled) + "$$$$\n" + block("CCN", "b"))

        assert [(smiles_of(e), e.fault) for e in found] == [("CCO", ""), ("CCN", "")]


def test_name_comes_before_identifier_among_the_data_items() -> None:
    items = {"molecular.formula": "C2H6O", "cas.rn": "64-17-5", "cas.index.name": "Ethanol", "BATCH_ID": "7"}
    text = block("CCO") + "".join(f"> <{tag}>\n{value}\n\n" for tag, value in items.items()) + "$$$$\n"

    assert [e.name for e in entries(text)] == ["Ethanol"]
    assert [e.name for e in entries(text.replace("Ethanol", ""))] == ["64-17-5"]
    assert [e.name for e in entries(text.replace("Ethanol", "").replace("64-17-5", ""))] == [""]
