from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from specmol_core.runtime import hdf5_trial
from specmol_core.runtime.hdf5_trial import find_hdf5_fault

LOOPS = Path(__file__).parents[1] / "corpus" / "dataset" / "41fc5ab89512"

pytestmark = pytest.mark.slow


def test_file_that_makes_the_library_loop_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_trial, "_SECONDS", 1)

    assert "needs more than 1 s" in find_hdf5_fault(LOOPS)


def test_sound_file_and_file_of_another_kind_may_be_opened(tmp_path: Path) -> None:
    sound, other = tmp_path / "a.h5", tmp_path / "b.h5"
    with h5py.File(sound, "w") as file:
        file.attrs["format"] = "x"
        file["group/texts"] = ["one", "two"]
        file["numbers"] = np.arange(5)
    other.write_bytes(b"no HDF5")

    assert find_hdf5_fault(sound) == ""
    assert find_hdf5_fault(other) == ""


def test_changed_file_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_trial, "_SECONDS", 1)
    path = tmp_path / "a.h5"
    path.write_bytes(b"no HDF5")
    assert find_hdf5_fault(path) == ""

    path.write_bytes(LOOPS.read_bytes())

    assert find_hdf5_fault(path)
