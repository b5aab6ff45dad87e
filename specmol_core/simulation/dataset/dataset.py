"""The dataset of molecules and spectra: its HDF5 layout, how it is opened and read.

::

    attributes       format, version, id (sha256 over all that is stored), recipe (JSON), dropped (JSON)
    molecules/       smiles (M,) flat, structure (M,) SMILES whose atoms the signals name, name (M,), record (M,) place
                     in the library or -1, split (M,) 0 train 1 validation 2 test
    validation/      candidate (V,), spectrum (V,): false pairs to validate with; spectrum may be empty
    rows/            molecule (R,), copy (R,): whose spectra a row shows, and which draw it is; parameters (R,):
                     what was drawn for it, a record of simulation.simulate.PARAMETERS
    1H/, 13C/        trace (R, POINTS) int16, peaks (P, 2) ppm and area, starts (R + 1,) into peaks,
                     atoms (A,) of the structure, atom_starts (P + 1,) into atoms: those of each peak
    rejected/        record (K,), name (K,), reason (K,): records of the library that gave no spectra

A trace is stored as the signed square root of its intensity over its largest, in 4,095 steps: finer than
any picture, and it packs well. Lines that point down, of DEPT and APT, are negative. A row of zeros means that the
molecule has no signal of this nucleus.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["CHUNK_ROWS", "FORMAT", "SPLITS", "VERSION", "Dataset", "decode_trace", "encode_trace", "open_dataset"]

FORMAT, VERSION = "specmol-dataset", 2
SPLITS = ("train", "validation", "test")
CHUNK_ROWS = 64
"""Rows that are packed together."""

_TRACE_STEPS = 4095


def encode_trace(trace: NDArray[np.float32]) -> NDArray[np.int16]:
    """Signed square root of a trace over its largest value, in 4,095 steps (points,); zeros where it has no signal."""
    top = float(np.abs(trace).max(initial=0.0))
    if not top > 0:
        return np.zeros(trace.shape, np.int16)
    scaled = np.clip(trace.astype(np.float64) / top, -1.0, 1.0)
    codes: NDArray[np.int16] = np.rint(np.sign(scaled) * np.sqrt(np.abs(scaled)) * _TRACE_STEPS).astype(np.int16)
    return codes


def decode_trace(codes: NDArray[np.int16]) -> NDArray[np.float32]:
    """Traces relative to their largest value; inverse of encode_trace but for its steps."""
    root = codes.astype(np.float32) / np.float32(_TRACE_STEPS)
    trace: NDArray[np.float32] = root * np.abs(root)
    return trace


@dataclass(frozen=True)
class Dataset:
    """An open, checked dataset. Molecules and owners are in memory, traces are read when asked for."""

    path: Path
    id: str
    """sha256 over all that is stored: the same data have the same id wherever they were made."""
    smiles: tuple[str, ...]
    """Flat canonical SMILES of each molecule (M,); each once, unless a library had it more often."""
    split: NDArray[np.uint8]
    """(M,) index into SPLITS."""
    molecule: NDArray[np.int32]
    """(R,) molecule of each row, rising."""
    copy: NDArray[np.int16]
    """(R,) which draw of its molecule a row is."""
    false_pairs: tuple[tuple[str, str], ...]
    """Validation pairs with label 0: candidate, and the molecule of the spectra or an empty string."""
    recipe: dict[str, Any]
    dropped: dict[str, int]
    """Structures left out, by reason."""
    points: int
    _file: h5py.File = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.molecule)

    def molecules_of(self, split: str) -> NDArray[np.int64]:
        """Molecules of a split, rising."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def rows_of(self, split: str) -> NDArray[np.int64]:
        """Rows of a split, rising."""
        return np.flatnonzero(self.split[self.molecule] == SPLITS.index(split))

    def traces(self, nucleus: Nucleus, start: int, stop: int) -> NDArray[np.float32]:
        """Traces (stop - start, points) of a run of rows, each relative to its maximum; zeros mean no signal."""
        return decode_trace(self._read(f"{nucleus}/trace", start, stop))

    def peaks(self, nucleus: Nucleus, row: int) -> NDArray[np.float32]:
        """Lines of one row (k, 2): shift (ppm) and relative area."""
        first, last = self._read(f"{nucleus}/starts", row, row + 2)
        return self._read(f"{nucleus}/peaks", int(first), int(last)).astype(np.float32)

    def atoms(self, nucleus: Nucleus, row: int) -> list[tuple[int, ...]]:
        """Atoms of each line of one row, as its molecule's structure counts them."""
        first, last = self._read(f"{nucleus}/starts", row, row + 2)
        ends = self._read(f"{nucleus}/atom_starts", int(first), int(last) + 1)
        flat = self._read(f"{nucleus}/atoms", int(ends[0]), int(ends[-1])) if len(ends) else ()
        return [tuple(map(int, flat[a - ends[0] : b - ends[0]])) for a, b in pairwise(ends)]

    def parameters(self, start: int, stop: int) -> NDArray[Any]:
        """What was drawn for a run of rows (stop - start,): solvent, field, widths, noise and the rest, by name."""
        return self._read("rows/parameters", start, stop)

    def structures(self, start: int, stop: int) -> list[str]:
        """SMILES, with stereochemistry where it is known, whose atoms the lines of these molecules name."""
        return [text.decode() for text in self._read("molecules/structure", start, stop)]

    def rejected(self) -> Iterator[tuple[int, str, str]]:
        """Record, name and reason of every record of the library that gave no spectra."""
        count = len(self._file["rejected/record"])
        records = self._read("rejected/record", 0, count)
        names, reasons = (self._read(f"rejected/{name}", 0, count) for name in ("name", "reason"))
        for record, name, reason in zip(records, names, reasons, strict=True):
            yield int(record), name.decode(), reason.decode()

    def axis(self, nucleus: Nucleus) -> PpmAxis:
        """Axis of the stored traces."""
        high, low = self.recipe["simulation"]["h1_window" if nucleus == "1H" else "c13_window"]
        return PpmAxis(high, low, self.points)

    def signed(self, nucleus: Nucleus) -> bool:
        """Whether lines of the nucleus that point down are meant."""
        return nucleus == "13C" and self.recipe["simulation"].get("experiment", "1D") not in ("1D", "DEPT-90")

    def spectra(self, start: int, stop: int) -> Iterator[dict[Nucleus, Spectrum | None]]:
        """Spectra of a run of rows; None where the molecule has no signal of the nucleus."""
        traces = {n: self.traces(n, start, stop) for n in NUCLEI}

        def spectrum(nucleus: Nucleus, i: int) -> Spectrum | None:
            if not (trace := traces[nucleus][i]).any():
                return None
            source = f"{self.path}#{start + i}"
            return Spectrum(nucleus, self.axis(nucleus), trace, source, signed=self.signed(nucleus))

        for i in range(stop - start):
            yield {n: spectrum(n, i) for n in NUCLEI}

    def check_geometry(self, geometry: Geometry) -> None:
        """Compare the windows of the traces with those of the pictures.

        Raises
        ------
        DatasetError
            If they differ.
        """
        for nucleus in NUCLEI:
            dataset_axis, image_axis = self.axis(nucleus), geometry.axis(nucleus)
            if (dataset_axis.high, dataset_axis.low) != (image_axis.high, image_axis.low):
                reason = (
                    f"{nucleus} traces span {dataset_axis.high} to {dataset_axis.low} ppm, and the "
                    f"pictures {image_axis.high} to "
                    f"{image_axis.low} ppm; build the dataset anew with the window of the pictures"
                )
                raise DatasetError(self.path, reason)

    def _read(self, name: str, start: int, stop: int) -> NDArray[Any]:
        try:
            block: NDArray[Any] = self._file[name][start:stop]
        except (OSError, KeyError, ValueError) as error:
            raise DatasetError(self.path, f"{name} is unreadable ({error}); build the dataset anew") from None
        return block


