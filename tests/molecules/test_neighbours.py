from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import AllChem

from specmol_core.molecules import neighbours as module
from specmol_core.molecules.neighbours import cached_neighbours, fingerprints, nearest

SMILES = ("CCO", "CCCO", "CCCCO", "c1ccccc1", "Cc1ccccc1", "CCc1ccccc1", "CC(=O)C", "CCC(=O)C", "CC#N", "CCCCCO")


def slow_similarity() -> np.ndarray:
    generator = AllChem.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(s)) for s in SMILES]
    return np.array([DataStructs.BulkTanimotoSimilarity(p, prints) for p in prints])


def test_equal_to_rdkit() -> None:
    similarity = slow_similarity()
    np.fill_diagonal(similarity, -1)
    expected = np.argsort(-similarity, axis=1, kind="stable")[:, :4]
    bits = fingerprints(SMILES)

    np.testing.assert_array_equal(nearest(bits, bits, 4, same=True), expected)


def test_many_bits_do_not_overflow() -> None:
    bits = np.zeros((3, 2048), np.uint8)
    bits[0, :600], bits[1, :500], bits[2, :344] = 1, 1, 1

    # In eight bits 500 shared bits would count as 244, fewer than 344.
    assert nearest(bits, bits, 2, same=True).tolist() == [[1, 2], [0, 2], [1, 0]]


def test_other_queries_may_match_equal_rows() -> None:
    bits = fingerprints(SMILES)

    assert nearest(bits[3:5], bits, 1, same=False).tolist() == [[3], [4]]
    assert nearest(bits, bits, 50, same=True).shape == (10, 9)


def test_cache_is_used_only_for_the_same_structures(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "n.h5"
    first = cached_neighbours(SMILES, 3, path)
    monkeypatch.setattr(module, "fingerprints", lambda smiles: (_ for _ in ()).throw(AssertionError("computed anew")))
    np.testing.assert_array_equal(cached_neighbours(SMILES, 3, path), first)
    monkeypatch.undo()

    assert cached_neighbours(SMILES[:5], 3, path).shape == (5, 3)
    path.write_text("damaged")
    np.testing.assert_array_equal(cached_neighbours(SMILES, 3, path), first)


@pytest.mark.parametrize("table", [np.full((10, 3), 99, np.int32), np.zeros((2, 3), np.int32), np.zeros((10, 3)), 3])
def test_a_hostile_cache_is_made_anew(tmp_path: Path, table: object) -> None:
    path = tmp_path / "n.h5"
    first = cached_neighbours(SMILES, 3, path)
    with h5py.File(path, "r+") as file:
        del file["neighbours"]
        file["neighbours"] = table

    np.testing.assert_array_equal(cached_neighbours(SMILES, 3, path), first)
