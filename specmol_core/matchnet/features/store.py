"""Store of frozen-backbone features: one HDF5 file that holds each image's feature map once.

::

    attributes   format, version, backbone, width, height, size, part_rows
    basis        (2048, width) float32, orthonormal; absent if whole maps are kept
    parts/00000  maps    (part_rows, width, height, size) float16
                 keys    (part_rows, 32) uint8
                 energy  (part_rows,) float32
    index/<id>   (images, 32) uint8: keys of a dataset's images, in the order of the dataset

A whole map of 2048 x 8 x 8 takes 256 KiB in half precision, 27 GB for 100,000 images. Projected on
the leading 256 directions of the channels, a map takes 32 KiB and 100,000 images take 3.3 GB, which
fits in memory during a training.

The space of a part is contiguous and allocated at once. Adding a row writes its map, then its key
(the sha256 of the image), and changes nothing else in the file. A killed run therefore leaves a
valid file; a row without a key does not count. Maps are read through a memory map, whose pages the
operating system drops as needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.errors import DatasetError, OutputError
from specmol_core.matchnet.features.projection import project
from specmol_core.runtime.hdf5_trial import find_hdf5_fault
from specmol_core.storage.atomic import atomic_path

__all__ = ["FeatureStore", "create_store"]

FORMAT, VERSION = "specmol-features", 1
_KEY_BYTES = 32


def create_store(
    path: Path,
    backbone: str,
    part_rows: int,
    basis: Tensor | None,
    *,
    channels: int = 2048,
    grid: tuple[int, int] = (8, 8),
) -> None:
    """Create an empty store; the file appears under its name only when it is complete.

    Parameters
    ----------
    backbone
        Identity of the backbone's weights.
    part_rows
        Rows allocated at a time; ideally the number of images that will be added.
    basis
        Directions (channels, width) to project on, or None for whole maps.
    grid
        Height and width of a map.

    Raises
    ------
    OutputError
        If the file exists or cannot be written.
    """
    if path.exists():
        raise OutputError(path, "already exists; remove it first, or choose another name")
    width = channels if basis is None else basis.shape[1]
    # A killed writer leaves a flag in newer superblocks, and HDF5 then refuses to open the file.
    with atomic_path(path) as temporary, h5py.File(temporary, "w", locking=False, libver="earliest") as file:
        file.attrs.update(format=FORMAT, version=VERSION, backbone=backbone, width=width, part_rows=max(1, part_rows))
        file.attrs.update(height=grid[0], size=grid[1])
        if basis is not None:
            file["basis"] = basis.cpu().numpy().astype(np.float32)
        file.create_group("index")
        _add_part(file)


def _add_part(file: h5py.File) -> None:
    rows, width, *grid = (int(file.attrs[name]) for name in ("part_rows", "width", "height", "size"))
    group = file.require_group("parts").create_group(f"{len(file['parts']):05d}")
    for name, shape, kind in (("maps", (width, *grid), "f2"), ("keys", (_KEY_BYTES,), "u1"), ("energy", (), "f4")):
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        # Space is allocated at once, so later writes do not change the file's structure. Keys start
        # as zeros.
        plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER if name == "maps" else h5py.h5d.FILL_TIME_ALLOC)
        space = h5py.h5s.create_simple((rows, *shape))
        h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(np.dtype(kind)), space, plan)
    file.flush()


class FeatureStore:
    """Open and checked store.

    Parameters
    ----------
    path
        File made by ``create_store``.
    backbone
        Identity of the required backbone; None accepts any.
    writable
        Whether rows may be added.

    Raises
    ------
    DatasetError
        If the file is missing, damaged, of another format or of another backbone.
    """

    def __init__(self, path: Path, *, backbone: str | None = None, writable: bool = False) -> None:
        if not path.is_file():
            raise DatasetError(path, "no such feature store; create one with 'specmol matchnet train'")
        if fault := find_hdf5_fault(path):
            raise DatasetError(path, f"damaged: {fault}; delete it and create it again")
        self.path = path
        try:
            self._file = h5py.File(path, "r+" if writable else "r", libver="earliest")
        except OSError as error:
            raise DatasetError(path, f"is not HDF5, damaged, or in use by another run ({error})") from None
        try:
            self._load()
        except DatasetError:
            self.close()
            raise
        except (KeyError, ValueError, OSError, TypeError, AttributeError, RuntimeError) as error:
            self.close()
            raise DatasetError(path, f"damaged or incomplete ({error}); delete it and create it again") from None
        if backbone is not None and self.backbone != backbone:
            self.close()
            reason = f"holds features of backbone {self.backbone[:12]}, not of {backbone[:12]}; create another"
            raise DatasetError(path, reason)

    def _load(self) -> None:
        attributes = self._file.attrs
        if attributes.get("format") != FORMAT:
            raise DatasetError(self.path, "an HDF5 file, but not a specmol feature store; give another file")
        if attributes.get("version") != VERSION:
            reason = f"has format version {attributes.get('version')}, not {VERSION}; delete it and create it again"
            raise DatasetError(self.path, reason)
        self.backbone = str(attributes["backbone"])
        self.width, self.part_rows, *grid = (int(attributes[n]) for n in ("width", "part_rows", "height", "size"))
        self.grid = (grid[0], grid[1])
        basis = self._file.get("basis")
        self.basis: Tensor | None = None if basis is None else torch.from_numpy(basis[:])
        if self.basis is not None and (self.basis.shape[1] != self.width or not torch.isfinite(self.basis).all()):
            raise ValueError("the basis does not match the maps")
        self._row_of: dict[bytes, int] = {}
        self._maps: list[NDArray[np.float16]] = []
        self._count = 0
        for name in sorted(self._file["parts"]):
            self._open_part(name)

    def _open_part(self, name: str) -> None:
        maps, keys = self._file[f"parts/{name}/maps"], self._file[f"parts/{name}/keys"]
        shape = (self.part_rows, self.width, *self.grid)
        if maps.shape != shape or maps.dtype != np.float16 or keys.shape != (self.part_rows, _KEY_BYTES):
            raise ValueError(f"part {name} differs in shape from the store")
        # An HDF5 file can declare more than any memory holds, or keep its numbers in another file.
        offset, offset_of_keys = maps.id.get_offset(), keys.id.get_offset()
        if offset is None or offset_of_keys is None:
            raise ValueError(f"part {name} is not stored plainly")
        if max(offset + maps.nbytes, offset_of_keys + keys.nbytes) > self.path.stat().st_size:
            raise ValueError(f"part {name} is truncated")
        keys = keys[:]
        filled = keys.any(1)
        used = int(filled.sum())
        if not filled[:used].all() or (self._maps and used and self._count != len(self._maps) * self.part_rows):
            raise ValueError(f"part {name} has gaps")
        self._maps.append(np.memmap(self.path, np.float16, "r", offset, shape))
        for key in keys[:used]:
            self._row_of[key.tobytes()] = self._count
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; maps that were loaded stay valid."""
        self._maps = []
        self._file.close()

    def rows(self, keys: Sequence[bytes] | NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return the row of each image (n,), or -1 if absent; a key is a sha256 (32 bytes)."""
        lookup = (k if isinstance(k, bytes) else k.tobytes() for k in keys)
        return np.fromiter((self._row_of.get(k, -1) for k in lookup), np.int64, len(keys))

    def append(self, keys: Sequence[bytes], maps: Tensor) -> None:
        """Add maps (n, channels, *grid), float32, under keys that are not yet in the store.

        Raises
        ------
        DatasetError
            If a map has another shape or exceeds half precision.
        OutputError
            If the disk is full or the store was opened for reading.
        """
        coefficients = project(maps, None if self.basis is None else self.basis.to(maps.device))
        energy = (coefficients.square().flatten(1).sum(1) / maps.square().flatten(1).sum(1).clamp_min(1e-30)).cpu()
        values = coefficients.half().cpu().numpy()
        if values.shape[1:] != (self.width, *self.grid) or not np.isfinite(values).all():
            raise DatasetError(self.path, f"maps of shape {values.shape[1:]} do not fit, or exceed half precision")
        codes = np.frombuffer(b"".join(keys), np.uint8).reshape(len(values), _KEY_BYTES)
        done = 0
        try:
            while done < len(values):
                done += self._write(values[done:], codes[done:], energy.numpy()[done:])
        except (OSError, ValueError) as error:
            raise OutputError(self.path, f"cannot be written ({error}); check disk space and permissions") from None

    def _write(self, values: NDArray[np.float16], codes: NDArray[np.uint8], energy: NDArray[np.float32]) -> int:
        """Write as many rows as fit into the current part; return their number."""
        part, first = divmod(self._count, self.part_rows)
        if part == len(self._maps):
            _add_part(self._file)
            self._open_part(f"{part:05d}")
        count = min(len(values), self.part_rows - first)
        group = self._file[f"parts/{part:05d}"]
        group["maps"][first : first + count] = values[:count]
        group["energy"][first : first + count] = energy[:count]
        self._file.flush()
        group["keys"][first : first + count] = codes[:count]
        self._file.flush()
        for key in codes[:count]:
            self._row_of[key.tobytes()] = self._count
            self._count += 1
        return count

    def energy_fraction(self) -> NDArray[np.float32]:
        """Return the share of each row's squared norm that the basis keeps (rows,)."""
        parts = [self._file[f"parts/{name}/energy"][:] for name in sorted(self._file["parts"])]
        energy: NDArray[np.float32] = np.concatenate(parts)[: self._count]
        return energy

    def load(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return maps (n, width, *grid); row -1 is a missing nucleus and gives zeros."""
        out = np.zeros((len(rows), self.width, *self.grid), np.float16)
        parts, rows_in_part = np.divmod(rows, self.part_rows)
        for part in np.unique(parts[rows >= 0]):
            in_part = (parts == part) & (rows >= 0)
            out[in_part] = self._maps[part][rows_in_part[in_part]]
        return out

    def write_index(self, name: str, keys: NDArray[np.uint8]) -> None:
        """Store the keys (n, 32) of a dataset's images, so that they are rendered once."""
        group: Any = self._file["index"]
        if name not in group:
            group[name] = keys
            self._file.flush()

    def read_index(self, name: str) -> NDArray[np.uint8] | None:
        """Return the keys (n, 32) stored under a name, or None."""
        found = self._file["index"].get(name)
        return None if found is None else found[:]
