"""Many labelled graphs in flat arrays, from which a batch is taken without a loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.graph import ATOM_SIZES, BOND_CODES
from specmol_core.shifts.ions import is_unbalanced
from specmol_core.shifts.train.shift_records import SLOTS, ShiftRecord, common_scaffolds, split_of
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.npz import read_npz

__all__ = ["SPLITS", "ShiftPack", "pack_records"]

SPLITS = ("train", "validation", "test")
_MAX_PPM = 10_000.0
_REMEDY = "create it with specmol train shifts"
_TYPES = {
    **dict.fromkeys(("atoms", "solvent", "split"), np.dtype(np.uint8)),
    **dict.fromkeys(("atom_start", "edge_start", "label_start"), np.dtype(np.int64)),
    **dict.fromkeys(("edges", "labels"), np.dtype(np.int16)),
    "values": np.dtype(np.float32),
    "measured": np.dtype(np.bool_),
}


@dataclass(frozen=True)
class ShiftPack:
    """Graphs and labels; ``*_start`` (molecules + 1,) is the start of each molecule's rows."""

    atoms: NDArray[np.uint8]
    """(atoms, columns) categories, as in ``ShiftGraph``."""
    atom_start: NDArray[np.int64]
    edges: NDArray[np.int16]
    """(edges, 3) source and target within the molecule, type."""
    edge_start: NDArray[np.int64]
    labels: NDArray[np.int16]
    """(labels, 3) atom, slot and group within the molecule."""
    values: NDArray[np.float32]
    """(labels,) ppm."""
    label_start: NDArray[np.int64]
    solvent: NDArray[np.uint8]
    """(molecules,) index into ``shifts.conventions.SOLVENTS``."""
    measured: NDArray[np.bool_]
    """(molecules,) True for measured shifts, False for predicted ones."""
    split: NDArray[np.uint8]
    """(molecules,) index into SPLITS."""

    def __len__(self) -> int:
        return len(self.solvent)

    def is_ion(self) -> NDArray[np.bool_]:
        """(molecules,) whether a molecule has a charge that no opposite charge beside it balances."""
        first = np.repeat(self.atom_start[:-1], np.diff(self.edge_start))
        source, target = (self.edges[:, column].astype(np.int64) + first for column in (0, 1))
        return np.add.reduceat(is_unbalanced(self.atoms, source, target), self.atom_start[:-1]) > 0

    def save(self, path: Path) -> None:
        """Write the pack as a NumPy archive."""
        with atomic_write(path, "wb") as file:
            np.savez(file, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: Path) -> ShiftPack:
        """Read a file of :meth:`save`.

        Raises
        ------
        DatasetError
            If the file is missing, or is not such an archive.
        """
        pack = cls(**read_npz(path, [f.name for f in fields(cls)], _REMEDY))
        if fault := pack.fault():
            raise DatasetError(path, f"is not an archive of labelled graphs ({fault}); {_REMEDY}")
        return pack

    def fault(self) -> str:
        """Return what does not fit in arrays of unknown origin; empty if they can be used."""
        for f in fields(self):
            if getattr(self, f.name).dtype != _TYPES[f.name]:
                return f"{f.name} has another type"
        molecules = len(self.solvent)
        shapes = (self.atoms.shape[1:], self.edges.shape[1:], self.labels.shape[1:], self.values.shape)
        if shapes != ((len(ATOM_SIZES),), (3,), (3,), (len(self.labels),)):
            return "an array has another shape"
        rows = ((self.atom_start, self.atoms), (self.edge_start, self.edges), (self.label_start, self.labels))
        if not all(_are_starts(start, molecules, len(items)) for start, items in rows):
            return "the molecules do not follow each other"
        if self.measured.shape != (molecules,) or self.split.shape != (molecules,):
            return "an array has another shape"
        return self._range_fault()

    def _range_fault(self) -> str:
        counts = np.diff(self.atom_start)
        edge_atoms = np.repeat(counts, np.diff(self.edge_start))
        label_atoms = np.repeat(counts, np.diff(self.label_start))
        ranges: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
            "atoms": (self.atoms, np.array(ATOM_SIZES)),
            "edges": (self.edges, np.stack((edge_atoms, edge_atoms, np.full_like(edge_atoms, BOND_CODES)), 1)),
            "labels": (self.labels[:, :2], np.stack((label_atoms, np.full_like(label_atoms, len(SLOTS))), 1)),
            "solvent": (self.solvent, np.array(len(SOLVENTS))),
            "split": (self.split, np.array(len(SPLITS))),
        }
        for name, (values, bounds) in ranges.items():
            if (values < 0).any() or (values >= bounds).any():
                return f"{name} has values out of range"
        if (self.labels[:, 2] < 0).any() or not (np.abs(self.values) <= _MAX_PPM).all():
            return "labels have values out of range"
        return ""


def _are_starts(start: NDArray[np.int64], molecules: int, rows: int) -> bool:
    if start.shape != (molecules + 1,):
        return False
    return bool(start[0] == 0 and start[-1] == rows and (start[1:] >= start[:-1]).all())


def pack_records(
    measured: Iterable[ShiftRecord], predicted: Iterable[ShiftRecord], excluded: frozenset[str], dropped: Counter[str]
) -> ShiftPack:
    """Assign records to splits and pack them.

    Validation and test hold measured structures only. A predicted record of a held-out structure or
    scaffold is omitted, and so is every structure in ``excluded`` (SMILES without stereochemistry).
    Omitted records are counted in ``dropped``.
    """
    measured_records = [r for r in measured if not _is_excluded(r, excluded, dropped)]
    common = common_scaffolds(measured_records)
    splits = [split_of(r, common) for r in measured_records]
    held_out = {r.smiles for r, s in zip(measured_records, splits, strict=True) if s != "train"}
    # A structure measured twice must not be both in training and held out.
    splits = [
        "train" if s == "train" and r.smiles not in held_out else s
        for r, s in zip(measured_records, splits, strict=True)
    ]
    selected = [
        (r, s) for r, s in zip(measured_records, splits, strict=True) if s != "train" or r.smiles not in held_out
    ]
    for record in predicted:
        if _is_excluded(record, excluded, dropped):
            continue
        if record.smiles in held_out or split_of(record, common) != "train":
            dropped["predicted, held out"] += 1
            continue
        selected.append((record, "train"))
    return _pack(selected)


def _is_excluded(record: ShiftRecord, excluded: frozenset[str], dropped: Counter[str]) -> bool:
    is_excluded = record.smiles in excluded
    dropped["of a test set"] += is_excluded
    return is_excluded


def _pack(rows: list[tuple[ShiftRecord, str]]) -> ShiftPack:
    records = [r for r, _ in rows]

    def starts(sizes: list[int]) -> NDArray[np.int64]:
        return np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).astype(np.int64)

    graphs, labels = [r.graph for r in records], [r.labels for r in records]
    return ShiftPack(
        np.concatenate([g.atoms for g in graphs]),
        starts([len(g.atoms) for g in graphs]),
        np.concatenate([np.stack((g.source, g.target, g.code.astype(np.int16)), 1) for g in graphs]),
        starts([len(g.source) for g in graphs]),
        np.concatenate([np.stack((lab.atom, lab.slot.astype(np.int16), lab.group), 1) for lab in labels]),
        np.concatenate([lab.value for lab in labels]),
        starts([len(lab.value) for lab in labels]),
        np.array([r.solvent for r in records], np.uint8),
        np.array([r.measured for r in records], bool),
        np.array([SPLITS.index(s) for _, s in rows], np.uint8),
    )
