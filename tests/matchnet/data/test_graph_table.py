from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.matchnet.data.graph_table import GraphTable
from specmol_core.molecules.graph import GraphBatch, featurise

SMILES = ("CCO", "C", "c1ccccc1C", "CC(C)(C)C#N", "O")


@pytest.mark.parametrize("molecules", [[0], [1], [4, 1], [2, 0, 2, 3], [3, 2, 1, 0, 4], []])
def test_batch_agrees_with_the_slow_definition(molecules: list[int]) -> None:
    slow = GraphBatch.of([featurise(Chem.MolFromSmiles(SMILES[m])) for m in molecules])

    quick = GraphTable.of(SMILES).batch(np.array(molecules, dtype=np.int64))

    for found, expected in zip(quick, slow, strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


@pytest.mark.parametrize("smiles", ["", "C1CC", "CCl"])
def test_unusable_smiles(smiles: str) -> None:
    with pytest.raises(ValueError, match=r"unreadable|outside"):
        GraphTable.of([smiles])
