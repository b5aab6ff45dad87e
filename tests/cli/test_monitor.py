"""``specmol monitor``: series in a folder, in a table and on standard input; watched, killed and resumed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.array_files import write_jcamp_pages, write_ser
from support.measured_fixtures import write_jcamp
from support.mixture_spectra import mixture

from specmol_cli.main import run
from specmol_core.errors import OutputError
from specmol_core.monitoring.series import SeriesMonitor
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

pytestmark = pytest.mark.slow
REACTION = ["--reaction", "CC(C)O>>CC(C)=O"]
SHARES = [0.0, 0.3, 0.6, 0.9]


def write(path: Path, share: float) -> Path:
    write_jcamp(path, mixture({"isopropanol": 1 - share, "acetone": share}, points=8192))
    return path


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("series")
    for number, share in enumerate(SHARES):
        write(folder / f"{number}.dx", share)
    return folder


@pytest.fixture
def table(series: Path, tmp_path: Path) -> Path:
    path = tmp_path / "run.csv"
    rows = "".join(f"{os.path.relpath(series / f'{n}.dx', tmp_path)},{600 * n}\n" for n in range(len(SHARES)))
    path.write_text(f"path,time\n{rows}")
    return path


def lines(out: str) -> tuple[list[dict], dict]:
    """The lines of the spectra, and the summary."""
    *rows, last = [json.loads(line) for line in out.splitlines()]
    return rows, last["summary"]


def test_a_folder(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, plot = tmp_path / "run.csv", tmp_path / "run.svg"

    assert run(["monitor", str(series), *REACTION, "-o", str(output), "--plot", str(plot)]) == 0

    rows, summary = lines(capsys.readouterr().out)
    assert [row["spectrum"] for row in rows] == ["0.dx", "1.dx", "2.dx", "3.dx"]
    assert [row["conversion"] for row in rows] == pytest.approx(SHARES, abs=0.03)
    assert max(row["unexplained"] for row in rows) < 0.05
    assert (summary["spectra"], summary["failed"], summary["is_finished"]) == (4, 0, False)
    with output.open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert [float(row["conversion"]) for row in kept] == [row["conversion"] for row in rows]
    assert plot.read_text().count("<polyline") > 6

    # What has a line is not fitted again.
    assert run(["monitor", str(series), *REACTION, "-o", str(output)]) == 0
    rows, summary = lines(capsys.readouterr().out)
    assert (rows, summary["spectra"]) == ([], 4)


def test_a_table_has_times_and_a_rate(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["monitor", str(table), *REACTION, "--kinetics", "zero"]) == 0

    rows, summary = lines(capsys.readouterr().out)
    assert [row["time_s"] for row in rows] == [0.0, 600.0, 1200.0, 1800.0]
    assert summary["rate_law"]["order"] == "zero"
    assert summary["rate_law"]["rate"] == pytest.approx(0.3 / 600, rel=0.1)


def spectra(points: int = 8192) -> list[Spectrum]:
    return [mixture({"isopropanol": 1 - share, "acetone": share}, points=points) for share in SHARES]


@pytest.mark.parametrize(
    ("write_array", "keys", "times"),
    [
        (lambda path: write_ser(path / "5", spectra(), DATE_START=1_700_000_000, DATE=1_700_000_400),
         ["5::row/1", "5::row/2", "5::row/3", "5::row/4"], [0, 100, 200, 300]),
        (lambda path: write_jcamp_pages(path / "a.jdx", spectra(), [0, 5, 10, 20]),
         ["a.jdx::1/row/1", "a.jdx::1/row/2", "a.jdx::1/row/3", "a.jdx::1/row/4"], [0, 300, 600, 1200]),
    ],
    ids=["ser", "pages"],
)  # fmt: skip
def test_an_array(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    write_array: Callable[[Path], Path],
    keys: list[str],
    times: list[float],
) -> None:
    array, output = write_array(tmp_path), tmp_path / "run.csv"

    assert run(["monitor", str(array), *REACTION, "--settle", "0", "-o", str(output)]) == 0

    rows, _ = lines(capsys.readouterr().out)
    assert [row["spectrum"] for row in rows] == keys
    assert [row["time_s"] for row in rows] == pytest.approx(times)
    assert [row["conversion"] for row in rows] == pytest.approx(SHARES, abs=0.08)
    assert run(["monitor", str(array), *REACTION, "--settle", "0", "-o", str(output)]) == 0
    assert lines(capsys.readouterr().out)[0] == []


def test_experiments_that_alternate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    carbon = [Spectrum("13C", one.axis, one.intensities, frequency_mhz=100.0) for one in spectra(2048)[:1]]
    for number, share in enumerate(SHARES[:2]):
        write(tmp_path / f"{2 * number}.dx", share)
        write_jcamp(tmp_path / f"{2 * number + 1}.dx", carbon[0])

    assert run(["monitor", str(tmp_path), *REACTION, "--times", "60", "--settle", "0"]) == 0

    rows, summary = lines(capsys.readouterr().out)
    assert [row["spectrum"] for row in rows if "left_out" in row] == ["1.dx", "3.dx"]
    assert [row["time_s"] for row in rows if "left_out" not in row] == [0.0, 60.0]
    assert (summary["spectra"], summary["failed"], summary["left_out"]) == (2, 0, 2)


def test_nothing_but_another_nucleus(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["monitor", str(series), *REACTION, "--nucleus", "13C"]) == 3

    assert "no spectrum is left: 4 are of another nucleus" in capsys.readouterr().err


def test_the_condition_ends_it_with_its_own_code(series: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["monitor", str(series), *REACTION, "--until", "conversion>0.5"]) == 7

    rows, summary = lines(capsys.readouterr().out)
    assert (len(rows), summary["is_finished"]) == (3, True)


def test_standard_input(series: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{series / '0.dx'}\t5\n\n{series / '2.dx'}\t8\n"))

    assert run(["monitor", "-", *REACTION]) == 0

    rows, _ = lines(capsys.readouterr().out)
    assert [row["time_s"] for row in rows] == [0.0, 3.0]
    assert rows[1]["conversion"] == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("text", ["", "\n  \n"])
def test_standard_input_without_a_path(
    text: str, series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(["monitor", "-", *REACTION]) == 3
    assert capsys.readouterr() == ("", "error: standard input: names no spectrum; give one path a line\n")

    # A run that continues has nothing to do.
    output = ["-o", str(tmp_path / "run.jsonl")]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{series / '0.dx'}\n"))
    assert run(["monitor", "-", *REACTION, *output]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(["monitor", "-", *REACTION, *output]) == 0


def test_no_row_of_an_array_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pages.dx"
    write_jcamp_pages(path, spectra(), [600.0 * n for n in range(len(SHARES))])

    assert run(["monitor", str(path), *REACTION, "--settle", "0", "--rows", "9"]) == 3

    assert "pages.dx: gives no spectrum: none of its rows is measured, or --experiment" in capsys.readouterr().err


def test_a_broken_spectrum_is_a_line_and_the_series_goes_on(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.dx").write_text("##TITLE= nothing\n##END=\n")
    write(tmp_path / "2.dx", 0.3)

    assert run(["monitor", str(tmp_path), *REACTION, "--settle", "0"]) == 1

    (first, second), summary = lines(capsys.readouterr().out)
    assert summary["failed"] == 1
    assert "1.dx" in first["error"]
    assert second["conversion"] == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["FOLDER", *REACTION], 3, "holds no spectrum; give the folder of the experiments, or --watch"),
        (["FOLDER/none", *REACTION], 3, "cannot be read"),
        (["FOLDER"], 2, "no species given"),
        (["FOLDER", *REACTION, "--until", "amide>0.5"], 2, "amide is no species"),
        (["FOLDER", "--reaction", "CC(C)=O>>CCCCO"], 2, "does not balance"),
        (["-", *REACTION, "--watch"], 2, "is not a folder"),
        (["FOLDER", *REACTION, "--nucleus", "19F"], 2, "choose 1H or 13C"),
        (["FOLDER", *REACTION, "--watch", "--idle", "0.2"], 3, "no spectrum came within 0.2 s"),
        (["FOLDER", *REACTION, "--kinetics", "third"], 2, "choose one of zero"),
        (["FOLDER", *REACTION, "--rows", "0"], 2, "give FIRST:STEP"),
        (["FOLDER", *REACTION, "--times", "0"], 2, "above 0 s"),
        (["FOLDER", *REACTION, "--plot", "run.jpg"], 2, "run.jpg"),
        (["FOLDER", *REACTION, "--library", "none.smi"], 4, "no such file"),
        (["FOLDER", "--reaction", "C(Cl)(Cl)Cl.ClCl>>C(Cl)(Cl)(Cl)Cl.Cl"], 2, "no carbon"),
        (["FOLDER", "--reaction", "ClC(Cl)Cl>>ClC(Cl)(Cl)Cl"], 2, "no hydrogen"),
        (["FOLDER", "--species", "FOLDER/without.smi"], 2, "has no proton on carbon, so the spectrum cannot show it"),
        (["FOLDER", "--species", "FOLDER/twice.smi"], 2, "species b and a have one structure (CC(C)=O); give it once"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    (tmp_path / "without.smi").write_text("CC(C)=O a\nOC(=O)C(F)(F)F b\n")
    (tmp_path / "twice.smi").write_text("CC(C)=O a\nCC(=O)C b\n")
    written = [a.replace("FOLDER/", f"{tmp_path}/").replace("FOLDER", str(folder)) for a in arguments]

    assert run(["monitor", *written]) == code

    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert len(error) == 1
    assert words in error[0]


@pytest.mark.parametrize("solvent", [(), ("--solvent", "nitromethane")], ids=["of the file", "protonated"])
def test_an_unknown_is_ranked(solvent: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, share in enumerate(SHARES):
        extra = [(3.22, 3, 0, 0.0), (1.19, 9, 0, 0.0)]
        by_product = [(ppm, protons * share, n, j) for ppm, protons, n, j in extra]
        write_jcamp(
            tmp_path / f"{number}.dx",
            mixture({"acetone": 1 - share + 0.01, "1,4-dimethoxybenzene": share}, extra=by_product, points=8192),
        )
    library = tmp_path / "by_products.smi"
    library.write_text("COC(C)(C)C tert-butyl methyl ether\nCCOC(C)=O ethyl acetate\nCCCCO butanol\n")
    species = tmp_path / "species.smi"
    species.write_text("CC(C)=O acetone\nCOc1ccc(OC)cc1 dimethoxybenzene\n")

    assert run(["monitor", str(tmp_path), "--species", str(species), "--library", str(library), *solvent]) == 0

    _, summary = lines(capsys.readouterr().out)
    unknown = summary["unknowns"][0]
    assert unknown["ppm"] == pytest.approx([3.22, 1.19], abs=0.02)
    assert unknown["areas"] == pytest.approx([1.0, 3.0], rel=0.2)
    assert unknown["candidates"][0]["name"] == "tert-butyl methyl ether"
    assert not any("list of the unknown" in note for note in summary["notes"])


def test_an_unknown_whose_spectrum_is_gone_is_ranked_by_its_list_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    for number, share in enumerate(SHARES):
        by_product = [(3.22, 3 * share, 0, 0.0), (1.19, 9 * share, 0, 0.0)]
        write_jcamp(folder / f"{number}.dx", mixture({"acetone": 1 - share + 0.01}, extra=by_product, points=8192))
    library = tmp_path / "by_products.smi"
    library.write_text("COC(C)(C)C tert-butyl methyl ether\nCCOC(C)=O ethyl acetate\nCCCCO butanol\n")
    species = tmp_path / "species.smi"
    species.write_text("CC(C)=O acetone\n")
    command = ["monitor", str(folder), "--species", str(species), "--output", str(tmp_path / "run.csv")]
    assert run(command) == 0
    (folder / f"{len(SHARES) - 1}.dx").unlink()
    capsys.readouterr()

    assert run([*command, "--library", str(library)]) == 0

    *_, summary = lines(capsys.readouterr().out)
    summary = summary.get("summary", summary) if isinstance(summary, dict) else summary
    assert any("ranked by the list of the unknown's signals alone" in note for note in summary["notes"])
    assert summary["unknowns"][0]["candidates"]


def test_a_watched_run_that_is_killed_gives_the_curve_of_one_run(series: Path, tmp_path: Path) -> None:
    whole, pieces, folder = tmp_path / "whole.csv", tmp_path / "pieces.csv", tmp_path / "folder"
    folder.mkdir()
    command = [sys.executable, "-m", "specmol_cli", "monitor"]
    watching = [*command, str(folder), *REACTION, "--watch", "--settle", "0.2", "-o", str(pieces), "--quiet"]
    (folder / "0.dx").write_bytes((series / "0.dx").read_bytes())
    for number in (1, 2):
        process = subprocess.Popen(watching, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        # A file is written in two pieces while the run watches.
        content = (series / f"{number}.dx").read_bytes()
        with (folder / f"{number}.dx").open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            time.sleep(0.05)
            file.write(content[len(content) // 2 :])
        process.send_signal(signal.SIGKILL)
        process.wait()
    (folder / "3.dx").write_bytes((series / "3.dx").read_bytes())
    subprocess.run([*watching, "--idle", "1"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*command, str(series), *REACTION, "-o", str(whole), "--quiet"], check=True, stdout=subprocess.DEVNULL
    )

    def curve(path: Path) -> np.ndarray:
        with path.open(newline="") as file:
            return np.array([[float(row["conversion"]), float(row["unexplained"])] for row in csv.DictReader(file)])

    assert len(curve(pieces)) == len(SHARES)
    np.testing.assert_array_equal(curve(pieces), curve(whole))


def test_a_series_is_fitted_together_at_the_end(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "run.jsonl"

    assert run(["monitor", str(table), *REACTION, "-o", str(output), "--together", str(whole)]) == 0

    rows, summary = lines(capsys.readouterr().out)
    written = list(csv.DictReader(whole.open()))
    assert [row["spectrum"] for row in written] == [row["spectrum"] for row in rows]
    assert [float(row["time_s"]) for row in written] == [0.0, 600.0, 1200.0, 1800.0]
    assert [float(row["conversion"]) for row in written] == pytest.approx(SHARES, abs=0.02)
    assert summary["spectra"] == len(SHARES)
    first = whole.read_bytes()

    assert run(["monitor", str(table), *REACTION, "-o", str(output), "--together", str(whole)]) == 0

    assert whole.read_bytes() == first  # a run that continues ends alike


def test_a_spectrum_that_is_gone_keeps_its_first_line(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, whole, output = tmp_path / "series", tmp_path / "whole.jsonl", tmp_path / "run.jsonl"
    folder.mkdir()
    for path in series.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    assert run(["monitor", str(folder), *REACTION, "-o", str(output)]) == 0
    (folder / "1.dx").unlink()

    assert run(["monitor", str(folder), *REACTION, "-o", str(output), "--together", str(whole)]) == 0

    before = [json.loads(line) for line in output.read_text().splitlines()]
    after = [json.loads(line) for line in whole.read_text().splitlines()]
    assert after[1]["conversion"] == before[1]["conversion"]
    assert "1.dx: is gone" in after[1]["warnings"]
    assert after[2]["warnings"] == before[2]["warnings"]
    capsys.readouterr()


def test_one_spectrum_is_no_series(series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was measured is not lost: the summary comes before the error."""
    code = run(["monitor", str(series / "1.dx"), *REACTION, "--together", str(tmp_path / "whole.csv")])

    assert code == 3
    captured = capsys.readouterr()
    assert "fewer than two fitted spectra" in captured.err
    assert lines(captured.out)[1]["spectra"] == 1
    assert not (tmp_path / "whole.csv").exists()


