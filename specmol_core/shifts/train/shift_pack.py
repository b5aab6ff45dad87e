"""Many labelled graphs in flat arrays, from which a batch is taken without a loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.shifts.train.shift_records import ShiftRecord, common_scaffolds, split_of
from specmol_core.storage.atomic import atomic_write

__all__ = ["SPLITS", "ShiftPack", "pack_records"]

SPLITS = ("train", "validation", "test")
_CHARGE, _NEUTRAL = 3, 2
"""Column of the charge in ``ShiftGraph.atoms``, and its category of uncharged atoms."""


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
        charge = self.atoms[:, _CHARGE].astype(np.int64) - _NEUTRAL
        first = np.repeat(self.atom_start[:-1], np.diff(self.edge_start))
        source, target = (self.edges[:, column].astype(np.int64) + first for column in (0, 1))
        balanced = np.zeros(len(charge), np.bool_)
        balanced[target[charge[source] * charge[target] < 0]] = True
        is_unbalanced = (charge != 0) & ~balanced
        return np.add.reduceat(is_unbalanced, self.atom_start[:-1]) > 0

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
        try:
            with np.load(path, allow_pickle=False) as archive:
                return cls(**{f.name: archive[f.name] for f in fields(cls)})
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DatasetError(
                path, f"is not an archive of labelled graphs ({error}); create it with specmol shifts pack"
            ) from None


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
