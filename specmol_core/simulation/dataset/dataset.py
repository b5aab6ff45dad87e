"""Read a dataset of molecules and simulated spectra; definition of its HDF5 layout.

::

    attributes       format, version, id (sha256 of all contents), recipe (JSON), dropped (JSON)
    molecules/       smiles (M,) without stereochemistry,
                     structure (M,) SMILES that defines the atom indices of the signals, name (M,),
                     record (M,) index in the library or -1, split (M,) 0 train 1 validation 2 test
    validation/      candidate (V,), spectrum (V,): false pairs for validation; spectrum may be empty
    rows/            molecule (R,) index of the molecule, copy (R,) number of the draw,
                     parameters (R,) drawn parameters, a record of simulation.simulate.PARAMETERS
    1H/, 13C/        trace (R, POINTS) int16, peaks (P, 2) ppm and area, starts (R + 1,) into peaks,
                     atoms (A,) of the structure, atom_starts (P + 1,) into atoms, by peak
    rejected/        record (K,), name (K,), reason (K,): library records without spectra

A trace is stored as the signed square root of its intensity over the maximum, in 4,095 steps. This
is finer than any image and compresses well. Inverted lines of DEPT and APT are negative. A row of
zeros means that the molecule has no signal of this nucleus.
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
from specmol_core.runtime.hdf5_trial import find_hdf5_fault
from specmol_core.simulation.dataset.layout import check_layout
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["CHUNK_ROWS", "FORMAT", "SPLITS", "VERSION", "Dataset", "decode_trace", "encode_trace", "open_dataset"]

FORMAT, VERSION = "specmol-dataset", 2
SPLITS = ("train", "validation", "test")
CHUNK_ROWS = 64
"""Rows per HDF5 chunk."""

_TRACE_STEPS = 4095


def encode_trace(trace: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return the signed square root of a trace over its maximum, in 4,095 steps; 0 if it is empty.

    Examples
    --------
    >>> encode_trace(np.array([0.0, 1.0, -0.25, 0.5], np.float32)).tolist()
    [0, 4095, -2048, 2896]
    """
    top = float(np.abs(trace).max(initial=0.0))
    if not top > 0:
        return np.zeros(trace.shape, np.int16)
    scaled = np.clip(trace.astype(np.float64) / top, -1.0, 1.0)
    codes: NDArray[np.int16] = np.rint(np.sign(scaled) * np.sqrt(np.abs(scaled)) * _TRACE_STEPS).astype(np.int16)
    return codes


