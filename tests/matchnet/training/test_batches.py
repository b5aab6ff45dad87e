from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from specmol_core.matchnet.features.store import FeatureStore
from specmol_core.matchnet.training.batches import FeatureReader
from specmol_core.matchnet.training.extract import RenderedMaps, feature_rows
from specmol_core.simulation.dataset.dataset import open_dataset
from specmol_core.spectra.geometry import Geometry


@pytest.mark.parametrize("memory_gb", [1.0, 0.0])
def test_maps_with_a_nucleus_withheld(dataset_path: Path, store_path: Path, memory_gb: float) -> None:
    with open_dataset(dataset_path) as dataset, FeatureStore(store_path) as store:
        rows = feature_rows(store, dataset, Geometry())
        rows[4, 1] = -1
        reader = FeatureReader(store, rows, torch.device("cpu"), memory_gb)
        assert reader.in_memory == (memory_gb > 0)
        h1, c13 = reader.maps(np.array([9, 2, 4, 4]), np.array([1, 2, 1, 0], dtype=np.int8))
        expected = torch.from_numpy(store.load(rows[[2, 4]][:, 0])).float()
        carbon = torch.from_numpy(store.load(rows[[9]][:, 1])).float()

    assert not h1[0].any()
    assert not c13[1].any()
    # Row 4 has no 13C, so its 1H is never withheld.
    torch.testing.assert_close(h1[[1, 2]], expected, atol=0, rtol=0)
    torch.testing.assert_close(h1[3], h1[2], atol=0, rtol=0)
    assert not c13[2:].any()
    torch.testing.assert_close(c13[:1], carbon, atol=0, rtol=0)


def test_rendered_maps_agree_with_the_store(dataset_path: Path, store_path: Path, fake_backbone) -> None:  # type: ignore[no-untyped-def]
    rows, withheld_nucleus = np.array([5, 40, 1]), np.array([0, 2, 1], dtype=np.int8)
    with open_dataset(dataset_path) as dataset, FeatureStore(store_path) as store:
        reader = FeatureReader(store, feature_rows(store, dataset, Geometry()), torch.device("cpu"), 1.0)
        stored = reader.maps(rows, withheld_nucleus)
        drawn = RenderedMaps(dataset, fake_backbone, Geometry()).maps(rows, withheld_nucleus)

    for coefficients, whole in zip(stored, drawn, strict=True):
        torch.testing.assert_close(
            torch.einsum("nrhw,cr->nchw", coefficients, reader.basis), whole, atol=5e-2, rtol=1e-2
        )
