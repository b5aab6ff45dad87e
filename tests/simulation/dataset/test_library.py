from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rdkit import Chem
from support.predictions import predict

from specmol_core.errors import LibraryError, OutputError, UsageError
from specmol_core.molecules.library import open_library
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset import chunks
from specmol_core.simulation.dataset.blocks import partial_folder
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.simulation.dataset.library import LibraryRecipe, SimulatedLibrary, simulate_library

pytestmark = pytest.mark.slow

RECIPE = LibraryRecipe("fake", seed=3, max_atoms=20, simulation=SimulationConfig(points=256))
SMILES = ("CCO", "CCCO", "CC(C)O", "c1ccccc1", "CC(=O)OC", "C[C@H](N)C(=O)O", "CCF", "Oc1ccccc1", "CC#N", "COC")
REJECTED = {
    "C1CC": "unreadable", "CC.CC": "several fragments", "C[Pt]C": "metal", "C[As](C)C": "element", "[2H]C": "isotope",
    "C[CH2]": "radical", "N": "no carbon", "ClC(Cl)(Cl)Cl": "no hydrogen", "C" * 21: "too large",
    "CB(O)O": "no prediction",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "BLOCK_RECORDS", 4)
    monkeypatch.setattr(chunks, "_CHUNK_MOLECULES", 3)


@pytest.fixture
def smi(tmp_path: Path) -> Path:
    path = tmp_path / "lib.smi"
    path.write_text("".join(f"{s} m{i}\n" for i, s in enumerate(SMILES)))
    return path


def run(
    path: Path, output: Path, recipe: LibraryRecipe = RECIPE, predictor: object = predict, **options: object
) -> SimulatedLibrary:
    options = {"workers": 1} | options
    return simulate_library(open_library(path), predictor, recipe, output, **options)  # type: ignore[arg-type]


def test_every_structure_has_its_spectra(smi: Path, tmp_path: Path) -> None:
    made = run(smi, tmp_path / "d.h5", replace(RECIPE, copies=2))

    assert (made.read, made.simulated, made.rejected) == (10, 10, {})
    with open_dataset(tmp_path / "d.h5") as dataset:
        assert dataset.structures(0, 99) == [Chem.CanonSmiles(s) for s in SMILES]
        assert dataset.smiles[5] == "CC(N)C(=O)O"
        assert dataset.copy.tolist() == [0, 1] * 10
        assert dataset.peaks("13C", 0)[:, 1].tolist() == [1, 1]
        assert dataset.recipe["seed"] == 3
        assert dataset.recipe["sources"][0]["name"] == "lib.smi"
        assert len(dataset.parameters(0, 99)) == 20
    assert not partial_folder(tmp_path / "d.h5").exists()


def test_every_rejection_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "lib.smi"
    path.write_text("CCO fine\n" + "".join(f"{s} x{i}\n" for i, s in enumerate(REJECTED)))

    made = run(path, tmp_path / "d.h5")

    assert made.simulated == 1
    assert made.rejected == dict.fromkeys(REJECTED.values(), 1)
    assert made.read == 1 + len(REJECTED)
    with open_dataset(tmp_path / "d.h5") as dataset:
        found = list(dataset.rejected())
        assert [index for index, _, _ in found] == list(range(1, 1 + len(REJECTED)))
        assert [name for _, name, _ in found] == [f"x{i}" for i in range(len(REJECTED))]
        assert [reason.split(":")[0] for *_, reason in found] == list(REJECTED.values())
        assert dataset.dropped == made.rejected


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(smi: Path, tmp_path: Path) -> None:
    run(smi, tmp_path / "one.h5")
    run(smi, tmp_path / "two.h5", workers=2)

    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()


class Killed(BaseException):
    """Simulates a kill: no handler in the library catches it."""


