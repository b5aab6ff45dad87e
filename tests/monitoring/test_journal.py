from __future__ import annotations

import csv
from pathlib import Path

import pytest

from specmol_core.errors import OutputError
from specmol_core.monitoring.journal import Journal, check_is_of_series, signals_of

COLUMNS = ("spectrum", "time_s", "ester", "unexplained_signals", "error")
ROW = {"spectrum": "10", "time_s": 1.5, "ester": 0.25, "unexplained_signals": [[7.1, 0.02], [2.0, 0.01]]}
FAILED = {"spectrum": "=cmd", "error": 'a, b: "c"'}


@pytest.mark.parametrize("name", ["run.csv", "run.jsonl"])
def test_lines_are_read_back(tmp_path: Path, name: str) -> None:
    journal = Journal(tmp_path / name, COLUMNS)
    journal.add(ROW)
    journal.add(FAILED)

    again = Journal(tmp_path / name, COLUMNS)

    assert again.keys == ["10", "=cmd"]
    assert again.rows[0]["ester"] == 0.25
    assert signals_of(again.rows[0]) == [(7.1, 0.02), (2.0, 0.01)]
    assert again.rows[1]["error"] == FAILED["error"]
    assert signals_of(again.rows[1]) == []


def test_a_table_is_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    Journal(tmp_path / "run.csv", COLUMNS).add(FAILED)

    with (tmp_path / "run.csv").open(newline="") as file:
        header, row = csv.reader(file)
    assert header == list(COLUMNS)
    assert row[0] == "'=cmd"


@pytest.mark.parametrize("name", ["run.csv", "run.jsonl"])
def test_a_torn_last_line_is_removed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    journal = Journal(path, COLUMNS)
    journal.add(ROW)
    whole = path.read_bytes()
    journal.add(FAILED)
    for cut in range(len(whole), len(path.read_bytes())):
        torn = tmp_path / f"torn_{cut}{path.suffix}"
        torn.write_bytes(path.read_bytes()[:cut])

        assert Journal(torn, COLUMNS).keys == ["10"]
        assert torn.read_bytes() == whole


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("run.csv", "a,b\n1,2\n", "other columns"),
        ("run.jsonl", '{"a": 1}\n', "line 1 is not of a series"),
        ("run.jsonl", "hello\n", "line 1 is not of a series"),
        ("run.jsonl", "[" * 100_000 + "\n", "line 1 is not of a series"),
        ("run.csv", "\ud800\n", "cannot be read"),
    ],
)
def test_the_output_of_something_else_is_not_touched(tmp_path: Path, name: str, text: str, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    before = path.read_bytes()

    with pytest.raises(OutputError, match=words):
        Journal(path, COLUMNS)
    assert path.read_bytes() == before


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        Journal(tmp_path / "none" / "run.csv", COLUMNS)


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="there are no device files")
def test_a_device_is_no_journal() -> None:
    with pytest.raises(OutputError, match="/dev/null: is not a file"):
        Journal(Path("/dev/null"), ["path"])


@pytest.mark.parametrize("text", ["", "spectrum,time_s,CCO\n", '{"spectrum": "1", "CCO": 1.0}\n'])
def test_the_lines_of_a_series_may_be_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "whole.csv"
    check_is_of_series(path)
    path.write_text(text)

    check_is_of_series(path)


@pytest.mark.parametrize("text", ["name,smiles\n", "{}\n", "hello", "[" * 100_000])
def test_another_file_is_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "species.csv"
    path.write_text(text)

    with pytest.raises(OutputError, match=r"species\.csv: exists, and is not of a series"):
        check_is_of_series(path)
