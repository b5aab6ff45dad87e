from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.errors import DatasetError, OutputError
from specmol_core.matchnet.data.build import DatasetRecipe, build_dataset
from specmol_core.shifts.table import read_shift_table
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import decode_trace, encode_trace, open_dataset
from specmol_core.simulation.ranges import IDEAL


@pytest.fixture
def recipe(sources) -> DatasetRecipe:  # type: ignore[no-untyped-def]
    return DatasetRecipe((sources.shifts,), sources.splits, copies=2, seed=5)


@pytest.mark.slow
def test_splits_copies_and_drops(dataset_path: Path, recipe: DatasetRecipe, tmp_path: Path) -> None:
    dropped = build_dataset(recipe, tmp_path / "d.h5")

    with open_dataset(tmp_path / "d.h5") as dataset:
        assert [len(dataset.molecules_of(s)) for s in ("train", "validation", "test")] == [21, 6, 4]
        assert len(dataset) == 2 * 21 + 6 + 4
        assert dataset.copy[dataset.rows_of("train")].tolist() == [0, 1] * 21
        assert not {dataset.smiles[i] for i in dataset.molecules_of("train")} & {"CCCCCO", "CCCCCCO"}
        assert dataset.recipe["seed"] == 5
        assert dataset.recipe["sources"][0]["name"] == "shifts.parquet"
        assert dataset.dropped == dropped == {"train: also in validation": 1, "train: also in test": 1}


@pytest.mark.slow
def test_same_content_with_any_number_of_workers(dataset_path: Path, recipe: DatasetRecipe, tmp_path: Path) -> None:
    build_dataset(recipe, tmp_path / "two.h5", workers=2)

    with open_dataset(dataset_path) as one, open_dataset(tmp_path / "two.h5") as two:
        assert one.id == two.id
        np.testing.assert_array_equal(one.traces("1H", 0, len(one)), two.traces("1H", 0, len(two)))


def test_a_molecule_does_not_depend_on_the_others(dataset_path: Path, recipe: DatasetRecipe, tmp_path: Path) -> None:
    build_dataset(replace(recipe, limits={"train": 3}), tmp_path / "few.h5")

    with open_dataset(dataset_path) as whole, open_dataset(tmp_path / "few.h5") as few:
        row = int(np.searchsorted(few.molecule, few.smiles.index("CCCCCCO")))
        other = int(np.searchsorted(whole.molecule, whole.smiles.index("CCCCCCO")))
        assert len(few.molecules_of("train")) == 3
        np.testing.assert_array_equal(few.traces("13C", row, row + 1), whole.traces("13C", other, other + 1))


def test_another_seed_and_another_copy_differ(dataset_path: Path, recipe: DatasetRecipe, tmp_path: Path) -> None:
    build_dataset(replace(recipe, seed=6), tmp_path / "d.h5")

    with open_dataset(dataset_path) as five, open_dataset(tmp_path / "d.h5") as six:
        assert five.id != six.id
        first, second = five.traces("13C", 0, 2)
        assert not np.array_equal(first, second)


def test_without_noise_and_error_the_lines_are_at_the_shifts(recipe: DatasetRecipe, tmp_path: Path) -> None:
    exact = SimulationConfig(c13_error_ppm=0.0, h1_error_ppm=0.0, ranges=IDEAL)
    build_dataset(replace(recipe, simulation=exact), tmp_path / "d.h5")
    table = {Chem.CanonSmiles(s): shifts for s, _, shifts in read_shift_table(recipe.shifts[0])}

    with open_dataset(tmp_path / "d.h5") as dataset:
        for row in (0, 5, len(dataset) - 1):
            shifts = table[dataset.smiles[dataset.molecule[row]]].c13
            expected = set(np.round(list(shifts.values()), 3))
            found = dataset.peaks("13C", row)[:, 0]
            # Equivalent atoms share a line, so there are at least as many lines as distinct shifts.
            assert set(np.round(found.astype(float), 3)) == expected


