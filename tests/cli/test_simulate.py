"""``specmol simulate``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import nmrglue
import pytest
from rdkit import Chem

from specmol_cli.main import run
from specmol_core.queries import read_queries
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.dataset.dataset import open_dataset


def predicted(mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
    """Every carbon at 50 ppm, every proton at 3 ppm."""
    return [
        AtomShifts(
            {a.GetIdx(): 50.0 for a in mol.GetAtoms() if a.GetAtomicNum() == 6},
            {a.GetIdx(): [3.0] * a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetTotalNumHs()},
        )
        for mol in mols
    ]


@pytest.fixture(autouse=True)
def _predictor(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = SimpleNamespace(digest="test", predict_in=predicted)
    monkeypatch.setattr("specmol_core.shifts.predictor.ShiftPredictor.load", lambda path: predictor)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "l.smi"
    path.write_text("CCO one\nOCC two\nC[CH2] three\nCC.CC four\nno(smiles five\n")
    return path


def simulate(library: Path, output: Path, *options: object) -> int:
    arguments = ["simulate", library, "--output", output, "--workers", 1, *options]
    return run([str(argument) for argument in arguments])


@pytest.mark.slow
def test_counts_and_rejections(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "d.h5"

    assert simulate(library, output, "--copies", 2, "--seed", 7) == 0

    out, err = capfd.readouterr()
    assert out == f"{output}: 5 read, 2 simulated, 3 rejected\n"
    assert err == "warning: 3 records rejected: 1 radical, 1 several fragments, 1 unreadable\n"
    with open_dataset(output) as dataset:
        assert len(dataset) == 4
        assert dataset.recipe["seed"] == 7


@pytest.mark.slow
def test_options_reach_the_spectra(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "d.h5"
    options = ("--solvent", "DMSO-d6", "--frequency", "250", "--experiment", "APT", "--png", tmp_path / "png")

    assert simulate(library, output, *options) == 0

    with open_dataset(output) as dataset:
        parameters = dataset.parameters(0, 2)
        assert set(parameters["solvent"]) == {b"DMSO-d6"}
        assert set(parameters["h1_mhz"]) == {250.0}
        assert set(parameters["experiment"]) == {b"APT"}
    assert sorted(p.name for p in (tmp_path / "png").iterdir()) == [
        "0000000_one_c13.png", "0000000_one_h1.png", "0000001_two_c13.png", "0000001_two_h1.png",
    ]  # fmt: skip


def test_existing_file_needs_force(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "d.h5"
    output.write_text("mine")

    assert simulate(library, output) == 6
    assert "--force" in capfd.readouterr().err
    assert output.read_text() == "mine"
    assert simulate(library, output, "--force") == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--solvent", "gin"), "solvent gin: unknown; choose one of CDCl3"),
        (("--frequency", 20), "frequency"),
        (("--experiment", "HSQC"), "HSQC"),
        (("--copies", 0), "copies"),
        (("--points", 8192), "--points is for --format bruker, jcamp and csv"),
        (("--format", "bruker", "--points", 10_000), "points 10000: must be a power of two"),
        (("--format", "csv", "--png", "images"), "--png is for --format hdf5"),
        (("--format", "varian"), "varian"),
    ],
)
def test_wrong_options_are_refused(
    library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], options: tuple[object, ...], words: str
) -> None:
    assert simulate(library, tmp_path / "d.h5", *options) == 2

    err = capfd.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "d.h5").exists()


def test_bruker_files_are_written_and_read(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "spectra"
    options = ("--format", "bruker", "--points", 8192, "--solvent", "CD3OD", "--frequency", 250, "--experiment", "APT")

    assert simulate(library, output, *options) == 0

    out, err = capfd.readouterr()
    assert out == f"{output}: 5 read, 2 simulated, 3 rejected\n"
    assert err == "warning: 3 records rejected: 1 radical, 1 several fragments, 1 unreadable\n"
    assert [query.id for query in read_queries(output / "samples.csv")] == ["0000000_one", "0000001_two"]
    parameters, values = nmrglue.bruker.read_pdata(str(output / "0000001_two" / "11" / "pdata" / "1"))
    assert len(values) == 8192
    assert parameters["acqus"]["SOLVENT"] == "CD3OD"
    assert parameters["acqus"]["PULPROG"] == "jmod"
    assert parameters["procs"]["SF"] == pytest.approx(62.86, abs=0.01)


def test_existing_folder_needs_force(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "spectra"
    options = ("--format", "csv", "--points", 8192)
    assert simulate(library, output, *options) == 0

    assert simulate(library, output, *options) == 6
    assert "--force" in capfd.readouterr().err
    assert simulate(library, output, *options, "--force") == 0


def test_missing_library_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert simulate(tmp_path / "none.smi", tmp_path / "d.h5") == 4
    assert "none.smi" in capfd.readouterr().err