@contextmanager
def open_dataset(path: Path) -> Iterator[Dataset]:
    """Open a dataset for reading and check its layout.

    Raises
    ------
    DatasetError
        If the file is missing, of another format or version, or its parts do not fit together.
    """
    if not path.is_file():
        raise DatasetError(path, "no such dataset; build one with 'specmol matchnet dataset'")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DatasetError(path, f"no HDF5 file, or a damaged one ({error})") from None
    with file:
        try:
            dataset = _load(path, file)
        except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:
            raise DatasetError(path, f"damaged or incomplete ({error}); build the dataset anew") from None
        yield dataset


def _load(path: Path, file: h5py.File) -> Dataset:
    header = (file.attrs.get("format"), file.attrs.get("version"))
    if header[0] != FORMAT:
        raise DatasetError(path, "an HDF5 file, but no specmol dataset")
    if header[1] != VERSION:
        reason = (
            f"format version {header[1]}, this program reads {VERSION}; make it anew with "
            "'specmol matchnet dataset' or 'specmol simulate'"
        )
        raise DatasetError(path, reason)
    smiles = tuple(file["molecules/smiles"].asstr()[:])
    candidates, truths = (file[f"validation/{name}"].asstr()[:] for name in ("candidate", "spectrum"))
    dataset = Dataset(
        path=path,
        id=str(file.attrs["id"]),
        smiles=smiles,
        split=file["molecules/split"][:],
        molecule=file["rows/molecule"][:],
        copy=file["rows/copy"][:],
        false_pairs=tuple(zip(candidates, truths, strict=True)),
        recipe=json.loads(file.attrs["recipe"]),
        dropped=json.loads(file.attrs["dropped"]),
        points=int(file["1H/trace"].shape[1]),
        _file=file,
    )
    _check(dataset, file)
    return dataset


def _check(dataset: Dataset, file: h5py.File) -> None:
    rows, molecules = len(dataset), len(dataset.smiles)
    if dataset.split.shape != (molecules,) or dataset.copy.shape != (rows,):
        raise ValueError("molecules and rows do not fit together")
    if molecules and not dataset.split.max() < len(SPLITS):
        raise ValueError("a molecule of an unknown split")
    if rows and not 0 <= dataset.molecule.min() <= dataset.molecule.max() < molecules:
        raise ValueError("a row of an unknown molecule")
    if file["rows/parameters"].shape != (rows,) or file["molecules/structure"].shape != (molecules,):
        raise ValueError("molecules and rows do not fit together")
    if not len(file["rejected/record"]) == len(file["rejected/name"]) == len(file["rejected/reason"]):
        raise ValueError("the rejected records do not fit together")
    for nucleus in NUCLEI:
        peaks = len(file[f"{nucleus}/peaks"])
        if file[f"{nucleus}/atom_starts"].shape != (peaks + 1,):
            raise ValueError(f"the {nucleus} peaks and their atoms do not fit together")
        if file[f"{nucleus}/trace"].shape != (rows, dataset.points) or file[f"{nucleus}/starts"].shape != (rows + 1,):
            raise ValueError(f"the {nucleus} traces do not fit the rows")
        dataset.axis(nucleus)