@pytest.mark.slow
def test_unlisted_molecules_can_be_added(sources, recipe: DatasetRecipe, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    few = tmp_path / "few.csv"
    few.write_text("candidate_smiles,label\nCCO,1\nCCCO,1\n")
    splits = {**sources.splits, "train": (few,)}

    left = build_dataset(replace(recipe, splits=splits), tmp_path / "a.h5")
    joined = build_dataset(replace(recipe, splits=splits, unlisted=True), tmp_path / "b.h5")

    assert left["in no pair table"] == 19
    assert "in no pair table" not in joined
    with open_dataset(tmp_path / "b.h5") as dataset:
        assert len(dataset.molecules_of("train")) == 21


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("CCl", "13C", 0, 25.0)], "outside the model's elements"),
        ([("CC", "13C", 0, 25.0)], "shifts incomplete"),
        ([("C1CC", "13C", 0, 25.0)], "SMILES unreadable"),
        ([("C(=O)=O", "13C", 0, 125.0), ("O=C=O", "13C", 1, 125.0)], "the structure comes twice"),
    ],
)
def test_reasons_of_dropping(sources, tmp_path: Path, rows: list[tuple[str, str, int, float]], reason: str) -> None:  # type: ignore[no-untyped-def]
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    names = ("smiles", "nucleus", "atom_index", "shift_ppm")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "odd.parquet")
    recipe = DatasetRecipe((sources.shifts, tmp_path / "odd.parquet"), sources.splits, unlisted=True)

    assert build_dataset(recipe, tmp_path / "d.h5")[reason] == 1


def test_missing_shifts_are_counted_by_split(sources, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    more = tmp_path / "more.csv"
    more.write_text("candidate_smiles,label\nCCCCCCCC,1\n")
    splits = {**sources.splits, "validation": (*sources.splits["validation"], more)}

    assert (
        build_dataset(DatasetRecipe((sources.shifts,), splits), tmp_path / "d.h5")["validation: no usable shifts"] == 1
    )


def test_an_existing_file_is_kept(recipe: DatasetRecipe, tmp_path: Path) -> None:
    path = tmp_path / "d.h5"
    path.write_text("mine")

    with pytest.raises(OutputError, match="--force"):
        build_dataset(recipe, path)
    assert path.read_text() == "mine"
    build_dataset(recipe, path, force=True)
    with open_dataset(path):
        pass


def test_a_failed_build_leaves_nothing(sources, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    only = tmp_path / "only.csv"
    only.write_text("candidate_smiles,label\nCCCCCCCCC,1\n")
    splits = {**sources.splits, "train": (only,)}

    with pytest.raises(DatasetError, match="no training molecule"):
        build_dataset(DatasetRecipe((sources.shifts,), splits), tmp_path / "d.h5")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["only.csv"]


def test_lines_name_the_atoms_of_the_stored_structure(dataset_path: Path) -> None:
    with open_dataset(dataset_path) as dataset:
        for row in (0, 7, len(dataset) - 1):
            (structure,) = dataset.structures(int(dataset.molecule[row]), int(dataset.molecule[row]) + 1)
            mol = Chem.MolFromSmiles(structure)
            carbons = [atom for atoms in dataset.atoms("13C", row) for atom in atoms]
            assert sorted(carbons) == [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
            assert [len(a) for a in dataset.atoms("13C", row)] == dataset.peaks("13C", row)[:, 1].tolist()
            for atoms, (_, protons) in zip(dataset.atoms("1H", row), dataset.peaks("1H", row), strict=True):
                assert sum(mol.GetAtomWithIdx(a).GetTotalNumHs() for a in atoms) == protons


def test_parameters_are_kept_row_by_row(dataset_path: Path) -> None:
    with open_dataset(dataset_path) as dataset:
        parameters = dataset.parameters(0, len(dataset))

    assert parameters.shape == (len(dataset),)
    assert len(set(parameters["h1_noise"].tolist())) == len(dataset)
    assert set(parameters["experiment"]) == {b"1D"}


def test_packed_traces_keep_the_image() -> None:
    trace = np.linspace(-0.3, 7.0, 2048).astype(np.float32)

    found = decode_trace(encode_trace(trace))

    # An image has 256 rows on a square-root scale.
    root = np.sqrt(np.abs(trace) / 7.0)
    np.testing.assert_allclose(np.sqrt(np.abs(found)), root, atol=1 / 2048)
    np.testing.assert_array_equal(np.sign(found[found != 0]), np.sign(trace[found != 0]))
    assert not encode_trace(np.zeros(8, np.float32)).any()
    # DEPT: the strongest line may point down.
    assert decode_trace(encode_trace(np.array([0.5, -2.0], np.float32))).tolist() == pytest.approx([0.25, -1], abs=1e-3)
