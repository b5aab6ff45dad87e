from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specmol_core.errors import DatasetError
from specmol_core.shifts.train.measured_entries import measured_entries

GOOD = {
    "smiles": "CCO",
    "c13": [[58.0, [1], "T"], [18.1, [0], "Q"]],
    "h1": [[3.7, 2, "q", [7.0], [1], [3.6, 3.8]], [1.2, 3, None, None]],
    "qc_c13_mae": None,
}


def found(tmp_path: Path, **changes: Any) -> list[tuple[int, dict[str, Any]]]:
    path = tmp_path / "m.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | changes) + "\n")
    return list(measured_entries(path))


def test_entries_are_unchanged(tmp_path: Path) -> None:
    assert found(tmp_path, c13=[[58.0, None, "t", []], [18.1, 1]], h1=None) == [
        (1, GOOD),
        (2, GOOD | {"c13": [[58.0, None, "t", []], [18.1, 1]], "h1": None}),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"smiles": 5}, "line 2 is not an object with a smiles"),
        ({"smiles": "C" * 2_000}, "line 2: RDKit needs too much time or memory"),
        ({"c13": "58.0"}, "line 2: c13 has another form"),
        ({"c13": [58.0]}, "line 2: c13 has another form"),
        ({"c13": [["58", 1]]}, "line 2: c13 has another form"),
        ({"c13": [[1e9, 1]]}, "line 2: c13 has another form"),
        ({"c13": [[10**400, 1]]}, "line 2: c13 has another form"),
        ({"c13": [[58.0, -1]]}, "line 2: c13 has another form"),
        ({"c13": [[58.0, [-1]]]}, "line 2: c13 has another form"),
        ({"c13": [[58.0, [True]]]}, "line 2: c13 has another form"),
        ({"c13": [[58.0, 1]] * 2_001}, "line 2: c13 has another form"),
        ({"h1": [[3.7, 2, 5]]}, "line 2: h1 has another form"),
        ({"h1": [[3.7, 2, "q", ["7"]]]}, "line 2: h1 has another form"),
        ({"h1": [[3.7, 2, "q", [7], [[1]]]]}, "line 2: h1 has another form"),
        ({"qc_h1_mae": "none"}, "line 2: qc_h1_mae is not a number"),
    ],
)
def test_other_forms_are_an_error_that_names_the_line(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=reason):
        found(tmp_path, **changes)


@pytest.mark.parametrize("count", [712_561.28, 10**400])
def test_areas_of_peaks_are_no_counts(count: float, tmp_path: Path) -> None:
    # Records of cheminfo have such areas. As counts they would take gigabytes.
    assert found(tmp_path, h1=[[8.54, count, "", [], []]])[1][1]["h1"] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nmrshiftdb2", "nmrextractor", "cheminfo_h1"])
def test_real_files_have_the_documented_form(name: str, shared: Path) -> None:
    path = shared / "data" / "experimental" / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is missing")

    assert sum(1 for _ in measured_entries(path)) > 600
