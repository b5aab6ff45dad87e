"""An unfinished dataset on disk: one file per block. A killed run loses at most one block."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from specmol_core.errors import OutputError
from specmol_core.simulation.dataset.dataset import VERSION
from specmol_core.simulation.dataset.writer import DatasetWriter, DrawnMolecule, RejectedStructure
from specmol_core.storage.atomic import atomic_path, atomic_write, output_error
from specmol_core.storage.discarded import discard_folder, sweep_discarded
from specmol_core.storage.locks import try_lock

__all__ = ["Blocks", "open_blocks", "partial_folder"]

_MANIFEST_FILE = "manifest.json"
_LOCK_FILE = "lock"
_MAX_MANIFEST_BYTES = 1 << 20


def partial_folder(output: Path) -> Path:
    """Return the folder of the unfinished dataset of ``output``."""
    return output.with_name(f"{output.name}.partial")


@dataclass(frozen=True)
class Blocks:
    """The folder of finished blocks, which are numbered without gaps."""

    folder: Path
    points: int
    finished_count: int
    """Number of blocks that an earlier, interrupted run finished."""

    def write(self, number: int, molecules: Sequence[DrawnMolecule], rejected: Sequence[RejectedStructure]) -> None:
        """Write a block atomically.

        Raises
        ------
        OutputError
            If the disk is full or the folder cannot be written.
        """
        with atomic_path(self._path(number)) as temporary, h5py.File(temporary, "w", locking=False) as file:
            writer = DatasetWriter(file, self.points)
            for molecule in molecules:
                writer.add(molecule)
            writer.reject(rejected)
            writer.finish((), {}, {})

    def read(self, number: int) -> tuple[list[DrawnMolecule], list[RejectedStructure]]:
        """Return the molecules and the rejected records of a block.

        Raises
        ------
        OutputError
            If the block is damaged.
        """
        path = self._path(number)
        try:
            with h5py.File(path, "r") as file:
                return list(_molecules(file)), _rejected(file)
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise OutputError(path, f"damaged ({error}); remove {self.folder} and rerun") from None

    def discard(self) -> None:
        """Remove the folder."""
        discard_folder(self.folder)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:07d}.h5"


@contextmanager
def open_blocks(
    output: Path, manifest: dict[str, Any], points: int, *, warn: Callable[[str], None]
) -> Iterator[Blocks]:
    """Open the unfinished dataset of an output with an exclusive lock.

    Blocks of an earlier run with another manifest are removed, and ``warn`` is called with a
    message.

    Raises
    ------
    OutputError
        If another process writes the same output, or the folder cannot be created.
    """
    folder = partial_folder(output)
    current_manifest = json.loads(json.dumps(manifest | {"format_version": VERSION}))
    try:
        folder.mkdir(exist_ok=True)
        lock = try_lock(folder / _LOCK_FILE)
    except OSError as error:
        raise output_error(output, error) from error
    if lock is None:
        raise OutputError(output, "another run is writing it; wait until it ends, or choose another name")
    try:
        sweep_discarded(folder.parent)
        if _read_manifest(folder) != current_manifest:
            if any(folder.glob("*.h5")):
                warn(f"{folder}: left by a run with another library or other settings; starting over")
            for old in folder.glob("*.h5"):
                old.unlink()
            with atomic_write(folder / _MANIFEST_FILE) as file:
                json.dump(current_manifest, file)
        finished_count = 0
        while (folder / f"{finished_count:07d}.h5").is_file():
            finished_count += 1
        yield Blocks(folder, points, finished_count)
    finally:
        lock.release()


def _read_manifest(folder: Path) -> Any:
    try:
        with open(folder / _MANIFEST_FILE, "rb") as file:
            return json.loads(file.read(_MAX_MANIFEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None


def _molecules(file: h5py.File) -> Iterator[DrawnMolecule]:
    text = {name: file[f"molecules/{name}"].asstr()[:] for name in ("smiles", "structure", "name")}
    owners = file["rows/molecule"][:]
    first = np.searchsorted(owners, np.arange(len(text["smiles"]) + 1))
    parameters, splits, records = file["rows/parameters"][:], file["molecules/split"][:], file["molecules/record"][:]
    nuclei = [_NucleusColumns(file, name) for name in ("1H", "13C")]
    for m, (start, stop) in enumerate(pairwise(first)):
        rows = range(int(start), int(stop))
        h1, c13 = nuclei
        yield DrawnMolecule(
            nonisomeric=text["smiles"][m],
            structure=text["structure"][m],
            split=int(splits[m]),
            traces=(h1.traces[start:stop], c13.traces[start:stop]),
            peaks=([h1.peaks_of(r) for r in rows], [c13.peaks_of(r) for r in rows]),
            atoms=([h1.atoms_of(r) for r in rows], [c13.atoms_of(r) for r in rows]),
            parameters=parameters[start:stop],
            name=text["name"][m],
            record=int(records[m]),
        )


class _NucleusColumns:
    """All columns of one nucleus of a block, in memory."""

    def __init__(self, file: h5py.File, name: str) -> None:
        self.traces, self._peaks, self._starts, self._atoms, self._ends = (
            file[f"{name}/{column}"][:] for column in ("trace", "peaks", "starts", "atoms", "atom_starts")
        )

    def peaks_of(self, row: int) -> Any:
        return self._peaks[self._starts[row] : self._starts[row + 1]]

    def atoms_of(self, row: int) -> tuple[tuple[int, ...], ...]:
        signals = range(self._starts[row], self._starts[row + 1])
        return tuple(tuple(self._atoms[self._ends[s] : self._ends[s + 1]].tolist()) for s in signals)


def _rejected(file: h5py.File) -> list[RejectedStructure]:
    names, reasons = (file[f"rejected/{name}"].asstr()[:] for name in ("name", "reason"))
    return [
        RejectedStructure(int(record), name, reason)
        for record, name, reason in zip(file["rejected/record"][:], names, reasons, strict=True)
    ]
