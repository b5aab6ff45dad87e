"""Write a simulated dataset molecule by molecule, with constant memory use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation.dataset.dataset import CHUNK_ROWS, FORMAT, VERSION
from specmol_core.simulation.simulate import PARAMETERS

__all__ = ["DatasetWriter", "DrawnMolecule", "RejectedStructure"]

_BUFFER_ROWS = 16 * CHUNK_ROWS
_TEXT = h5py.string_dtype()
_Atoms = tuple[tuple[int, ...], ...]


class DrawnMolecule(NamedTuple):
    """All simulated spectra of one molecule, encoded for storage."""

    nonisomeric: str
    """Canonical SMILES without stereochemistry."""
    structure: str
    """Canonical SMILES that defines the atom indices of the signals."""
    split: int
    traces: tuple[NDArray[np.int16], NDArray[np.int16]]
    """1H and 13C, each (copies, points)."""
    peaks: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]
    """1H and 13C, each (k, 2) per copy."""
    atoms: tuple[list[_Atoms], list[_Atoms]]
    """1H and 13C: atoms of each signal, per copy."""
    parameters: NDArray[Any]
    """(copies,) records of type ``PARAMETERS``."""
    name: str = ""
    record: int = -1
    """Index in the library; -1 if the molecule is not from a library."""


class RejectedStructure(NamedTuple):
    """A library record that could not be simulated, and the reason."""

    record: int
    name: str
    reason: str


class DatasetWriter:
    """Appends molecules in the layout of ``simulation.dataset.dataset``, and hashes them."""

    def __init__(self, file: h5py.File, points: int) -> None:
        self.file = file
        self.molecules = self.rows = 0
        self.splits = [0, 0, 0]
        """Number of molecules of each split so far."""
        self._digest = hashlib.sha256()
        self._buffered: list[DrawnMolecule] = []
        self._peaks, self._atoms = [0, 0], [0, 0]
        for nucleus in ("1H", "13C"):
            file.create_dataset(
                f"{nucleus}/trace", (0, points), np.int16, maxshape=(None, points), chunks=(CHUNK_ROWS, points),
                shuffle=True, compression="lzf",
            )  # fmt: skip
            self._column(f"{nucleus}/peaks", np.float32, 2)
            self._column(f"{nucleus}/atoms", np.int16)
            for name in ("starts", "atom_starts"):
                self._column(f"{nucleus}/{name}", np.int64)
                self._append(f"{nucleus}/{name}", [0])
        for name, kind in (
            ("molecules/smiles", _TEXT), ("molecules/structure", _TEXT), ("molecules/name", _TEXT),
            ("molecules/record", np.int64), ("molecules/split", np.uint8), ("rows/molecule", np.int32),
            ("rows/copy", np.int16), ("rows/parameters", PARAMETERS), ("rejected/record", np.int64),
            ("rejected/name", _TEXT), ("rejected/reason", _TEXT),
        ):  # fmt: skip
            self._column(name, kind)

    def add(self, molecule: DrawnMolecule) -> None:
        """Append one molecule and its rows."""
        self.splits[molecule.split] += 1
        self._digest.update(f"{molecule.nonisomeric}|{molecule.structure}|{molecule.split}|{molecule.record}|".encode())
        self._digest.update(molecule.parameters.tobytes())
        for k in range(2):
            self._digest.update(molecule.traces[k].astype("<i2").tobytes())
            for peaks, atoms in zip(molecule.peaks[k], molecule.atoms[k], strict=True):
                self._digest.update(peaks.astype("<f4").tobytes() + repr(atoms).encode())
        self._buffered.append(molecule)
        if sum(len(m.parameters) for m in self._buffered) >= _BUFFER_ROWS:
            self._flush()

    def reject(self, rejected: Sequence[RejectedStructure]) -> None:
        """Append rejected records."""
        if rejected:
            for name, column in zip(("record", "name", "reason"), zip(*rejected, strict=True), strict=True):
                self._append(f"rejected/{name}", column)
            self._digest.update(repr([tuple(r) for r in rejected]).encode())

    def finish(
        self, false_pairs: tuple[tuple[str, str], ...], record: dict[str, object], dropped: Mapping[str, int]
    ) -> None:
        """Write the buffered molecules, the validation pairs and the file's attributes."""
        self._flush()
        for column, name in enumerate(("candidate", "spectrum")):
            values = np.array([pair[column] for pair in false_pairs], dtype=object)
            self.file.create_dataset(f"validation/{name}", data=values, dtype=_TEXT)
        self._digest.update(repr(false_pairs).encode())
        self.file.attrs.update(
            format=FORMAT, version=VERSION, id=self._digest.hexdigest(),
            recipe=json.dumps(record), dropped=json.dumps(dict(dropped)),
        )  # fmt: skip

    def _flush(self) -> None:
        buffered = self._buffered
        if not buffered:
            return
        copies = [len(m.parameters) for m in buffered]
        columns: dict[str, Any] = {
            "molecules/smiles": [m.nonisomeric for m in buffered],
            "molecules/structure": [m.structure for m in buffered],
            "molecules/name": [m.name for m in buffered],
            "molecules/record": [m.record for m in buffered],
            "molecules/split": [m.split for m in buffered],
            "rows/molecule": np.repeat(np.arange(self.molecules, self.molecules + len(buffered)), copies),
            "rows/copy": np.concatenate([np.arange(n) for n in copies]),
            "rows/parameters": np.concatenate([m.parameters for m in buffered]),
        }
        for k, nucleus in enumerate(("1H", "13C")):
            peaks = list(chain.from_iterable(m.peaks[k] for m in buffered))
            signals = [signal for m in buffered for copy in m.atoms[k] for signal in copy]
            starts = self._peaks[k] + np.cumsum([len(p) for p in peaks])
            ends = self._atoms[k] + np.cumsum([len(s) for s in signals], dtype=np.int64)
            columns |= {
                f"{nucleus}/trace": np.concatenate([m.traces[k] for m in buffered]),
                f"{nucleus}/peaks": np.concatenate(peaks),
                f"{nucleus}/starts": starts,
                f"{nucleus}/atoms": np.fromiter(chain.from_iterable(signals), np.int16),
                f"{nucleus}/atom_starts": ends,
            }
            self._peaks[k] = int(starts[-1])
            self._atoms[k] += sum(map(len, signals))
        for name, values in columns.items():
            self._append(name, values)
        self.molecules += len(buffered)
        self.rows += sum(copies)
        self._buffered = []

    def _column(self, name: str, kind: Any, width: int | None = None) -> None:
        shape = () if width is None else (width,)
        chunk = 256 if kind is _TEXT or kind is PARAMETERS else 4096
        self.file.create_dataset(name, (0, *shape), kind, maxshape=(None, *shape), chunks=(chunk, *shape))

    def _append(self, name: str, values: Any) -> None:
        column = self.file[name]
        kind = object if column.dtype == object else column.dtype
        block = np.asarray(values, dtype=kind)
        if len(block):
            column.resize(len(column) + len(block), 0)
            column[-len(block) :] = block
