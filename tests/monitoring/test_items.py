from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.monitoring.items import folder_items, item_of_line, named_items, table_items


def experiment(folder: Path, name: str, file: str = "acqus") -> None:
    (folder / name).mkdir()
    (folder / name / file).write_text("")


def test_experiments_and_files_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("10", "2", "1"):
        experiment(tmp_path, name)
    experiment(tmp_path, "varian_3", "procpar")
    experiment(tmp_path, "250101-1200 1D", "acqu.par")
    for name in ("run_12.dx", "run_3.dx", "notes.txt", ".hidden.dx", "~lock.dx"):
        (tmp_path / name).write_text("")
    (tmp_path / "empty").mkdir()

    names = [item.key for item in folder_items(tmp_path)]

    assert names == ["1", "2", "10", "250101-1200 1D", "run_3.dx", "run_12.dx", "varian_3"]


def test_experiments_within_other_folders(tmp_path: Path) -> None:
    for name in ("2026", "2026/11", "2026/11/30", "2026/12"):
        (tmp_path / name).mkdir()
    experiment(tmp_path, "2026/11/30/120000-1D PROTON-a", "acqu.par")
    experiment(tmp_path, "2026/11/30/093000-1D PROTON-a", "acqu.par")
    experiment(tmp_path, "2026/12/080000-1D PROTON-a", "acqu.par")
    experiment(tmp_path, "2026/11/30/120000-1D PROTON-a/Enhanced", "acqu.par")
    (tmp_path / "2026" / "nmr.dx").write_text("")

    items = folder_items(tmp_path)

    assert [item.key for item in items] == [
        "2026/11/30/093000-1D PROTON-a",
        "2026/11/30/120000-1D PROTON-a",
        "2026/12/080000-1D PROTON-a",
    ]
    assert {item.is_found for item in items} == {True}


def test_an_experiment_is_its_own_series(tmp_path: Path) -> None:
    experiment(tmp_path, "5")

    assert [(item.key, item.path) for item in folder_items(tmp_path / "5")] == [("5", tmp_path / "5")]


def test_a_file_of_spectra_is_one_entry(tmp_path: Path) -> None:
    assert [item.key for item in named_items(tmp_path / "run.jdf")] == ["run.jdf"]


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(SpectrumError, match="cannot be listed"):
        folder_items(tmp_path / "none")


def test_a_table_has_paths_and_times(tmp_path: Path) -> None:
    table = tmp_path / "run.csv"
    table.write_text("\ufefftime,path\n0,a.dx\n2026-11-30T12:00:00,sub/b.dx\n,c.dx\n,\n")

    items = table_items(table)

    noon = datetime(2026, 11, 30, 12).timestamp()
    assert [(item.key, item.path, item.time) for item in items] == [
        ("a.dx", tmp_path / "a.dx", 0.0),
        ("sub/b.dx", tmp_path / "sub/b.dx", noon),
        ("c.dx", tmp_path / "c.dx", None),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,time\na,1\n", "no column path"),
        ("path,time\na.dx,soon\n", "line 2: the time 'soon' is neither"),
        ("path,time\na.dx,1e300\n", "out of range"),
        ("path,time\na.dx,nan\n", "out of range"),
        ("path\n", "names no spectrum"),
        ("", "no column path"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, words: str) -> None:
    table = tmp_path / "run.csv"
    table.write_text(text)

    with pytest.raises(SpectrumError, match=words):
        table_items(table)


@pytest.mark.parametrize(
    ("line", "found"),
    [("a/1\n", [("a/1", None)]), ("a b.dx\t3.5\r\n", [("a b.dx", 3.5)]), ("\n", []), ("  \n", [])],
)
def test_a_line_of_standard_input(line: str, found: list[tuple[str, float | None]]) -> None:
    assert [(item.key, item.time) for item in item_of_line(line)] == found


@pytest.mark.parametrize(
    ("cell", "words"),
    [("a\0b.dx", r"line 2: the path 'a\\x00b\.dx' has a null character"), ("a" * 200_000, "line 2: is no CSV")],
)
def test_a_cell_that_is_no_path(tmp_path: Path, cell: str, words: str) -> None:
    table = tmp_path / "series.csv"
    table.write_text(f"path,time\n{cell},1\n")

    with pytest.raises(SpectrumError, match=words):
        table_items(table)


def test_a_line_with_a_null_character_is_no_path() -> None:
    with pytest.raises(SpectrumError, match=r"standard input: the path .* has a null character"):
        list(item_of_line("a\0b.dx\t1\n"))


def test_the_output_of_a_series_in_its_folder_is_no_spectrum(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("ppm,intensity\n1.0,2.0\n")
    (tmp_path / "run.csv").write_text("spectrum,time_s,CCO\n1.csv,0,1.0\n")

    assert [item.key for item in folder_items(tmp_path)] == ["1.csv"]
