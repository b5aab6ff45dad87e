"""Write the HDF5 layout of data.dataset, molecule by molecule."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from specmol_core.data.dataset import CHUNK_ROWS, FORMAT, VERSION

__all__ = ["DatasetWriter", "DrawnMolecule"]


class DrawnMolecule(NamedTuple):
    """All spectra of one molecule, packed."""

    flat: str
    split: int
    traces: tuple[NDArray[np.int16], NDArray[np.int16]]
    """1H and 13C, each (copies, points)."""
    peaks: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]
    """1H and 13C, each (k, 2) per copy."""


class DatasetWriter:
    """Appends molecules to the HDF5 layout of data.dataset and hashes them on the way."""

    def __init__(self, file: h5py.File, points: int) -> None:
        self.file = file
        self.smiles: list[str] = []
        self.splits: list[int] = []
        self.copies: list[int] = []
        self._digest = hashlib.sha256()
        self._starts: tuple[list[int], list[int]] = ([0], [0])
        self._pending: tuple[list[NDArray[np.int16]], list[NDArray[np.int16]]] = ([], [])
        self._peaks: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]] = ([], [])
        for nucleus in ("1H", "13C"):
            file.create_dataset(
                f"{nucleus}/trace", (0, points), np.int16, maxshape=(None, points), chunks=(CHUNK_ROWS, points),
                shuffle=True, compression="lzf",
            )  # fmt: skip

    def add(self, molecule: DrawnMolecule) -> None:
        self.smiles.append(molecule.flat)
        self.splits.append(molecule.split)
        self.copies.append(len(molecule.traces[0]))
        self._digest.update(f"{molecule.flat}|{molecule.split}|".encode())
        for k in range(2):
            self._pending[k].append(molecule.traces[k])
            self._digest.update(molecule.traces[k].astype("<i2").tobytes())
            for peaks in molecule.peaks[k]:
                self._peaks[k].append(peaks)
                self._starts[k].append(self._starts[k][-1] + len(peaks))
                self._digest.update(peaks.astype("<f4").tobytes())
        if sum(len(block) for block in self._pending[0]) >= 16 * CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        for nucleus, blocks in zip(("1H", "13C"), self._pending, strict=True):
            if blocks:
                rows, traces = np.concatenate(blocks), self.file[f"{nucleus}/trace"]
                traces.resize(len(traces) + len(rows), 0)
                traces[-len(rows) :] = rows
                blocks.clear()

    def finish(
        self, false_pairs: tuple[tuple[str, str], ...], record: dict[str, object], dropped: Counter[str]
    ) -> None:
        self._flush()
        file, copies = self.file, np.array(self.copies, dtype=np.int64)
        text = h5py.string_dtype()
        file.create_dataset("molecules/smiles", data=np.array(self.smiles, dtype=object), dtype=text)
        file["molecules/split"] = np.array(self.splits, dtype=np.uint8)
        for column, name in enumerate(("candidate", "spectrum")):
            values = np.array([pair[column] for pair in false_pairs], dtype=object)
            file.create_dataset(f"validation/{name}", data=values, dtype=text)
        file["rows/molecule"] = np.repeat(np.arange(len(copies), dtype=np.int32), copies)
        file["rows/copy"] = np.concatenate([np.arange(n, dtype=np.int16) for n in copies])
        for nucleus, peaks, starts in zip(("1H", "13C"), self._peaks, self._starts, strict=True):
            file[f"{nucleus}/peaks"] = np.concatenate(peaks).reshape(-1, 2)
            file[f"{nucleus}/starts"] = np.array(starts, dtype=np.int64)
        self._digest.update(repr(false_pairs).encode())
        file.attrs.update(
            format=FORMAT, version=VERSION, id=self._digest.hexdigest(),
            recipe=json.dumps(record), dropped=json.dumps(dict(dropped)),
        )  # fmt: skip
