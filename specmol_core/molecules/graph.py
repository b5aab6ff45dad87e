"""Molecular graphs as the network reads them: compact integer codes, many molecules in one flat batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

__all__ = ["ELEMENTS", "GraphBatch", "MoleculeGraph", "UnsupportedMoleculeError", "featurise"]

ELEMENTS = ("C", "N", "O", "H")
"""Elements of the paper's atom features, in the order of their one-hot code."""

_SYMBOL_CODE = {6: 0, 7: 1, 8: 2, 1: 3}
_MAX_COUNT = 10


class UnsupportedMoleculeError(ValueError):
    """A molecule has what the atom features cannot express."""


class MoleculeGraph(NamedTuple):
    """One molecule's heavy-atom graph; its columns depend on what made it, and are the same for all that it makes."""

    codes: NDArray[np.uint8]
    """(atoms, columns); of ``featurise`` (atoms, 5): symbol 0-3, degree 0-10, total H 0-10, implicit valence 0-10,
    aromatic 0-1."""
    bonds: NDArray[np.int32]
    """(bonds, columns), of which the first two are atom indices; of ``featurise`` (bonds, 2): the smaller index
    first, each bond once, in order."""


class GraphBatch(NamedTuple):
    """Several graphs of ``featurise`` side by side."""

    codes: NDArray[np.uint8]
    """(all atoms, 5), as in MoleculeGraph."""
    edges: NDArray[np.int64]
    """(2, 2 * all bonds): source and target atom, both directions."""
    sizes: NDArray[np.int64]
    """(molecules,): atoms of each."""

    @classmethod
    def of(cls, graphs: Sequence[MoleculeGraph]) -> GraphBatch:
        """Lay graphs side by side, shifting their bonds."""
        sizes = np.array([len(g.codes) for g in graphs], dtype=np.int64)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1])) if len(sizes) else sizes
        bonds = [g.bonds + s for g, s in zip(graphs, starts, strict=True)]
        pairs = np.concatenate(bonds).astype(np.int64) if bonds else np.zeros((0, 2), np.int64)
        codes = np.concatenate([g.codes for g in graphs]) if graphs else np.zeros((0, 5), np.uint8)
        return cls(codes, np.concatenate((pairs.T, pairs.T[::-1]), axis=1), sizes)


def featurise(mol: Chem.Mol) -> MoleculeGraph:
    """Graph of a molecule with implicit hydrogens.

    Atom features are those of the paper's public predecessor (MatCS): symbol, degree, total number of
    hydrogens, implicit valence, aromaticity.

    Raises
    ------
    UnsupportedMoleculeError
        If an element is outside ``ELEMENTS`` or a count above 10.
    """
    flat: list[int] = []
    # GetAtoms takes twice as long.
    for atom in map(mol.GetAtomWithIdx, range(mol.GetNumAtoms())):
        code = _SYMBOL_CODE.get(atom.GetAtomicNum())
        if code is None:
            raise UnsupportedMoleculeError(f"element {atom.GetSymbol()} is outside the model ({', '.join(ELEMENTS)})")
        # The implicit valence of RDKit counts hydrogens that are not written; bracket atoms have none.
        flat += (code, atom.GetDegree(), atom.GetTotalNumHs(), atom.GetNumImplicitHs(), atom.GetIsAromatic())
    codes = np.array(flat, dtype=np.int64).reshape(-1, 5)
    if codes.size and codes[:, 1:4].max() > _MAX_COUNT:
        raise UnsupportedMoleculeError(f"an atom has more than {_MAX_COUNT} neighbours")
    # One matrix is several times quicker than a Python object per bond.
    source, target = Chem.GetAdjacencyMatrix(mol).nonzero()
    once = source < target
    bonds = np.stack((source[once], target[once]), axis=1)
    return MoleculeGraph(codes.astype(np.uint8), bonds.astype(np.int32))
