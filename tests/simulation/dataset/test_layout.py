from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from support.predictions import predict

from specmol_core.errors import DatasetError
from specmol_core.molecules.library import open_library
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.simulation.dataset.library import LibraryRecipe, simulate_library

COLUMNS = [
    "molecules/smiles", "molecules/split", "molecules/structure", "validation/candidate", "rows/molecule",
    "rows/parameters", "1H/trace", "13C/peaks", "13C/starts", "1H/atoms", "1H/atom_starts", "rejected/reason",
]  # fmt: skip


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("dataset")
    (folder / "l.smi").write_text("CCO a\nCCCO b\nCB(O)O c\n")
    recipe = LibraryRecipe("fake", seed=3, max_atoms=20, simulation=SimulationConfig(points=64))
    simulate_library(open_library(folder / "l.smi"), predict, recipe, folder / "d.h5", workers=1)
    return (folder / "d.h5").read_bytes()


def huge(file: h5py.File, name: str) -> None:
    shape, kind = file[name].shape, file[name].dtype
    del file[name]
    file.create_dataset(name, (10**11, *shape[1:]), kind, chunks=tuple(min(64, n) for n in (64, *shape[1:])))


def soft_link(file: h5py.File, name: str) -> None:
    del file[name]
    file[name] = h5py.SoftLink(f"/{name}")


def external_link(file: h5py.File, name: str) -> None:
    del file[name]
    file[name] = h5py.ExternalLink("/tmp/other.h5", "/x")


def other_type(file: h5py.File, name: str) -> None:
    shape = file[name].shape
    del file[name]
    file.create_dataset(name, shape, np.dtype([("a", "i4")]) if name != "rows/parameters" else "i4")


def one_number(file: h5py.File, name: str) -> None:
    del file[name]
    file[name] = 3


def group(file: h5py.File, name: str) -> None:
    del file[name]
    file.create_group(name)


@pytest.mark.parametrize("change", [huge, soft_link, external_link, other_type, one_number, group])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_hostile_column_is_refused(
    content: bytes, tmp_path: Path, name: str, change: Callable[[h5py.File, str], None]
) -> None:
    path = tmp_path / "d.h5"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        change(file, name)

    with pytest.raises(DatasetError, match=r"damaged or incomplete \(.*\); rebuild the dataset$"), open_dataset(path):
        pass


def test_a_column_in_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.h5"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        shape, kind = file["rows/molecule"].shape, file["rows/molecule"].dtype
        del file["rows/molecule"]
        file.create_dataset("rows/molecule", shape, kind, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])

    with pytest.raises(DatasetError, match="rows/molecule is stored in another file"), open_dataset(path):
        pass


@pytest.mark.parametrize("name", ["recipe", "dropped"])
def test_json_that_is_nested_too_deeply_is_refused(content: bytes, tmp_path: Path, name: str) -> None:
    path = tmp_path / "d.h5"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        file.attrs[name] = "[" * 60_000

    with pytest.raises(DatasetError, match="damaged or incomplete"), open_dataset(path):
        pass
