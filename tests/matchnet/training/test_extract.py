from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from specmol_core.errors import DatasetError
from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.training.extract import RenderedMaps, feature_rows, prepare_store
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.spectra.canonical_image import canonical_image
from specmol_core.spectra.geometry import Geometry


@pytest.mark.parametrize("rank", [0, 16])
def test_the_store_holds_what_the_backbone_sees(dataset_path: Path, tmp_path: Path, fake_backbone, rank: int) -> None:  # type: ignore[no-untyped-def]
    path, geometry, fake_backbone = tmp_path / "f.h5", Geometry(), type(fake_backbone)(channels=64)
    with open_dataset(dataset_path) as dataset:
        prepare_store(path, dataset, fake_backbone, geometry, rank=rank, samples=32)
        spectra = next(dataset.spectra(7, 8))
        with FeatureStore(path) as store:
            rows = feature_rows(store, dataset, geometry)[7]
            found, basis = torch.from_numpy(store.load(rows)).float(), store.basis

    images = np.stack([canonical_image(spectra[n], geometry) for n in ("1H", "13C")])
    expected = fake_backbone.features(images)
    if basis is not None:
        assert basis.shape == (64, 16)
        found = torch.einsum("nrhw,cr->nchw", found, basis)
    torch.testing.assert_close(found, expected, atol=5e-2, rtol=1e-2)


def test_an_interrupted_run_continues_without_repetition(dataset_path: Path, tmp_path: Path, fake_backbone) -> None:  # type: ignore[no-untyped-def]
    fake_backbone = type(fake_backbone)(channels=64)
    path, geometry = tmp_path / "f.h5", Geometry()

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stopped

    with open_dataset(dataset_path) as dataset:
        with pytest.raises(Stopped):
            prepare_store(path, dataset, fake_backbone, geometry, rank=0, progress=stop)
        before = fake_backbone.images
        with FeatureStore(path) as store:
            assert len(store) == before - 1 > 0
            with pytest.raises(DatasetError, match="lacks features of"):
                feature_rows(store, dataset, geometry)
        prepare_store(path, dataset, fake_backbone, geometry, rank=0)
        prepare_store(path, dataset, fake_backbone, geometry, rank=0)

        assert fake_backbone.images - before == 2 * len(dataset) - (before - 1)
        with FeatureStore(path) as store:
            assert sorted(feature_rows(store, dataset, geometry).ravel()) == list(range(2 * len(dataset)))


def test_a_missing_nucleus_has_no_row(dataset_path: Path, tmp_path: Path, fake_backbone) -> None:  # type: ignore[no-untyped-def]
    fake_backbone = type(fake_backbone)(channels=64)
    path = tmp_path / "d.h5"
    path.write_bytes(dataset_path.read_bytes())
    with h5py.File(path, "r+") as file:
        file["1H/trace"][3] = 0
    with open_dataset(path) as dataset:
        prepare_store(tmp_path / "f.h5", dataset, fake_backbone, Geometry(), rank=0)
        with FeatureStore(tmp_path / "f.h5") as store:
            rows = feature_rows(store, dataset, Geometry())
        h1, c13 = RenderedMaps(dataset, fake_backbone, Geometry()).maps(np.array([2, 3]))

    assert rows[3, 0] == -1
    assert (rows.ravel() < 0).sum() == 1
    assert h1[0].any()
    assert not h1[1].any()
    assert c13[1].any()


def test_another_geometry_has_another_index(dataset_path: Path, store_path: Path) -> None:
    with (
        open_dataset(dataset_path) as dataset,
        FeatureStore(store_path) as store,
        pytest.raises(DatasetError, match="lacks features of"),
    ):
        feature_rows(store, dataset, Geometry(exponent=0.25))
