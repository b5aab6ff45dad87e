"""Molecular graphs as input of the network: compact integer codes, several molecules in a flat batch."""

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
    """A molecule has an element or a count that the atom features cannot express."""


class MoleculeGraph(NamedTuple):
    """The graph of one molecule. The function that builds it determines the columns."""

    codes: NDArray[np.uint8]
    """Atom codes (atoms, columns). Those of ``featurise`` are (atoms, 5): symbol 0-3, degree 0-10,
    total hydrogens 0-10, implicit valence 0-10, aromatic 0-1."""
    bonds: NDArray[np.int32]
    """Bonds (bonds, columns); the first two columns are atom indices. Those of ``featurise`` are
    (bonds, 2): each bond once, sorted, the smaller index first."""


class GraphBatch(NamedTuple):
    """Several graphs of ``featurise`` in one disconnected graph."""

    codes: NDArray[np.uint8]
    """Atom codes (all atoms, 5), as in ``MoleculeGraph``."""
    edges: NDArray[np.int64]
    """Source and target atom of each bond in both directions (2, 2 * all bonds)."""
    sizes: NDArray[np.int64]
    """Number of atoms of each molecule (molecules,)."""

    @classmethod
    def of(cls, graphs: Sequence[MoleculeGraph]) -> GraphBatch:
        """Concatenate graphs, with the atom indices of their bonds shifted."""
        sizes = np.array([len(g.codes) for g in graphs], dtype=np.int64)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1])) if len(sizes) else sizes
        bonds = [g.bonds + s for g, s in zip(graphs, starts, strict=True)]
        pairs = np.concatenate(bonds).astype(np.int64) if bonds else np.zeros((0, 2), np.int64)
        codes = np.concatenate([g.codes for g in graphs]) if graphs else np.zeros((0, 5), np.uint8)
        return cls(codes, np.concatenate((pairs.T, pairs.T[::-1]), axis=1), sizes)


def featurise(mol: Chem.Mol) -> MoleculeGraph:
    """Return the graph of a molecule with implicit hydrogens.

    The atom features are those of the paper's public predecessor (MatCS): symbol, degree, total
    number of hydrogens, implicit valence, aromaticity.

    Raises
    ------
    UnsupportedMoleculeError
        If an element is outside ``ELEMENTS`` or a count is above 10.

    Examples
    --------
    >>> graph = featurise(Chem.MolFromSmiles("CO"))
    >>> graph.codes.tolist(), graph.bonds.tolist()
    ([[0, 1, 3, 3, 0], [2, 1, 1, 1, 0]], [[0, 1]])
    """
    flat: list[int] = []
    # GetAtoms takes twice as long.
    for atom in map(mol.GetAtomWithIdx, range(mol.GetNumAtoms())):
        code = _SYMBOL_CODE.get(atom.GetAtomicNum())
        if code is None:
            raise UnsupportedMoleculeError(f"element {atom.GetSymbol()} is outside the model ({', '.join(ELEMENTS)})")
        # RDKit's implicit valence counts hydrogens that are not written; bracket atoms have none.
        flat += (code, atom.GetDegree(), atom.GetTotalNumHs(), atom.GetNumImplicitHs(), atom.GetIsAromatic())
    codes = np.array(flat, dtype=np.int64).reshape(-1, 5)
    if codes.size and codes[:, 1:4].max() > _MAX_COUNT:
        raise UnsupportedMoleculeError(f"an atom has more than {_MAX_COUNT} neighbours")
    # One matrix is several times faster than a Python object per bond.
    source, target = Chem.GetAdjacencyMatrix(mol).nonzero()
    once = source < target
    bonds = np.stack((source[once], target[once]), axis=1)
    return MoleculeGraph(codes.astype(np.uint8), bonds.astype(np.int32))