def test_a_spectrum_of_another_window_keeps_its_first_line(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even the last one, which would be among those that are fitted together."""
    folder, whole, output = tmp_path / "series", tmp_path / "whole.jsonl", tmp_path / "run.jsonl"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.dx").write_bytes((series / f"{number}.dx").read_bytes())
    usual = mixture({"isopropanol": 0.4, "acetone": 0.6}, points=8192)
    axis = PpmAxis(9.0, 0.0, 8192)
    trace = np.interp(-axis.grid(), -usual.axis.grid(), usual.intensities).astype(np.float32)
    write_jcamp(folder / "2.dx", replace(usual, axis=axis, intensities=trace))

    assert run(["monitor", str(folder), *REACTION, "-o", str(output), "--together", str(whole)]) == 0

    before = [json.loads(line) for line in output.read_text().splitlines()]
    after = [json.loads(line) for line in whole.read_text().splitlines()]
    assert after[2]["conversion"] == before[2]["conversion"]
    assert "another field or window" in after[2]["warnings"]
    assert "not fitted" not in after[0]["warnings"] + after[1]["warnings"]
    capsys.readouterr()


def test_the_condition_is_that_of_the_run(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pump that was stopped at a conversion stays stopped, whatever the fit of the whole series finds."""
    fitted = SeriesMonitor.add
    monkeypatch.setattr(
        SeriesMonitor, "add", lambda self, item: fitted(self, item) | ({} if self.fit is None else {"conversion": 0.1})
    )

    code = run(
        ["monitor", str(series), *REACTION, "--until", "conversion>0.2", "--together", str(tmp_path / "whole.csv")]
    )

    assert code == 7
    rows, summary = lines(capsys.readouterr().out)
    assert (len(rows), summary["is_finished"]) == (2, True)


def test_a_full_disk_loses_no_summary(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("whole.csv", "the disk is full; free some space or write elsewhere")

    monkeypatch.setattr("specmol_core.monitoring.journal.write_rows", full)

    assert run(["monitor", str(series), *REACTION, "--together", str(tmp_path / "whole.csv")]) == 6

    captured = capsys.readouterr()
    assert lines(captured.out)[1]["spectra"] == len(SHARES)
    assert "the disk is full" in captured.err


def test_an_interrupted_series_says_how_to_go_on(series: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.csv"
    command = ["-m", "specmol_cli", "monitor", str(series), *REACTION, "--watch", "--together", str(whole)]
    with subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell in the background ignores the signal, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)

    assert process.returncode == 130
    assert said.decode() == (
        f"error: interrupted; {whole}: is not written; to fit what is there, run the command again without --watch\n"
    )


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("run.csv", 2, "--output name the same file"),
        ("table.csv", 2, "the series name the same file"),
        ("whole.xlsx", 2, "the ending is unknown"),
        ("missing/whole.csv", 6, "no such folder"),
        (".", 6, "is a folder"),
        ("species.csv", 6, "is not of a series"),
    ],
)
def test_an_unusable_file_is_refused_before_the_series(
    name: str, code: int, text: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "species.csv").write_text("name,smiles\n")
    table.rename(tmp_path / "table.csv")
    files = [str(tmp_path / part) for part in ("table.csv", "run.csv", name)]
    files_before = sorted(tmp_path.iterdir())

    assert run(["monitor", files[0], *REACTION, "-o", files[1], "--together", files[2]]) == code

    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.out == ""
    assert sorted(tmp_path.iterdir()) == files_before
