from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specmol_core.matchnet_x.fit import held_out_queries
from specmol_core.matchnet_x.fit.held_out_queries import select_held_out_queries, select_unseen_queries
from specmol_core.shifts.train.shift_records import ShiftRecord

KETONE = {
    "id": 7, "smiles": "CCC(C)=O", "c13": [[209.3, [2], "S"], [36.9, [1], "T"], [29.4, [3], "Q"], [7.9, [0], "Q"]],
    "h1": [[2.45, 2, "q", [7.3]], [2.13, 3, "s", []], [1.05, 3, "t", [7.3]]],
}  # fmt: skip
OTHERS: list[dict[str, Any]] = [{"smiles": s, "c13": [[10.0, [0], "Q"]]} for s in ("CCC=O", "CCCC", "CC(C)=O", "CCCCC")]


@pytest.fixture(autouse=True)
def butanone_is_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def split(record: ShiftRecord, common: frozenset[str]) -> str:
        return "validation" if record.smiles in ("CCC(C)=O", "CCO") else "train"

    monkeypatch.setattr(held_out_queries, "split_of", split)


def queries(tmp_path: Path, *entries: dict[str, Any], excluded: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    measured, library = tmp_path / "m.jsonl", tmp_path / "l.smi"
    measured.write_text("".join(json.dumps(e) + "\n" for e in (*entries, *OTHERS)))
    library.write_text("CCCC=O\nC=CCCO\nCCC(C)=O\nCCCCO\n")
    return select_held_out_queries([measured], library, excluded, "validation")


def test_a_held_out_list_among_isomers_and_similar_structures(tmp_path: Path) -> None:
    (query,) = queries(tmp_path, KETONE)

    assert query == {
        "id": "7",
        "truth": "CCC(C)=O",
        "formula": "C4H8O",
        "c13": [[7.9, 1], [29.4, 1], [36.9, 1], [209.3, 1]],
        "h1": [[2.45, 2.0, "q", [7.3]], [2.13, 3.0, "s", []], [1.05, 3.0, "t", [7.3]]],
        "solvent": "",
        "exchangeable": False,
        "printed": False,
        "pool": sorted(["CCC(C)=O", "CCCC=O", "C=CCCO", "CCC=O", "CCCC", "CC(C)=O", "CCCCC"]),
    }


def test_carbons_without_assignment_are_a_printed_list(tmp_path: Path) -> None:
    (query,) = queries(tmp_path, {**KETONE, "c13": [[ppm, 1, ""] for ppm, *_ in KETONE["c13"]]})

    assert query["printed"]


def test_excluded_structures_are_neither_truth_nor_decoy(tmp_path: Path) -> None:
    (query,) = queries(tmp_path, KETONE, excluded=frozenset({"CCCC=O", "CCCC"}))

    assert not {"CCCC=O", "CCCC"} & set(query["pool"])
    assert queries(tmp_path, KETONE, excluded=frozenset({"CCC(C)=O"})) == []


def test_carbons_of_one_shift_are_one_line(tmp_path: Path) -> None:
    duplicated = [[209.3, [2], "S"], [29.4, [3], "Q"], [29.4, [0], "Q"], [36.9, [1], "T"]]

    (query,) = queries(tmp_path, {**KETONE, "c13": duplicated})

    assert query["c13"] == [[29.4, 2], [36.9, 1], [209.3, 1]]


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ({"qc_c13_mae": 6.0}, {"h1"}), ({"c13_cov": 0.9}, {"h1"}), ({"c13_cov": 0.0}, {"h1"}),
        ({"qc_h1_mae": 0.6}, {"c13"}), ({"h1_cov": 0.9}, {"c13"}), ({"h1": [[2.1, None, "", []]]}, {"c13"}),
        ({"c13_cov": 1.0, "h1_cov": 1.0, "qc_c13_mae": 1.0, "qc_h1_mae": 0.1}, {"c13", "h1"}),
    ],
)  # fmt: skip
def test_a_doubtful_list_is_omitted(tmp_path: Path, entry: dict[str, Any], left: set[str]) -> None:
    (query,) = queries(tmp_path, {**KETONE, **entry})

    assert {name for name in ("c13", "h1") if query[name]} == left


def test_a_structure_without_a_usable_list_has_no_query(tmp_path: Path) -> None:
    assert queries(tmp_path, {**KETONE, "qc_c13_mae": 9.0, "qc_h1_mae": 9.0}) == []


@pytest.mark.parametrize(("listed_count", "exchangeable"), [(3, True), (2, False)])
def test_exchanging_protons_in_the_list_are_detected(tmp_path: Path, listed_count: int, exchangeable: bool) -> None:
    lines = [[1.2, 3, "t", []], [3.7, 2, "q", []], [2.6, 1, "s", []]]

    (query,) = queries(tmp_path, {"smiles": "CCO", "c13": [[18.4, [0], "Q"]], "h1": lines[:listed_count]})

    assert query["exchangeable"] is exchangeable


def unseen(tmp_path: Path, *entries: dict[str, Any], excluded: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    measured, library = tmp_path / "m.jsonl", tmp_path / "l.smi"
    measured.write_text("".join(json.dumps(e) + "\n" for e in (*entries, *OTHERS)))
    library.write_text("CCCC=O\nC=CCCO\nCCC(C)=O\n")
    return select_unseen_queries([measured], library, frozenset({"CCC(C)=O", "CCCCC"}), excluded)


def test_an_unseen_structure_is_a_query_once_if_it_has_both_nuclei(tmp_path: Path) -> None:
    (query,) = unseen(tmp_path, KETONE, {**KETONE, "id": 8, "solvent": "CDCl3"})

    assert (query["id"], query["truth"]) == ("7", "CCC(C)=O")
    assert {"CCCC=O", "C=CCCO", "CCCCC"} < set(query["pool"])


def test_an_unseen_structure_that_is_excluded_is_neither_truth_nor_decoy(tmp_path: Path) -> None:
    assert unseen(tmp_path, KETONE, excluded=frozenset({"CCC(C)=O"})) == []


@pytest.mark.parametrize(
    "lists",
    [
        {"c13": [*KETONE["c13"], [55.0, [1], "D"]]},  # type: ignore[misc]
        {"h1": [*KETONE["h1"], [3.3, 1, "s", []]]},  # type: ignore[misc]
    ],
)
def test_a_list_of_more_nuclei_than_the_structure_has_is_left_out(tmp_path: Path, lists: dict[str, Any]) -> None:
    assert unseen(tmp_path, {**KETONE, **lists}) == []
