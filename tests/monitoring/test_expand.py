from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.array_files import write_jcamp_pages, write_link_blocks, write_matrix, write_ser
from support.mixture_spectra import mixture

from specmol_core.errors import UsageError
from specmol_core.monitoring.expand import Expander, RowChoice, parse_row_choice
from specmol_core.monitoring.items import SeriesItem

SPECTRA = [mixture({"acetone": share, "isopropanol": 1 - share}, points=2048) for share in (0.2, 0.4, 0.6, 0.8)]


def item(path: Path) -> SeriesItem:
    return SeriesItem(path.name, path, is_found=True)


def test_rows_have_names_and_times(tmp_path: Path) -> None:
    array = item(write_ser(tmp_path / "5", SPECTRA, points=500, DATE_START=1_700_000_000, DATE=1_700_000_044))

    found = Expander("1H", None, RowChoice())(array)

    assert found.is_complete
    assert [row.key for row in found.items] == [f"5::row/{number}" for number in (1, 2, 3, 4)]
    assert [row.time for row in found.items] == pytest.approx([1_700_000_000 + 11 * k for k in range(4)])
    assert {row.file for row in found.items} == {tmp_path / "5"}


def test_a_row_keeps_its_key_when_the_array_is_processed(tmp_path: Path) -> None:
    array, expand = item(write_ser(tmp_path / "5", SPECTRA, points=500)), Expander("1H", None, RowChoice())
    before = expand(array).items
    write_matrix(tmp_path / "5", SPECTRA)
    after = expand(array).items

    assert [row.key for row in before] == [row.key for row in after]
    assert after[0].path == Path(f"{tmp_path / '5'}::pdata/1/row/1")


def test_times_after_the_first_row_are_enough_for_one_array(tmp_path: Path) -> None:
    array = item(write_jcamp_pages(tmp_path / "a.jdx", SPECTRA, [0, 1, 2, 3]))

    alone = Expander("1H", None, RowChoice(), has_one_entry=True)(array)
    among_others = Expander("1H", None, RowChoice())(array)

    assert [row.time for row in alone.items] == [0.0, 60.0, 120.0, 180.0]
    assert {row.time for row in among_others.items} == {None}
    assert "the series has other entries: give --times" in among_others.items[0].note
    assert alone.items[0].note == ""
    timed = Expander("1H", None, RowChoice())(replace(array, time=1000.0))
    assert [row.time for row in timed.items] == [1000.0, 1060.0, 1120.0, 1180.0]


def test_rows_of_an_interleaved_array(tmp_path: Path) -> None:
    array = item(write_ser(tmp_path / "5", SPECTRA, points=500))

    found = Expander("1H", None, RowChoice(2, 2))(array)

    assert [row.key for row in found.items] == ["5::row/2", "5::row/4"]


def test_other_nuclei_and_experiments_are_left_out(tmp_path: Path) -> None:
    carbon = write_ser(tmp_path / "6", SPECTRA, points=500, NUC1="<13C>")
    presaturated = write_ser(tmp_path / "7", SPECTRA, points=500, PULPROG="<noesygppr1d>")
    expand = Expander("1H", "zg2d", RowChoice())

    assert expand(item(carbon)).items[0].left_out == "is of 13C; the series is of 1H"
    assert expand(item(presaturated)).items[0].left_out == "is the experiment noesygppr1d, and zg2d was asked for"
    assert "and zg was asked for" in Expander("1H", "zg", RowChoice())(item(presaturated)).items[0].left_out
    assert (
        not Expander("1H", "ZG2D", RowChoice())(item(write_ser(tmp_path / "8", SPECTRA, points=500))).items[0].left_out
    )
    # Who names a spectrum gets the error of the reader.
    assert not expand(SeriesItem("6", carbon)).items[0].left_out


def test_a_change_of_the_experiment_is_a_warning(tmp_path: Path) -> None:
    folders = [write_ser(tmp_path / str(n), SPECTRA, points=500, PULPROG=f"<{p}>") for n, p in ((1, "zg"), (2, "zg30"))]
    (tmp_path / "1" / "ser").rename(tmp_path / "1" / "fid")
    (tmp_path / "2" / "ser").rename(tmp_path / "2" / "fid")
    expand = Expander("1H", None, RowChoice())

    notes = [expand(item(folder)).items[0].note for folder in folders]

    assert notes[0] == ""
    assert "holds the experiments zg and zg30" in notes[1]


def test_blocks_of_an_experiment(tmp_path: Path) -> None:
    path = write_link_blocks(
        tmp_path / "a.jdx", [(spectrum, f"2026/11/30 12:00:0{k}") for k, spectrum in enumerate(SPECTRA)]
    )
    text = path.read_text()
    for sequence in ("zg30", "wet", "zg30", "wet"):
        text = text.replace("##DATA CLASS= XYDATA\n", f"##.PULSE SEQUENCE= {sequence}\n##DATA  CLASS= XYDATA\n", 1)
    path.write_text(text)

    found = Expander("1H", "wet", RowChoice())(item(path))

    assert [row.key for row in found.items] == ["a.jdx::3", "a.jdx::5"]
    assert found.items[1].time - found.items[0].time == 2.0


@pytest.mark.parametrize("text", ["", "0", "2:0", "a", "1:2:3", "-1"])
def test_a_choice_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="give FIRST:STEP"):
        parse_row_choice(text)
