"""A ranking as JSON, JSON lines, CSV and SDF."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from rdkit import Chem

from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.molecules.sdf import read_sdf
from specmol_core.report.result import HashedFile, LibrarySummary, Provenance, QueryFailure, QueryResult
from specmol_core.report.writers import CSV_COLUMNS, WRITERS, to_csv, to_json, to_jsonl, to_sdf
from specmol_core.retrieval.ranker import RankedCandidate
from specmol_core.storage.plain_text import encode, plain_text
from specmol_core.storage.spreadsheet import cell_text


def result(*names: str, **changes: object) -> QueryResult:
    rows = tuple(
        RankedCandidate(i + 1, 7 * i, name, "CC(=O)O", "C2H4O2", 1.5 - i, 0.75, i + 1) for i, name in enumerate(names)
    )
    values: dict[str, object] = {
        "id": "q1",
        "candidates": rows,
        "library": LibrarySummary("l.sdf", 9, 5, 1, 3),
        "nuclei": ("1H",),
        "provenance": Provenance(
            "0.1.0",
            "matchnet",
            "c0ffee",
            {"h1": HashedFile("h.png", "aa"), "c13": None},
            HashedFile("l.sdf", "bb"),
            {"top": 2},
        ),
        "warnings": ("13C is missing",),
        **changes,
    }
    return QueryResult(**values)  # type: ignore[arg-type]


def test_json_has_the_documented_keys() -> None:
    found = json.loads(to_json(result("acid")))

    assert list(found) == [
        "id",
        "nuclei",
        "verdict",
        "confidence_set",
        "identification",
        "next",
        "candidates",
        "ties",
        "library",
        "warnings",
        "solvents",
        "masked_lines",
        "known",
        "components",
        "provenance",
    ]
    assert found["candidates"] == [
        {"rank": 1, "index": 0, "name": "acid", "smiles": "CC(=O)O", "formula": "C2H4O2", "score": 1.5,
         "probability": 0.75, "group": 1, "in_set": None}
    ]  # fmt: skip
    assert found["library"] == {"path": "l.sdf", "read": 9, "scored": 5, "duplicates": 1, "rejected": 3}
    assert found["provenance"]["spectra"] == {"h1": {"path": "h.png", "sha256": "aa"}, "c13": None}


ASSIGNMENT = Assignment((AssignedSignal("13C", 177.2, 178.0, 0.5, (1,), 1.0),))
VERDICT = RankingOutcome("open", 2, 0.25)


def test_json_has_the_verdict_and_the_assignment_of_the_first_candidates() -> None:
    found = json.loads(to_json(result("acid", "other", verdict=VERDICT, assignments=(ASSIGNMENT,))))

    assert found["verdict"] == {
        "name": "open",
        "groups": 2,
        "none_fits_probability": 0.25,
        "configuration": "",
        "unexplained": [],
        "probability": 0.0,
    }
    assert found["candidates"][0]["assignment"] == [ASSIGNMENT.signals[0].as_dict()]
    assert "assignment" not in found["candidates"][1]


def test_csv_repeats_the_verdict_in_each_row() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(result("acid", "other", verdict=VERDICT)))))

    assert [(r["verdict"], r["none_fits_probability"], r["group"]) for r in rows] == [
        ("open", "0.25", "1"), ("open", "0.25", "2"),
    ]  # fmt: skip


def test_csv_verdict_is_empty_for_a_model_without_one() -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(result("acid"))))

    assert json.loads(to_json(result("acid")))["verdict"] is None
    assert (row["verdict"], row["none_fits_probability"]) == ("", "")


def test_sdf_has_assignments_only_for_the_first_candidates() -> None:
    supplier = Chem.SDMolSupplier()
    supplier.SetData(to_sdf(result("acid", "other", verdict=VERDICT, assignments=(ASSIGNMENT,))))

    first, second = supplier
    assert first.GetAtomWithIdx(1).GetDoubleProp("13C_observed") == 177.2
    assert json.loads(first.GetProp("assignment")) == [ASSIGNMENT.signals[0].as_dict()]
    assert set(second.GetPropNames()) == set(CSV_COLUMNS)
    assert second.GetProp("verdict") == "open"


def test_json_lines_are_the_same_object_on_one_line() -> None:
    line = to_jsonl(result("a\nb", "c"))

    assert line.count("\n") == 1
    assert json.loads(line) == json.loads(to_json(result("a\nb", "c")))


def test_a_failure_is_one_line_with_its_exit_code() -> None:
    assert json.loads(to_jsonl(QueryFailure("q", "h.png: no", 3))) == {
        "id": "q",
        "error": {"message": "h.png: no", "exit_code": 3},
    }


def test_json_has_null_for_nan_and_infinity() -> None:
    row = RankedCandidate(1, 0, "", "C", "CH4", math.nan, math.inf, 1)

    found = json.loads(to_json(result(candidates=(row,))))

    assert (found["candidates"][0]["score"], found["candidates"][0]["probability"]) == (None, None)


HOSTILE = ["a,b", 'say "x"', "two\nlines", "$$$$", ">  <rank>", "\x1b[31mred", "=1+1", "δ-valerolactone", ""]


def test_csv_has_a_row_per_candidate_whatever_their_names() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(result(*HOSTILE)))))

    assert [row["rank"] for row in rows] == [str(i + 1) for i in range(len(HOSTILE))]
    assert [row["name"] for row in rows] == [cell_text(plain_text(name)) for name in HOSTILE]
    assert tuple(rows[0]) == CSV_COLUMNS
    assert (rows[0]["id"], rows[0]["h1_sha256"], rows[0]["c13"], rows[0]["library_rejected"]) == ("q1", "aa", "", "3")
    assert to_csv(result(*HOSTILE)).count("\n") == len(HOSTILE) + 1


def test_sdf_has_a_record_per_candidate_whatever_their_names() -> None:
    supplier = Chem.SDMolSupplier()
    supplier.SetData(to_sdf(result(*HOSTILE)))
    mols = list(supplier)

    assert len(mols) == len(HOSTILE)
    assert [Chem.MolToSmiles(m) for m in mols] == ["CC(=O)O"] * len(HOSTILE)
    assert [m.GetProp("name").strip() for m in mols] == [plain_text(name) for name in HOSTILE]
    assert [m.GetProp("_Name").strip() for m in mols] == [plain_text(name) for name in HOSTILE]
    assert set(CSV_COLUMNS) == set(mols[0].GetPropNames())
    assert mols[1].GetProp("rank") == "2"
    assert mols[0].GetConformer().Is3D() is False
    assert float(mols[0].GetProp("score")) == 1.5


def test_name_in_an_sdf_cannot_end_the_record() -> None:
    lines = to_sdf(result(*HOSTILE)).splitlines()

    assert sum(line.startswith("$$$$") for line in lines) == len(HOSTILE)


def test_stereochemistry_survives_the_sdf() -> None:
    row = RankedCandidate(1, 0, "ala", "C[C@H](N)C(=O)O", "C3H7NO2", 0.0, 0.5, 1)
    supplier = Chem.SDMolSupplier()
    supplier.SetData(to_sdf(result(candidates=(row,))))

    assert Chem.MolToSmiles(supplier[0]) == Chem.CanonSmiles("C[C@H](N)C(=O)O")


def test_invalid_smiles_is_an_error() -> None:
    with pytest.raises(ValueError, match="candidate 4"):
        to_sdf(result(candidates=(RankedCandidate(1, 4, "", "no smiles", "", 0.0, 0.0, 1),)))


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_empty_ranking_can_be_written(name: str) -> None:
    assert isinstance(WRITERS[name](result()), str)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("a\r\nb", "a b"), ("\x1b[2J", "[2J"), ("  x  ", "x"), ("\u202eevil", "evil"), ("\udcff", ""), ("βγ", "βγ")],
)
def test_plain_text(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def test_undecodable_path_is_preserved_in_json() -> None:
    name = b"\xff.png".decode("utf-8", "surrogateescape")
    spectra = {"h1": HashedFile(name, ""), "c13": None}
    provenance = Provenance("", "", "", spectra, HashedFile("", ""), {})

    found = json.loads(encode(to_json(result(provenance=provenance))))

    assert found["provenance"]["spectra"]["h1"]["path"] == name


def test_csv_cells_are_not_formulas() -> None:
    text = to_csv(result("=1+1", "-cmd", id="@q", warnings=("+w",), library=LibrarySummary("=l.sdf", 9, 5, 1, 3)))

    first, second = csv.DictReader(io.StringIO(text))
    assert (first["name"], second["name"], first["id"]) == ("'=1+1", "'-cmd", "'@q")
    assert second["score"] == "0.5"
    assert not [cell for row in (first, second) for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_sdf_with_any_names_is_read_as_a_library() -> None:
    names = ("  3  2  0  0  0  0  0  0  0  0999 V2000", "M  END", "> <x>", "$$$$", "M  V30 BEGIN CTAB")

    found = list(read_sdf(to_sdf(result(*names)).encode().split(b"\n")))

    assert len(found) == len(names)
    assert [Chem.MolToSmiles(Chem.MolFromMolBlock(entry.text)) for entry in found] == ["CC(=O)O"] * len(names)
