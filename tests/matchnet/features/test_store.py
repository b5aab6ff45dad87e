from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from specmol_core.errors import DatasetError, OutputError
from specmol_core.matchnet.features.projection import fit_basis
from specmol_core.matchnet.features.store import FeatureStore, create_store

CHANNELS, SIZE = 12, 2


def keys(first: int, count: int) -> list[bytes]:
    return [hashlib.sha256(str(i).encode()).digest() for i in range(first, first + count)]


def maps(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, CHANNELS, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


def make(path: Path, part_rows: int = 4, basis: torch.Tensor | None = None) -> Path:
    create_store(path, "ab" * 32, part_rows, basis, channels=CHANNELS, grid=(SIZE, SIZE))
    return path


def test_rows_are_restored_over_several_parts_and_openings(tmp_path: Path) -> None:
    path, values = make(tmp_path / "s.h5"), maps(11)
    for block in (slice(0, 3), slice(3, 10), slice(10, 11)):
        with FeatureStore(path, writable=True) as store:
            store.append(keys(0, 11)[block], values[block])

    with FeatureStore(path, backbone="ab" * 32) as store:
        assert len(store) == 11
        rows = store.rows([*keys(0, 11)[::-1], b"\0" * 32])
        found = store.load(rows)

    assert rows.tolist() == [*range(10, -1, -1), -1]
    np.testing.assert_array_equal(found[:-1], values.numpy().astype(np.float16)[::-1])
    assert not found[-1].any()


def test_coefficients_and_the_energy_they_keep(tmp_path: Path) -> None:
    values = maps(6)
    basis = fit_basis([values], 3)
    with FeatureStore(make(tmp_path / "s.h5", basis=basis), writable=True) as store:
        store.append(keys(0, 6), values)
        torch.testing.assert_close(store.basis, basis)
        found = torch.from_numpy(store.load(np.arange(6))).float()
        kept = store.energy_fraction()

    expected = torch.einsum("nchw,cr->nrhw", values, basis)
    torch.testing.assert_close(found, expected, atol=5e-3, rtol=5e-3)
    slow = [float(e.square().sum() / v.square().sum()) for e, v in zip(expected, values, strict=True)]
    assert kept.tolist() == pytest.approx(slow, rel=1e-4)


def test_a_row_without_its_key_does_not_exist(tmp_path: Path) -> None:
    path, values = make(tmp_path / "s.h5"), maps(3)
    with FeatureStore(path, writable=True) as store:
        store.append(keys(0, 2), values[:2])
    with h5py.File(path, "r+") as file:
        file["parts/00000/maps"][2] = 7.0  # State of a run killed between the map and the key.

    with FeatureStore(path, writable=True) as store:
        assert len(store) == 2
        store.append(keys(2, 1), values[2:])
        np.testing.assert_array_equal(store.load(np.array([2])), values[2:].numpy().astype(np.float16))


@pytest.mark.slow
def test_a_killed_run_leaves_a_valid_store(tmp_path: Path) -> None:
    path = make(tmp_path / "s.h5", part_rows=100_000)
    code = f"""
import hashlib, torch
from pathlib import Path
from specmol_core.matchnet.features.store import FeatureStore
store = FeatureStore(Path({str(path)!r}), writable=True)
for i in range(100_000):
    store.append([hashlib.sha256(str(i).encode()).digest()], torch.full((1, {CHANNELS}, {SIZE}, {SIZE}), float(i % 50)))
    print(i, flush=True)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    while int(process.stdout.readline()) < 20:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with FeatureStore(path, writable=True) as store:
        count = len(store)
        assert count > 20
        found = store.load(store.rows(keys(0, count)))
        np.testing.assert_array_equal(found[:, 0, 0, 0], np.arange(count) % 50)
        store.append(keys(count, 1), maps(1))
        assert len(store) == count + 1


def test_the_index_is_stored(tmp_path: Path) -> None:
    codes = np.frombuffer(b"".join(keys(0, 4)), np.uint8).reshape(4, 32)
    with FeatureStore(make(tmp_path / "s.h5"), writable=True) as store:
        assert store.read_index("d") is None
        store.write_index("d", codes)
    with FeatureStore(tmp_path / "s.h5") as store:
        np.testing.assert_array_equal(store.read_index("d"), codes)


def test_unusable_stores(tmp_path: Path) -> None:
    path, text, other = make(tmp_path / "s.h5"), tmp_path / "t.h5", tmp_path / "o.h5"
    text.write_text("nothing")
    with h5py.File(other, "w") as file:
        file["x"] = 1

    for file_, words in ((tmp_path / "none.h5", "no such"), (text, "not HDF5"), (other, "not a specmol feature store")):
        with pytest.raises(DatasetError, match=words):
            FeatureStore(file_)
    with pytest.raises(DatasetError, match="of backbone abababababab, not of cdcdcdcdcdcd"):
        FeatureStore(path, backbone="cd" * 32)
    with pytest.raises(OutputError, match="exists"):
        make(path)
    with FeatureStore(path) as store, pytest.raises(OutputError):
        store.append(keys(0, 1), maps(1))
    with h5py.File(path, "r+") as file:
        file["parts/00000/keys"][2] = 1
    with pytest.raises(DatasetError, match="gaps"):
        FeatureStore(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "s.h5", part_rows=1000)
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 2)

    with pytest.raises(DatasetError):
        FeatureStore(path)


@pytest.mark.parametrize("values", [torch.full((1, CHANNELS, SIZE, SIZE), 1e6), torch.ones(1, CHANNELS, 3, 3)])
def test_maps_that_do_not_fit(tmp_path: Path, values: torch.Tensor) -> None:
    with FeatureStore(make(tmp_path / "s.h5"), writable=True) as store:
        with pytest.raises(DatasetError, match="do not fit"):
            store.append(keys(0, 1), values)
        assert len(store) == 0


def test_a_store_that_declares_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "s.h5")
    with h5py.File(path, "r+") as file:
        rows = 10**10
        file.attrs["part_rows"] = rows
        shapes = {"maps": ((rows, CHANNELS, SIZE, SIZE), "f2"), "keys": ((rows, 32), "u1")}
        for name, (shape, kind) in shapes.items():
            del file[f"parts/00000/{name}"]
            file.create_dataset(f"parts/00000/{name}", shape, kind, chunks=(64, *shape[1:]))

    with pytest.raises(DatasetError, match="part 00000 is not stored plainly"):
        FeatureStore(path)


def test_keys_in_another_file_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "s.h5")
    with h5py.File(path, "r+") as file:
        del file["parts/00000/keys"]
        file.create_dataset("parts/00000/keys", (4, 32), "u1", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])

    with pytest.raises(DatasetError, match="part 00000 is not stored plainly"):
        FeatureStore(path)
