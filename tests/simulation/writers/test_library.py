"""A library of structures as a folder of spectra."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.predictions import predict

from specmol_core.errors import LibraryError, OutputError, UsageError
from specmol_core.molecules.library import open_library
from specmol_core.queries import read_queries
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.library import LibraryRecipe, SimulatedLibrary
from specmol_core.simulation.writers.library import simulate_files
from specmol_core.spectra.read import read_spectrum

RECIPE = LibraryRecipe("fake", seed=3, max_atoms=20, simulation=SimulationConfig(points=8192, solvent="DMSO-d6"))
SMILES = ("CCO", "C[C@H](N)C(=O)O", "c1ccccc1", "COC")


@pytest.fixture
def smi(tmp_path: Path) -> Path:
    path = tmp_path / "lib.smi"
    path.write_text("".join(f"{s} m/{i}\n" for i, s in enumerate(SMILES)) + "CC.CC salt\n")
    return path


def run(
    path: Path, output: Path, file_format: str, recipe: LibraryRecipe = RECIPE, **options: object
) -> SimulatedLibrary:
    options = {"workers": 1} | options
    return simulate_files(open_library(path), predict, recipe, output, file_format, **options)  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["bruker", "jcamp", "csv"])
def test_every_spectrum_in_the_list_is_readable(smi: Path, tmp_path: Path, file_format: str) -> None:
    made = run(smi, tmp_path / "out", file_format)

    assert (made.read, made.simulated, made.rejected) == (5, 4, {"several fragments": 1})
    queries = read_queries(tmp_path / "out" / "samples.csv")
    assert [q.id for q in queries] == [f"000000{i}_m_{i}" for i in range(4)]
    for query in queries:
        h1 = read_spectrum(query.h1, "1H", None, (12.0, 0.0))
        c13 = read_spectrum(query.c13, "13C", None, (200.0, 0.0))
        assert (h1.axis.points, c13.axis.points) == (8192, 8192)
        assert h1.solvent == c13.solvent == "DMSO-d6"
    rows = list(csv.DictReader((tmp_path / "out" / "samples.csv").open()))
    assert [row["name"] for row in rows] == ["m/0", "m/1", "m/2", "m/3"]
    assert rows[1]["smiles"] == SMILES[1]
    assert (tmp_path / "out" / "rejected.csv").read_text().startswith("record,name,reason\n4,salt,several fragments")
    recipe = json.loads((tmp_path / "out" / "simulation.json").read_text())
    assert (recipe["format"], recipe["files"], recipe["recipe"]["seed"]) == ("specmol-spectra", file_format, 3)


@pytest.mark.slow
def test_files_depend_on_the_seed_and_not_on_the_processes(smi: Path, tmp_path: Path) -> None:
    run(smi, tmp_path / "a", "jcamp")
    run(smi, tmp_path / "b", "jcamp", workers=2)
    run(smi, tmp_path / "c", "jcamp", replace(RECIPE, seed=4))

    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "a")["0000000_m_0_h1.jdx"] != files(tmp_path / "c")["0000000_m_0_h1.jdx"]


def test_copies_are_numbered(smi: Path, tmp_path: Path) -> None:
    run(smi, tmp_path / "out", "bruker", replace(RECIPE, copies=2))

    assert (tmp_path / "out" / "0000000_m_0_1" / "11" / "pdata" / "1" / "1r").is_file()
    assert len(read_queries(tmp_path / "out" / "samples.csv")) == 8


def test_existing_folder_is_replaced_only_if_it_holds_simulated_spectra(smi: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(smi, output, "csv")
    before = files(output)

    with pytest.raises(OutputError, match="--force"):
        run(smi, output, "csv")
    assert files(output) == before
    run(smi, output, "jcamp", force=True)
    assert not any(name.endswith("_h1.csv") for name in files(output))

    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="not a folder of simulated spectra"):
        run(smi, mine, "csv", force=True)
    assert files(mine) == {"thesis.txt": b"mine"}


def test_nothing_remains_of_a_failed_run(smi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("specmol_core.simulation.writers.library._write_table", fail)
    with pytest.raises(KeyboardInterrupt):
        run(smi, tmp_path / "out", "csv")

    assert [p.name for p in tmp_path.iterdir()] == ["lib.smi"]


def test_library_without_a_usable_structure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lib.smi"
    path.write_text("CC.CC salt\n")

    with pytest.raises(LibraryError, match="no record can be simulated"):
        run(path, tmp_path / "out", "csv")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("points", [4096, 30_000, 2**19])
def test_points_are_a_power_of_two(smi: Path, tmp_path: Path, points: int) -> None:
    recipe = replace(RECIPE, simulation=SimulationConfig(points=points))

    with pytest.raises(UsageError, match=f"points {points}: must be a power of two between 8192 and 262144"):
        run(smi, tmp_path / "out", "csv", recipe)


def test_trace_is_sampled_and_not_the_largest_value_of_cells(smi: Path, tmp_path: Path) -> None:
    """Noise is symmetric about its mean; the largest values of cells are not."""
    run(smi, tmp_path / "out", "csv", replace(RECIPE, simulation=SimulationConfig(points=8192, frequency_mhz=1000.0)))
    values = np.loadtxt(tmp_path / "out" / "0000003_m_3_c13.csv", delimiter=",", skiprows=2)[:, 1]
    noise = values[:400] - np.median(values[:400])

    assert abs(np.mean(noise**3)) < 0.4 * np.std(noise) ** 3


def test_names_are_written_as_text(tmp_path: Path) -> None:
    """A spreadsheet runs no formula, and a name does not break a line."""
    path = tmp_path / "lib.csv"
    path.write_text('smiles,name\nCCO,"=1+1"\nCCC,"a\nb"\n')

    run(path, tmp_path / "out", "jcamp")

    rows = list(csv.DictReader((tmp_path / "out" / "samples.csv").open()))
    assert [row["name"] for row in rows] == ["'=1+1", "a b"]
    assert [row["h1"] for row in rows] == ["0000000__1_1_h1.jdx", "0000001_a_b_h1.jdx"]
