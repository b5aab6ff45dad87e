from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from specmol_core.errors import DatasetError
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.spectra.geometry import Geometry


def test_spectra_agree_with_traces(dataset_path: Path) -> None:
    with open_dataset(dataset_path) as dataset:
        spectra = list(dataset.spectra(2, 5))
        traces = dataset.traces("1H", 2, 5)

    assert [s["1H"].nucleus for s in spectra] == ["1H"] * 3
    np.testing.assert_array_equal(np.stack([s["1H"].intensities for s in spectra]), traces)
    assert traces.max(1) == pytest.approx(1.0)
    assert spectra[0]["13C"].axis.high == 230.0


def test_another_window_is_refused(dataset_path: Path) -> None:
    with open_dataset(dataset_path) as dataset:
        dataset.check_geometry(Geometry())
        with pytest.raises(DatasetError, match=r"1H traces span 12\.05 to -2\.0 ppm, and the images 10\.0"):
            dataset.check_geometry(Geometry(h1_window=(10.0, 0.0)))


def test_other_files_are_refused(tmp_path: Path) -> None:
    text, other = tmp_path / "a.h5", tmp_path / "b.h5"
    text.write_text("nothing")
    with h5py.File(other, "w") as file:
        file["x"] = 1

    for path, words in (
        (tmp_path / "c.h5", "no such"),
        (text, "not an HDF5"),
        (other, "not a specmol dataset"),
    ):
        with pytest.raises(DatasetError, match=words), open_dataset(path):
            pass


@pytest.mark.parametrize("part", [
    "1H/trace", "13C/starts", "13C/atom_starts", "rows/molecule", "rows/parameters", "molecules/split",
    "molecules/structure", "rejected/reason", "validation/candidate",
])  # fmt: skip
def test_missing_or_short_columns_are_refused(dataset_path: Path, tmp_path: Path, part: str) -> None:
    path = tmp_path / "d.h5"
    for cut in (None, 1) if part != "rejected/reason" else (None,):
        shutil.copy(dataset_path, path)
        with h5py.File(path, "r+") as file:
            rest = file[part][:-1]
            del file[part]
            if cut:
                file[part] = rest
        with pytest.raises(DatasetError, match="damaged or incomplete"), open_dataset(path):
            pass


def test_version_and_unknown_molecule(dataset_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.h5"
    shutil.copy(dataset_path, path)
    with h5py.File(path, "r+") as file:
        file["rows/molecule"][-1] = 10_000
    with pytest.raises(DatasetError, match="unknown molecule"), open_dataset(path):
        pass
    for version in (1, 99):
        with h5py.File(path, "r+") as file:
            file.attrs["version"] = version
        words = (
            f"version {version}, this program reads 2; rebuild it with 'specmol matchnet dataset' or 'specmol simulate'"
        )
        with pytest.raises(DatasetError, match=words), open_dataset(path):
            pass