def decode_trace(codes: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return traces relative to their maximum: the inverse of ``encode_trace`` up to rounding."""
    root = codes.astype(np.float32) / np.float32(_TRACE_STEPS)
    trace: NDArray[np.float32] = root * np.abs(root)
    return trace


@dataclass(frozen=True)
class Dataset:
    """An open, checked dataset.

    Molecules and row indices are in memory; traces are read on demand.
    """

    path: Path
    id: str
    """sha256 of all contents: equal data have equal ids."""
    smiles: tuple[str, ...]
    """Canonical SMILES without stereochemistry of each molecule (M,). They are unique, unless a
    library has duplicates."""
    split: NDArray[np.uint8]
    """(M,) index into SPLITS."""
    molecule: NDArray[np.int32]
    """(R,) index of each row's molecule, rising."""
    copy: NDArray[np.int16]
    """(R,) number of the draw of the row's molecule."""
    false_pairs: tuple[tuple[str, str], ...]
    """Validation pairs with label 0: SMILES of the candidate and of the spectra (or an empty
    string)."""
    recipe: dict[str, Any]
    dropped: dict[str, int]
    """Number of omitted structures by reason."""
    points: int
    _file: h5py.File = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.molecule)

    def molecules_of(self, split: str) -> NDArray[np.int64]:
        """Return the molecule indices of a split, rising."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def rows_of(self, split: str) -> NDArray[np.int64]:
        """Return the row indices of a split, rising."""
        return np.flatnonzero(self.split[self.molecule] == SPLITS.index(split))

    def traces(self, nucleus: Nucleus, start: int, stop: int) -> NDArray[np.float32]:
        """Return the traces (stop - start, points) of a range of rows, relative to their maxima.

        A trace of zeros has no signal.
        """
        return decode_trace(self._read(f"{nucleus}/trace", start, stop))

    def peaks(self, nucleus: Nucleus, row: int) -> NDArray[np.float32]:
        """Return the lines of one row (k, 2): shift (ppm) and relative area."""
        first, last = self._read(f"{nucleus}/starts", row, row + 2)
        return self._read(f"{nucleus}/peaks", int(first), int(last)).astype(np.float32)

    def atoms(self, nucleus: Nucleus, row: int) -> list[tuple[int, ...]]:
        """Return the atom indices, in the molecule's structure, of each line of one row."""
        first, last = self._read(f"{nucleus}/starts", row, row + 2)
        ends = self._read(f"{nucleus}/atom_starts", int(first), int(last) + 1)
        flat = self._read(f"{nucleus}/atoms", int(ends[0]), int(ends[-1])) if len(ends) else ()
        return [tuple(map(int, flat[a - ends[0] : b - ends[0]])) for a, b in pairwise(ends)]

    def parameters(self, start: int, stop: int) -> NDArray[Any]:
        """Return the drawn parameters of a range of rows (stop - start,), with named fields."""
        return self._read("rows/parameters", start, stop)

    def structures(self, start: int, stop: int) -> list[str]:
        """Return the SMILES (with stereochemistry) that define the atom indices of the lines."""
        return [text.decode() for text in self._read("molecules/structure", start, stop)]

    def rejected(self) -> Iterator[tuple[int, str, str]]:
        """Yield record, name and reason of each library record without spectra."""
        count = len(self._file["rejected/record"])
        records = self._read("rejected/record", 0, count)
        names, reasons = (self._read(f"rejected/{name}", 0, count) for name in ("name", "reason"))
        for record, name, reason in zip(records, names, reasons, strict=True):
            yield int(record), name.decode(), reason.decode()

    def axis(self, nucleus: Nucleus) -> PpmAxis:
        """Return the axis of the stored traces."""
        high, low = self.recipe["simulation"]["h1_window" if nucleus == "1H" else "c13_window"]
        return PpmAxis(high, low, self.points)

    def signed(self, nucleus: Nucleus) -> bool:
        """Return whether the experiment of the nucleus gives negative lines."""
        return nucleus == "13C" and self.recipe["simulation"].get("experiment", "1D") not in ("1D", "DEPT-90")

    def spectra(self, start: int, stop: int) -> Iterator[dict[Nucleus, Spectrum | None]]:
        """Yield the spectra of a range of rows.

        None if the molecule has no signal of the nucleus.
        """
        traces = {n: self.traces(n, start, stop) for n in NUCLEI}

        def spectrum(nucleus: Nucleus, i: int) -> Spectrum | None:
            if not (trace := traces[nucleus][i]).any():
                return None
            source = f"{self.path}#{start + i}"
            return Spectrum(nucleus, self.axis(nucleus), trace, source, signed=self.signed(nucleus))

        for i in range(stop - start):
            yield {n: spectrum(n, i) for n in NUCLEI}

    def check_geometry(self, geometry: Geometry) -> None:
        """Check that the traces and the images have the same windows.

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
                    f"images {image_axis.high} to "
                    f"{image_axis.low} ppm; rebuild the dataset with the window of the images"
                )
                raise DatasetError(self.path, reason)

    def _read(self, name: str, start: int, stop: int) -> NDArray[Any]:
        try:
            block: NDArray[Any] = self._file[name][start:stop]
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise DatasetError(self.path, f"{name} is unreadable ({_one_line(error)}); rebuild the dataset") from None
        return block


@contextmanager
def open_dataset(path: Path) -> Iterator[Dataset]:
    """Open a dataset for reading and check its layout.

    Raises
    ------
    DatasetError
        If the file is missing, has another format or version, or is inconsistent.
    """
    if not path.is_file():
        raise DatasetError(path, "no such dataset; build one with 'specmol matchnet dataset'")
    if fault := find_hdf5_fault(path):
        raise DatasetError(path, f"damaged: {fault}; rebuild the dataset")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DatasetError(path, f"not an HDF5 file, or damaged ({error}); rebuild the dataset") from None
    with file:
        try:
            dataset = _load(path, file)
        except (KeyError, ValueError, OSError, TypeError, AttributeError, RuntimeError, RecursionError) as error:
            raise DatasetError(path, f"damaged or incomplete ({_one_line(error)}); rebuild the dataset") from None
        yield dataset


def _load(path: Path, file: h5py.File) -> Dataset:
    header = (file.attrs.get("format"), file.attrs.get("version"))
    if header[0] != FORMAT:
        raise DatasetError(path, "an HDF5 file, but not a specmol dataset; build one with 'specmol matchnet dataset'")
    if header[1] != VERSION:
        reason = (
            f"format version {header[1]}, this program reads {VERSION}; rebuild it with 'specmol matchnet dataset' or "
            "'specmol simulate'"
        )
        raise DatasetError(path, reason)
    check_layout(file, path.stat().st_size)
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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _check(dataset: Dataset, file: h5py.File) -> None:
    rows, molecules = len(dataset), len(dataset.smiles)
    if dataset.split.shape != (molecules,) or dataset.copy.shape != (rows,):
        raise ValueError("molecules and rows do not fit together")
    if molecules and not dataset.split.max() < len(SPLITS):
        raise ValueError("a molecule has an unknown split")
    if rows and not 0 <= dataset.molecule.min() <= dataset.molecule.max() < molecules:
        raise ValueError("a row has an unknown molecule")
    if file["rows/parameters"].shape != (rows,) or file["molecules/structure"].shape != (molecules,):
        raise ValueError("molecules and rows do not fit together")
    if not len(file["rejected/record"]) == len(file["rejected/name"]) == len(file["rejected/reason"]):
        raise ValueError("the columns of the rejected records differ in length")
    for nucleus in NUCLEI:
        peaks = len(file[f"{nucleus}/peaks"])
        if file[f"{nucleus}/atom_starts"].shape != (peaks + 1,):
            raise ValueError(f"the {nucleus} peaks do not match their atoms")
        if file[f"{nucleus}/trace"].shape != (rows, dataset.points) or file[f"{nucleus}/starts"].shape != (rows + 1,):
            raise ValueError(f"the {nucleus} traces do not match the rows")
        dataset.axis(nucleus)
