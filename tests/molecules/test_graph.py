from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.molecules.graph import GraphBatch, UnsupportedMoleculeError, featurise


def slow_graph(mol: Chem.Mol) -> tuple[list[list[int]], list[list[int]]]:
    """The graph by its definition, from one RDKit object at a time."""
    symbols = {"C": 0, "N": 1, "O": 2, "H": 3}
    codes = [
        [symbols[a.GetSymbol()], a.GetDegree(), a.GetTotalNumHs(), a.GetNumImplicitHs(), int(a.GetIsAromatic())]
        for a in mol.GetAtoms()
    ]
    return codes, sorted(sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())) for b in mol.GetBonds())


@pytest.mark.parametrize("smiles", ["C", "CCO", "c1ccncc1C(=O)[O-]", "C[C@H](N)C(=O)O", "[H][H]", "C1CC2CC1C2"])
def test_graph_agrees_with_the_slow_definition(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)

    graph = featurise(mol)

    codes, bonds = slow_graph(mol)
    assert graph.codes.tolist() == codes
    assert graph.bonds.tolist() == bonds
    assert graph.codes.dtype == np.uint8
    assert graph.bonds.dtype == np.int32


def test_graph_of_acetaldehyde_by_hand() -> None:
    graph = featurise(Chem.MolFromSmiles("CC=O"))

    assert graph.codes.tolist() == [[0, 1, 3, 3, 0], [0, 2, 1, 1, 0], [2, 1, 0, 0, 0]]
    assert graph.bonds.tolist() == [[0, 1], [1, 2]]


def test_unsupported_element_is_named() -> None:
    with pytest.raises(UnsupportedMoleculeError, match="element Br is outside the model"):
        featurise(Chem.MolFromSmiles("CBr"))


def test_batch_shifts_bonds_and_keeps_single_atoms() -> None:
    batch = GraphBatch.of([featurise(Chem.MolFromSmiles(s)) for s in ("CO", "C", "NC")])

    assert batch.sizes.tolist() == [2, 1, 2]
    assert batch.edges.tolist() == [[0, 3, 1, 4], [1, 4, 0, 3]]
