"""Arrays of spectra in all formats: their rows, their times, and what is refused."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from support.array_files import (
    parameter_file,
    write_jcamp_pages,
    write_jdf_array,
    write_link_blocks,
    write_magritek_array,
    write_matrix,
    write_ser,
    write_varian_array,
)
from support.mixture_spectra import mixture

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments.bruker_dataset import open_dataset
from specmol_core.spectra.readers.instruments.bruker_rows import fid_row, processed_row
from specmol_core.spectra.readers.instruments.jeol_data import read_header, read_row
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.instruments.varian import read_fid
from specmol_core.spectra.readers.jcamp import reader as jcamp_reader
from specmol_core.spectra.readers.jcamp.records import Block, parse_blocks
from specmol_core.spectra.readers.source import SourceFiles
from specmol_core.spectra.rows import content_of
from specmol_core.spectra.spectrum import Spectrum

SHARES = [0.1, 0.4, 0.6, 0.8, 0.9]
SPECTRA = [mixture({"acetone": share, "1,4-dimethoxybenzene": 1 - share}, points=8192) for share in SHARES]
SCAN = 2.5 + 8000 / (2 * 10.5 * 400)
"""Delay and acquisition of a scan of the Bruker files (s)."""
DATES = [f"2026/11/30 12:{minute:02d}:00" for minute in (0, 3, 5, 20, 50)]


def read(path: Path | str) -> Spectrum:
    return read_spectrum(Path(path), "1H", None, Geometry.h1_window)


def ratio(spectrum: Spectrum) -> float:
    """Area of acetone over that of the ring protons of dimethoxybenzene, a proton each."""
    grid, trace = spectrum.axis.grid(), spectrum.intensities
    areas = [float(trace[np.abs(grid - ppm) < 0.1].sum()) for ppm in (2.17, 6.83)]
    return areas[0] / 6 / (areas[1] / 4)


WRITERS: dict[str, Callable[[Path], Path]] = {
    "ser": lambda path: write_ser(path / "5", SPECTRA),
    "2rr": lambda path: write_matrix(path / "5", SPECTRA),
    "varian": lambda path: write_varian_array(path / "run.fid", SPECTRA, [0.0, 60.0, 60.0, 120.0, 120.0]),
    "jdf": lambda path: write_jdf_array(path / "run.jdf", SPECTRA),
    "blocks": lambda path: write_link_blocks(path / "run.jdx", list(zip(SPECTRA, DATES, strict=True))),
    "pages": lambda path: write_jcamp_pages(path / "run.jdx", SPECTRA, [0, 2, 4, 8, 16]),
    "magritek": lambda path: write_magritek_array(path / "261130-120000 Proton (run)", SPECTRA),
}
SECONDS = {
    "ser": [4 * SCAN * k for k in range(5)],
    "2rr": [4 * SCAN * k for k in range(5)],
    "varian": [0.0, 72.0, 144.0, 276.0, 408.0],
    "jdf": [0.0, 20.0, 40.0, 60.0, 80.0],
    "blocks": [0.0, 180.0, 300.0, 1200.0, 3000.0],
    "pages": [0.0, 120.0, 240.0, 480.0, 960.0],
    "magritek": [0.0, 30.0, 60.0, 90.0, 120.0],
}
REPETITIONS = {"ser": SCAN, "2rr": SCAN, "varian": 3.0, "jdf": 5.0, "blocks": None, "pages": None, "magritek": 7.0}
"""Time from one scan to the next (s)."""


@pytest.mark.parametrize("form", WRITERS)
def test_rows_are_the_spectra_that_were_written(tmp_path: Path, form: str) -> None:
    path = WRITERS[form](tmp_path)

    rows = content_of(path, "1H").rows

    assert rows is not None
    assert len(rows.names) == rows.expected == len(SHARES)
    assert rows.seconds == pytest.approx(SECONDS[form])
    found = [read(f"{path}::{name}") for name in rows.names]
    assert [ratio(spectrum) for spectrum in found] == pytest.approx([share / (1 - share) for share in SHARES], rel=0.05)
    assert {spectrum.frequency_mhz for spectrum in found} == {400.0}
    assert {len(spectrum.sha256) for spectrum in found} == {64}
    assert found[0].repetition_s == (None if REPETITIONS[form] is None else pytest.approx(REPETITIONS[form]))


@pytest.mark.parametrize("form", WRITERS)
def test_rows_of_a_kept_file_are_the_same(tmp_path: Path, form: str) -> None:
    path, files = WRITERS[form](tmp_path), SourceFiles()
    rows = content_of(path, "1H").rows
    assert rows is not None

    for name in rows.names:
        alone = read(f"{path}::{name}")
        kept = read_spectrum(Path(f"{path}::{name}"), "1H", None, Geometry.h1_window, files=files)
        assert np.array_equal(alone.intensities, kept.intensities)
        assert (alone.axis, alone.source, alone.sha256) == (kept.axis, kept.source, kept.sha256)


def test_a_file_of_pages_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, files = WRITERS["pages"](tmp_path), SourceFiles()
    parsed: list[int] = []

    def parse(content: bytes) -> list[Block]:
        parsed.append(len(content))
        return parse_blocks(content)

    monkeypatch.setattr(jcamp_reader, "parse_blocks", parse)
    for row in range(1, len(SPECTRA) + 1):
        read_spectrum(Path(f"{path}::1/row/{row}"), "1H", None, Geometry.h1_window, files=files)

    assert parsed == [path.stat().st_size]


@pytest.mark.parametrize("form", WRITERS)
def test_the_whole_array_is_no_spectrum(tmp_path: Path, form: str) -> None:
    path = WRITERS[form](tmp_path)

    with pytest.raises(SpectrumError, match=r"monitor reads all|arrayed experiment"):
        read(path)
    with pytest.raises(SpectrumError, match=r"99"):
        read(f"{path}::{'99' if form == 'blocks' else 'row/99'}")


def test_nmrglue_reads_the_same_numbers(tmp_path: Path) -> None:
    ng = pytest.importorskip("nmrglue")
    ser, matrix, varian = (WRITERS[form](tmp_path / form) for form in ("ser", "2rr", "varian"))
    data, trees = open_dataset(FileTree.of_folder(ser)), [FileTree.of_folder(path) for path in (matrix, varian)]
    jdf = write_jdf_array(tmp_path / "run.jdf", SPECTRA)
    header = read_header(jdf.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decays = ng.bruker.read(str(ser))[1]
        processed = ng.bruker.read_pdata(str(matrix / "pdata" / "1"), scale_data=False)[1]
        blocks = ng.varian.read(str(varian))[1]
        sections = ng.jeol.read(str(jdf))[1]

    for row in range(len(SHARES)):
        numbers = fid_row(data, row)
        np.testing.assert_array_equal(numbers[::2] + 1j * numbers[1::2], decays[row])
        np.testing.assert_array_equal(processed_row(trees[0], 1, row).values, processed[row])
        np.testing.assert_array_equal(read_fid(trees[1], row + 1), blocks[row])
        # nmrglue takes the second section as minus the imaginary part.
        np.testing.assert_array_equal(read_row(jdf.read_bytes(), header, row).conj(), sections[row, :4000])


def test_times_of_a_jeol_array_come_from_its_stamps(tmp_path: Path) -> None:
    path = write_jdf_array(tmp_path / "run.jdf", SPECTRA, actual_start_time=8.5e8, end_time=8.5e8 + 300.0)

    rows = content_of(path, "1H").rows

    assert rows is not None
    assert rows.start == 8.5e8 + 631_152_000
    assert rows.seconds == pytest.approx([0, 60, 120, 180, 240])


def test_an_array_in_an_archive(tmp_path: Path) -> None:
    write_ser(tmp_path / "5", SPECTRA)
    archive = tmp_path / "run.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted((tmp_path / "5").iterdir()):
            packed.write(file, f"run/5/{file.name}")

    rows = content_of(archive, "1H").rows

    assert rows is not None
    assert rows.names[1] == "run/5/row/2"
    assert ratio(read(f"{archive}::run/5/row/2")) == pytest.approx(0.4 / 0.6, rel=0.05)


def test_rows_that_are_not_measured_yet_are_left_out(tmp_path: Path) -> None:
    rows = content_of(write_ser(tmp_path / "5", SPECTRA[:2], rows=40), "1H").rows

    assert rows is not None
    assert rows.names == ("row/1", "row/2")
    assert rows.expected == 40


def test_a_matrix_counts_unless_more_rows_are_measured(tmp_path: Path) -> None:
    write_ser(tmp_path / "5", SPECTRA)
    write_matrix(tmp_path / "5", SPECTRA)
    both = content_of(tmp_path / "5", "1H").rows
    matrix = tmp_path / "5" / "pdata" / "1" / "2rr"
    size = matrix.stat().st_size
    # Only the first block of four rows was processed.
    matrix.write_bytes(matrix.read_bytes()[: size // 2] + bytes(size // 2))
    stale = content_of(tmp_path / "5", "1H").rows

    assert both is not None
    assert both.names[4] == "pdata/1/row/5"
    assert stale is not None
    assert stale.names[4] == "row/5"


def test_times_of_a_bruker_array_come_from_its_stamps(tmp_path: Path) -> None:
    stamps = {"DATE_START": 1_700_000_000, "DATE": 1_700_000_000 + 500}

    rows = content_of(write_ser(tmp_path / "5", SPECTRA, **stamps), "1H").rows

    assert rows is not None
    assert rows.start == 1_700_000_000
    assert rows.seconds == pytest.approx([0, 100, 200, 300, 400])


@pytest.mark.parametrize(
    ("total", "waits"),
    [(None, [0, 20, 60, 200, 600]), (5 * 4 * SCAN + 880, [0, 20, 60, 200, 600]), (5 * 4 * SCAN + 4 * 880, None)],
)
def test_waiting_times_of_a_list(tmp_path: Path, total: float | None, waits: list[float] | None) -> None:
    stamps = {} if total is None else {"DATE_START": 1_700_000_000, "DATE": 1_700_000_000 + total}
    folder = write_ser(tmp_path / "5", SPECTRA, **stamps)
    (folder / "vdlist").write_text("0\n20\n60s\n200000m\n6e2\n")

    rows = content_of(folder, "1H").rows

    assert rows is not None
    # The time that was measured tells whether the list counts for each row or for each of its four scans.
    before = np.cumsum(waits or [0, 80, 240, 800, 2400])
    assert rows.seconds == pytest.approx((before + 4 * SCAN * np.arange(5)).tolist(), abs=0.01)


def test_the_audit_trail_has_the_stamps(tmp_path: Path) -> None:
    folder = write_ser(tmp_path / "5", SPECTRA)
    (folder / "audita.txt").write_text(
        "##AUDIT TRAIL=  $$ (NUMBER, WHEN, WHO, WHERE, PROCESS, VERSION, WHAT)\n"
        "(   1,<2023-11-14 22:30:00.123 +0000>,<u>,<h>,<go4>,<TOPSPIN 3.6>,\n"
        "      <created by zg\n\tstarted at 2023-11-14 22:21:40.001 +0000,\n\tPOWCHK enabled>)\n"
    )

    rows = content_of(folder, "1H").rows

    assert rows is not None
    assert rows.start == 1_700_000_500
    assert rows.seconds == pytest.approx([0, 100, 200, 300, 400])


@pytest.mark.parametrize(
    ("second", "program", "why"),
    [
        ({"FnMODE": 5}, "zg2d", "is a 2D spectrum"),
        ({"FnMODE": 1}, "cosygpqf", "is a 2D spectrum"),
        ({"FnMODE": 6, "NUC1": "<13C>"}, "hsqcetgp", "correlates 1H with 13C"),
    ],
)
def test_rows_of_a_2d_spectrum_are_refused(tmp_path: Path, second: dict[str, object], program: str, why: str) -> None:
    folder = write_ser(tmp_path / "5", SPECTRA, PULPROG=f"<{program}>")
    (folder / "acqu2s").write_text(parameter_file({"TD": 5, **second}))

    assert content_of(folder, "1H").rows is None
    with pytest.raises(SpectrumError, match="2D data set"):
        read(folder)
    with pytest.raises(SpectrumError, match=why):
        read(f"{folder}::row/1")


def test_a_varian_array_with_stamps_and_an_interleaved_one(tmp_path: Path) -> None:
    stamps = {"time_run": "20261130T120000", "time_complete": "20261130T121000"}
    stamped = content_of(write_varian_array(tmp_path / "a", SPECTRA, [0.0], **stamps), "1H").rows
    interleaved = content_of(write_varian_array(tmp_path / "b", SPECTRA, [0.0], il="y"), "1H").rows

    assert stamped is not None
    assert stamped.seconds == pytest.approx([0, 120, 240, 360, 480])
    assert interleaved is not None
    assert "same time" in interleaved.notes[0]


def test_a_magritek_array_that_grows_and_a_2d_spectrum(tmp_path: Path) -> None:
    growing = write_magritek_array(tmp_path / "a", SPECTRA[:3], rows=5, duration=0)
    rows = content_of(growing, "1H").rows
    assert rows is not None
    assert (rows.names, rows.expected) == (("row/1", "row/2", "row/3"), 5)
    assert rows.seconds == pytest.approx([28.0 * k for k in range(5)])
    assert "times are those of nrScans and repTime" in rows.notes[0]
    assert rows.start == pytest.approx(datetime(2026, 11, 30, 12).timestamp())
    with pytest.raises(SpectrumError, match=r"data\.2d is truncated: row 4 is not there"):
        read(f"{growing}::row/4")

    timeless = write_magritek_array(tmp_path / "b", SPECTRA, repTime=0, startTime='"2026-11-30T13:00:00"')
    rows = content_of(timeless, "1H").rows
    assert rows is not None
    assert (rows.seconds, rows.notes) == (None, ("states no time of its rows: give --times",))
    assert rows.start == pytest.approx(datetime(2026, 11, 30, 13).timestamp())

    correlated = write_magritek_array(tmp_path / "c", SPECTRA, experiment='"COSY"')
    assert content_of(correlated, "1H").rows is None
    with pytest.raises(SpectrumError, match="2D data set"):
        read(correlated)
    with pytest.raises(SpectrumError, match="no array of spectra"):
        read(f"{correlated}::row/1")


@pytest.mark.parametrize(
    ("at", "value", "why"), [(12, 504, "2D data set"), (16, 0, "2D data set"), (16, 9000, "is not there")]
)
def test_a_damaged_magritek_array_is_refused(tmp_path: Path, at: int, value: int, why: str) -> None:
    folder = write_magritek_array(tmp_path / "a", SPECTRA)
    content = bytearray((folder / "data.2d").read_bytes())
    content[at : at + 4] = value.to_bytes(4, "little")
    (folder / "data.2d").write_bytes(content)

    content_of(folder, "1H")
    with pytest.raises(SpectrumError, match=why):
        read(f"{folder}::row/5" if "there" in why else folder)


def test_blocks_of_another_nucleus_are_left_out(tmp_path: Path) -> None:
    carbon = Spectrum("13C", SPECTRA[0].axis, SPECTRA[0].intensities, frequency_mhz=100.0)
    blocks = [(spectrum, date) for pair in zip(SPECTRA, [carbon] * 5, strict=True) for spectrum, date in
              zip(pair, DATES[:2], strict=True)]  # fmt: skip

    rows = content_of(write_link_blocks(tmp_path / "run.jdx", blocks), "1H").rows

    assert rows is not None
    assert rows.names == ("2", "4", "6", "8", "10")
    assert rows.notes == ("left out 5 blocks of 13C",)


def test_pages_over_frequencies_are_a_2d_spectrum(tmp_path: Path) -> None:
    path = write_jcamp_pages(tmp_path / "run.jdx", SPECTRA, [0, 2, 4, 8, 16])
    path.write_text(path.read_text().replace("REACTION TIME", "FREQUENCY").replace("MINUTES", "HZ"))

    assert content_of(path, "1H").rows is None
    with pytest.raises(SpectrumError, match="2D data set"):
        read(path)


@pytest.mark.parametrize(
    ("name", "length", "is_refused"),
    [("ser", 0, True), ("ser", 300, True), ("acqus", 0, True), ("acqus", 150, True), ("acqu2s", 0, False)],
)
def test_damage_is_an_error_of_the_row_and_no_crash(tmp_path: Path, name: str, length: int, is_refused: bool) -> None:
    folder = write_ser(tmp_path / "5", SPECTRA)
    (folder / name).write_bytes((folder / name).read_bytes()[:length])

    content_of(folder, "1H")
    if is_refused:
        with pytest.raises(SpectrumError):
            read(f"{folder}::row/5")
    else:
        assert ratio(read(f"{folder}::row/5")) == pytest.approx(9, rel=0.05)


def test_what_is_no_array(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("7.26")

    assert content_of(tmp_path / "none", "1H").rows is None
    assert content_of(tmp_path / "a.txt", "1H").rows is None
    assert content_of(tmp_path, "1H").rows is None
    assert content_of(Path(f"{tmp_path}::row/1"), "1H").rows is None
