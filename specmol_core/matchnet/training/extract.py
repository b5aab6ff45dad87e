"""Fill the feature store: render a dataset's images and apply the backbone to each new one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.errors import DatasetError
from specmol_core.matchnet.features.projection import fit_basis
from specmol_core.matchnet.features.store import FeatureStore, create_store
from specmol_core.simulation.dataset.dataset import CHUNK_ROWS, Dataset
from specmol_core.spectra.canonical_image import canonical_images, image_sha256
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["ImageEncoder", "RenderedMaps", "extract_features", "feature_rows", "prepare_store"]

_MISSING_KEY = b"\0" * 32
"""Key of a missing nucleus."""


class ImageEncoder(Protocol):
    """Interface of a backbone that fills a store."""

    id: str

    def features(self, images: NDArray[np.uint8]) -> Tensor:
        """Return maps (n, channels, h, w), float32, of images (n, size, size)."""


def prepare_store(
    path: Path,
    dataset: Dataset,
    backbone: ImageEncoder,
    geometry: Geometry,
    *,
    rank: int = 256,
    samples: int = 1024,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Create the store of a dataset's features, or complete the store of an interrupted run.

    Parameters
    ----------
    rank
        Number of channel directions to keep; 0 keeps whole maps.
    samples
        Number of spectra, evenly spaced in the dataset, on whose maps the directions are fitted.
    progress
        Called with the number of rows that are done, and their total.

    Raises
    ------
    DatasetError
        If the store belongs to another backbone, or the dataset to another geometry.
    OutputError
        If the store cannot be written.
    """
    dataset.check_geometry(geometry)
    if not path.exists():
        basis = fit_basis(_sample_maps(dataset, backbone, geometry, samples), rank) if rank else None
        probe = backbone.features(np.full((1, geometry.size, geometry.size), 255, np.uint8))
        channels, *grid = probe.shape[1:]
        create_store(path, backbone.id, 2 * len(dataset), basis, channels=channels, grid=(grid[0], grid[1]))
    with FeatureStore(path, backbone=backbone.id, writable=True) as store:
        extract_features(store, dataset, backbone, geometry, progress)


def extract_features(
    store: FeatureStore,
    dataset: Dataset,
    backbone: ImageEncoder,
    geometry: Geometry,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Add the features of all images of the dataset that are not in the store, in its order."""
    keys = np.zeros((len(dataset), 2, 32), np.uint8)
    for start, images, present in _images(dataset, geometry):
        codes = [bytes.fromhex(image_sha256(p)) if t else _MISSING_KEY for p, t in zip(images, present, strict=True)]
        known = store.rows(codes)
        new_codes = {code: i for i, code in enumerate(codes) if known[i] < 0 and code != _MISSING_KEY}
        if new_codes:
            store.append(list(new_codes), backbone.features(images[list(new_codes.values())]))
        block = np.frombuffer(b"".join(codes), np.uint8).reshape(2, -1, 32).swapaxes(0, 1)
        keys[start : start + len(block)] = block
        if progress is not None:
            progress(start + len(block), len(dataset))
    store.write_index(_index_name(dataset, geometry), keys.reshape(-1, 32))


def feature_rows(store: FeatureStore, dataset: Dataset, geometry: Geometry) -> NDArray[np.int64]:
    """Return the store rows (R, 2) of each dataset row's 1H and 13C; -1 for a missing nucleus.

    Raises
    ------
    DatasetError
        If the store lacks images of the dataset.
    """
    keys = store.read_index(_index_name(dataset, geometry))
    if keys is None or len(keys) != 2 * len(dataset):
        reason = f"lacks features of {dataset.path}; complete it with 'specmol train --features'"
        raise DatasetError(store.path, reason)
    rows = store.rows(keys)
    if ((rows < 0) & keys.any(1)).any():
        raise DatasetError(store.path, "lacks rows that its index names; delete it and create it again")
    return rows.reshape(-1, 2)


def _index_name(dataset: Dataset, geometry: Geometry) -> str:
    digest = hashlib.sha256(json.dumps(asdict(geometry), sort_keys=True).encode()).hexdigest()
    return f"{dataset.id}-{digest[:16]}"


def _images(dataset: Dataset, geometry: Geometry) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.bool_]]]:
    """Yield the first row, images (2n, size, size) and whether each has a signal.

    The first n images are 1H, the others 13C.
    """
    for start in range(0, len(dataset), CHUNK_ROWS):
        stop = min(start + CHUNK_ROWS, len(dataset))
        yield start, *_draw(dataset, geometry, start, stop)


def _draw(dataset: Dataset, geometry: Geometry, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    count = stop - start
    images = np.full((2 * count, geometry.size, geometry.size), 255, np.uint8)
    present = np.zeros(2 * count, np.bool_)
    for k, nucleus in enumerate(NUCLEI):
        traces = dataset.traces(nucleus, start, stop)
        is_present = traces.any(1)
        image_index = k * count + np.flatnonzero(is_present)
        if is_present.any():
            images[image_index] = canonical_images(traces[is_present], dataset.axis(nucleus), nucleus, geometry)
        present[image_index] = True
    return images, present


def _sample_maps(dataset: Dataset, backbone: ImageEncoder, geometry: Geometry, samples: int) -> Iterator[Tensor]:
    chunks = max(1, min(samples, len(dataset)) // 16)
    for start in np.linspace(0, max(0, len(dataset) - 16), chunks).astype(int).tolist():
        images, present = _draw(dataset, geometry, start, min(start + 16, len(dataset)))
        yield backbone.features(images[present])


class RenderedMaps:
    """Whole feature maps of dataset rows, rendered and encoded on request; a ``MapSource``."""

    def __init__(
        self, dataset: Dataset, backbone: ImageEncoder, geometry: Geometry, device: torch.device | str = "cpu"
    ) -> None:
        dataset.check_geometry(geometry)
        self._dataset, self._backbone, self._geometry = dataset, backbone, geometry
        self.device = torch.device(device)
        self.basis: Tensor | None = None

    def maps(self, rows: NDArray[np.int64], withheld_nucleus: NDArray[np.int8] | None = None) -> tuple[Tensor, Tensor]:
        """Return float32 maps of 1H and 13C (n, channels, h, w); zeros for a missing nucleus.

        ``withheld_nucleus`` is as in ``FeatureReader.maps``.
        """
        # Consecutive rows are rendered together, because they share compressed chunks of the file.
        parts = np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1)
        runs = [run for part in parts for run in np.array_split(part, -(-len(part) // CHUNK_ROWS))]
        rendered = [_draw(self._dataset, self._geometry, int(run[0]), int(run[-1]) + 1) for run in runs]
        # A run holds all 1H and then all 13C; the result is ordered by row.
        images = np.concatenate([p.reshape(2, -1, *p.shape[1:]).swapaxes(0, 1) for p, _ in rendered])
        present = np.concatenate([is_present.reshape(2, -1).T for _, is_present in rendered])
        maps = self._backbone.features(images.reshape(-1, *images.shape[2:])).to(self.device)
        if withheld_nucleus is not None:
            both = present.all(1)
            for nucleus in range(2):
                present[both & (withheld_nucleus == nucleus + 1), nucleus] = False
        maps = maps * torch.from_numpy(present.reshape(-1, 1, 1, 1)).to(self.device)
        return maps[0::2], maps[1::2]
