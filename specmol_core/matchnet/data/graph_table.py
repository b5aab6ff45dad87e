"""Many molecular graphs in flat arrays, from which a batch is taken without a loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.molecules.graph import GraphBatch, MoleculeGraph, featurise

__all__ = ["GraphTable"]


@dataclass(frozen=True)
class GraphTable:
    """Concatenated graphs of M molecules."""

    codes: NDArray[np.uint8]
    """(all atoms, columns), as in MoleculeGraph."""
    bonds: NDArray[np.int32]
    """(all bonds, 2) atom indices within the molecule."""
    atom_starts: NDArray[np.int64]
    """(M + 1,) start of each molecule in codes."""
    bond_starts: NDArray[np.int64]
    """(M + 1,) start of each molecule in bonds."""

    @classmethod
    def of(cls, smiles: Sequence[str], featurise: Callable[[Chem.Mol], MoleculeGraph] = featurise) -> GraphTable:
        """Return the graphs of a list of SMILES.

        Raises
        ------
        ValueError
            If RDKit cannot read a SMILES, or the model does not support an element.

        Examples
        --------
        >>> len(GraphTable.of(["CCO", "c1ccccc1"]))
        2
        """
        graphs = []
        for text in smiles:
            mol = Chem.MolFromSmiles(text)
            if mol is None or mol.GetNumAtoms() == 0:
                raise ValueError(f"unreadable SMILES {text!r}")
            graphs.append(featurise(mol))
        codes = [g.codes for g in graphs] or [np.zeros((0, 5), np.uint8)]
        bonds = [g.bonds for g in graphs] or [np.zeros((0, 2), np.int32)]
        return cls(
            np.concatenate(codes),
            np.concatenate(bonds),
            np.cumsum([0, *(len(g.codes) for g in graphs)], dtype=np.int64),
            np.cumsum([0, *(len(g.bonds) for g in graphs)], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.atom_starts) - 1

    def batch(self, molecules: NDArray[np.int64]) -> GraphBatch:
        """Return the batch of the given molecules, equal to ``GraphBatch.of`` their graphs."""
        atoms, sizes = _spans(self.atom_starts, molecules)
        bonds, counts = _spans(self.bond_starts, molecules)
        shifts = np.repeat(np.cumsum(sizes) - sizes, counts)
        pairs = (self.bonds[bonds] + shifts[:, None]).astype(np.int64)
        return GraphBatch(self.codes[atoms], np.concatenate((pairs.T, pairs.T[::-1]), axis=1), sizes)


def _spans(starts: NDArray[np.int64], items: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of all rows of the items, in order, and each item's number of rows."""
    counts = starts[items + 1] - starts[items]
    before = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(starts[items] - before, counts), counts
