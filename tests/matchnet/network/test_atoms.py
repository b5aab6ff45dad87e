from __future__ import annotations

import numpy as np
import torch
from rdkit import Chem

from specmol_core.matchnet.network.atoms import ATOM_FEATURES, to_tensors
from specmol_core.molecules.graph import GraphBatch, featurise


def batch(*smiles: str) -> GraphBatch:
    return GraphBatch.of([featurise(Chem.MolFromSmiles(s)) for s in smiles])


def hot(symbol: int, degree: int, hydrogens: int, implicit: int, aromatic: int) -> list[float]:
    """One row in the order of architecture.md: symbol 4, degree 11, hydrogens 11, implicit valence 11, aromatic."""
    row = [0.0] * 38
    row[symbol] = row[4 + degree] = row[15 + hydrogens] = row[26 + implicit] = 1.0
    row[37] = float(aromatic)
    return [value / sum(row) for value in row]


def test_acetaldehyde_by_hand() -> None:
    tensors = to_tensors(batch("CC=O"))

    expected = [hot(0, 1, 3, 3, 0), hot(0, 2, 1, 1, 0), hot(2, 1, 0, 0, 0)]
    torch.testing.assert_close(tensors.atoms, torch.tensor(expected), atol=0, rtol=0)
    assert tensors.edges.tolist() == [[0, 1, 1, 2], [1, 2, 0, 1]]


def test_aromatic_nitrogen_and_bracket_hydrogen_by_hand() -> None:
    """Pyrrole: the hydrogen in the bracket counts as a hydrogen and not as implicit valence."""
    tensors = to_tensors(batch("c1cc[nH]c1"))

    expected = [hot(0, 2, 1, 1, 1)] * 3 + [hot(1, 2, 1, 0, 1), hot(0, 2, 1, 1, 1)]
    torch.testing.assert_close(tensors.atoms, torch.tensor(expected), atol=0, rtol=0)


def test_rows_sum_to_one_and_have_their_molecule() -> None:
    tensors = to_tensors(batch("CC(=O)Oc1ccccc1", "O", "CCN"))

    assert tensors.atoms.shape == (10 + 1 + 3, ATOM_FEATURES)
    torch.testing.assert_close(tensors.atoms.sum(1), torch.ones(14))
    assert tensors.owner.tolist() == [0] * 10 + [1] + [2] * 3
    assert tensors.molecules == 3


def test_largest_counts_have_their_own_feature() -> None:
    codes = np.array([[3, 10, 10, 10, 1]], np.uint8)

    tensors = to_tensors(GraphBatch(codes, np.zeros((2, 0), np.int64), np.array([1])))

    assert tensors.atoms[0].nonzero().flatten().tolist() == [3, 14, 25, 36, 37]