def test_killed_run_is_resumed(smi: Path, tmp_path: Path) -> None:
    run(smi, tmp_path / "whole.h5")
    predicted_counts: list[int] = []

    def dying(mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
        predicted_counts.append(len(mols))
        if len(predicted_counts) == 3:
            raise Killed
        return predict(mols, solvent)

    with pytest.raises(Killed):
        run(smi, tmp_path / "d.h5", predictor=dying)
    assert not (tmp_path / "d.h5").exists()
    resumed_counts: list[int] = []

    def counting(mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
        resumed_counts.append(len(mols))
        return predict(mols, solvent)

    made = run(smi, tmp_path / "d.h5", predictor=counting)

    assert resumed_counts == [2]
    assert made.resumed_at == 8
    assert (tmp_path / "d.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()


@pytest.mark.parametrize("other", [{"seed": 4}, {"copies": 2}, {"predictor": "another"}])
def test_blocks_of_other_settings_are_not_reused(smi: Path, tmp_path: Path, other: dict[str, object]) -> None:
    def dying(mols: Sequence[Chem.Mol], solvent: str) -> list[AtomShifts]:
        if len(mols) < 4:
            raise Killed
        return predict(mols, solvent)

    with pytest.raises(Killed):
        run(smi, tmp_path / "d.h5", predictor=dying)
    warnings: list[str] = []
    made = run(smi, tmp_path / "d.h5", replace(RECIPE, **other), warn=warnings.append)  # type: ignore[arg-type]

    assert made.resumed_at == 0
    assert "starting over" in warnings[0]
    run(smi, tmp_path / "e.h5", replace(RECIPE, **other))  # type: ignore[arg-type]
    assert (tmp_path / "d.h5").read_bytes() == (tmp_path / "e.h5").read_bytes()


def test_an_existing_file_is_kept_without_force(smi: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.h5"
    path.write_text("mine")

    with pytest.raises(OutputError, match="--force"):
        run(smi, path)
    assert path.read_text() == "mine"
    assert run(smi, path, force=True).simulated == 10


def test_library_without_usable_structures_leaves_no_files(tmp_path: Path) -> None:
    path = tmp_path / "lib.smi"
    path.write_text("N\nCC.C\n")

    with pytest.raises(LibraryError, match=r"no record can be simulated \(1 no carbon, 1 several fragments\)"):
        run(path, tmp_path / "d.h5")
    assert [p.name for p in tmp_path.iterdir()] == ["lib.smi"]


def test_molecule_does_not_depend_on_the_rest_of_the_library(smi: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.smi"
    few.write_text("Oc1ccccc1 alone\n")
    run(smi, tmp_path / "all.h5")
    run(few, tmp_path / "few.h5")

    with open_dataset(tmp_path / "all.h5") as whole, open_dataset(tmp_path / "few.h5") as alone:
        np.testing.assert_array_equal(whole.traces("13C", 7, 8), alone.traces("13C", 0, 1))
        np.testing.assert_array_equal(whole.traces("1H", 7, 8), alone.traces("1H", 0, 1))


def test_images_have_safe_names(tmp_path: Path) -> None:
    path = tmp_path / "lib.smi"
    path.write_text("CCO ../../etc/passwd\nCCCO a b\nCOC\n")
    folder = tmp_path / "png"

    run(path, tmp_path / "d.h5", images=folder)

    names = sorted(p.name for p in folder.iterdir())
    stems = ("0000000_______etc_passwd", "0000001_a_b", "0000002")
    assert names == sorted(f"{stem}_{nucleus}.png" for stem in stems for nucleus in ("h1", "c13"))
    with Image.open(folder / "0000002_h1.png") as image:
        assert image.size == (256, 256)
        assert image.text["specmol:nucleus"] == "1H"
    with pytest.raises(OutputError, match="is not empty"):
        run(path, tmp_path / "e.h5", images=folder)
    assert run(path, tmp_path / "e.h5", images=folder, force=True).simulated == 3


def test_signed_experiments_are_kept_signed(smi: Path, tmp_path: Path) -> None:
    settings = SimulationConfig(points=256, experiment="DEPT-135", solvent="CDCl3")
    run(smi, tmp_path / "d.h5", replace(RECIPE, simulation=settings), images=tmp_path / "png")

    with open_dataset(tmp_path / "d.h5") as dataset:
        propanol = next(dataset.spectra(1, 2))
        assert propanol["13C"] is not None
        assert propanol["1H"] is not None
        assert propanol["13C"].signed
        assert not propanol["1H"].signed
        assert propanol["13C"].intensities.min() < -0.5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (SimulationConfig(solvent="gin"), "solvent gin: unknown; choose one of CDCl3"),
        (SimulationConfig(experiment="HSQC"), "experiment HSQC: unknown; choose one of 1D"),
        (SimulationConfig(frequency_mhz=20.0), "frequency 20: must be between 60 and 1000 MHz"),
    ],
)
def test_invalid_settings_are_refused(settings: SimulationConfig, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        LibraryRecipe("x", simulation=settings)
