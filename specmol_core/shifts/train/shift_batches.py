"""Batches of labelled graphs for the shift predictor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specmol_core.shifts.network import ShiftBatch
from specmol_core.shifts.train.shift_pack import ShiftPack

__all__ = ["LabelledBatch", "epoch_batches", "labelled_batch"]


class LabelledBatch(NamedTuple):
    """Graphs and the shifts observed on them."""

    graphs: ShiftBatch
    mean_index: Tensor
    """(labels,) index into the flattened means of ShiftOutput: 4 * atom + slot."""
    value: Tensor
    """(labels,) shift in ppm, ascending within each group."""
    group: Tensor
    """(labels,) index of the group, ascending."""
    measured: Tensor
    """(labels,) bool: whether a shift is measured."""

    @property
    def is_proton(self) -> Tensor:
        """(labels,) bool: whether a label is a 1H shift."""
        return self.mean_index % 4 > 0


def epoch_batches(pack: ShiftPack, molecules: NDArray[np.int64], atoms: int) -> Iterator[NDArray[np.int64]]:
    """Yield consecutive blocks of the molecules with about ``atoms`` atoms each."""
    sizes = np.diff(pack.atom_start)[molecules]
    number = (np.cumsum(sizes) - 1) // atoms
    yield from np.split(molecules, np.flatnonzero(np.diff(number)) + 1)


def labelled_batch(pack: ShiftPack, molecules: NDArray[np.int64]) -> LabelledBatch:
    """Return the batch of the given molecules (indices into the pack)."""
    atom_rows, atom_owner, atom_first = _rows(pack.atom_start, molecules)
    edge_rows, edge_owner, _ = _rows(pack.edge_start, molecules)
    label_rows, label_owner, _ = _rows(pack.label_start, molecules)
    edges = pack.edges[edge_rows].astype(np.int64)
    ends = (edges[:, :2] + atom_first[edge_owner, None]).T
    labels = pack.labels[label_rows].astype(np.int64)
    degree = np.bincount(ends[1], minlength=len(atom_rows))
    step = np.diff(labels[:, 2], prepend=-1) != 0
    step |= np.diff(label_owner, prepend=-1) != 0
    graphs = ShiftBatch(
        torch.from_numpy(pack.atoms[atom_rows].astype(np.int64)),
        torch.from_numpy(np.ascontiguousarray(ends)),
        torch.from_numpy(edges[:, 2].copy()),
        torch.from_numpy(np.cumsum(degree) - degree),
        torch.from_numpy(atom_owner),
        torch.from_numpy(pack.solvent[molecules].astype(np.int64)),
    )
    return LabelledBatch(
        graphs,
        torch.from_numpy((labels[:, 0] + atom_first[label_owner]) * 4 + labels[:, 1]),
        torch.from_numpy(pack.values[label_rows]),
        torch.from_numpy(np.cumsum(step) - 1),
        torch.from_numpy(pack.measured[molecules][label_owner]),
    )


def _rows(
    starts: NDArray[np.int64], molecules: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the molecules, each row's molecule, and the start of each in the batch."""
    sizes = starts[molecules + 1] - starts[molecules]
    first = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(molecules)), sizes)
    return np.arange(sizes.sum()) - first[owner] + starts[molecules][owner], owner, first
