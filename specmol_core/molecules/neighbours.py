"""The most similar structures of each structure, by Tanimoto similarity of Morgan fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from specmol_core.runtime.hdf5_trial import find_hdf5_fault
from specmol_core.storage.atomic import atomic_path

__all__ = ["cached_neighbours", "fingerprints", "nearest"]

_BITS, _RADIUS = 2048, 2
_VERSION = 1


def fingerprints(smiles: Sequence[str]) -> NDArray[np.uint8]:
    """Return the Morgan fingerprints of radius 2 (n, 2048), one byte per bit."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
    result = np.zeros((len(smiles), _BITS), np.uint8)
    for i, text in enumerate(smiles):
        result[i] = generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(text))
    return result


def nearest(queries: NDArray[np.uint8], bits: NDArray[np.uint8], count: int, *, same: bool) -> NDArray[np.int32]:
    """Return the rows of ``bits`` most similar to each query (q, count), most similar first.

    The lower row comes first in a tie. A fingerprint sets few of its bits, so the bits shared with
    all others are the sum of a few rows of the transposed table. This takes about thirty times fewer
    operations than a matrix product.

    Parameters
    ----------
    queries, bits
        Fingerprints (q, 2048) and (n, 2048), one byte per bit.
    count
        Number of neighbours of each query.
    same
        Whether queries and ``bits`` are the same rows, so that row i is not a neighbour of query i.
    """
    sizes = bits.sum(1, dtype=np.float32)
    max_bits = int(max(sizes.max(initial=0), 1))
    columns = np.ascontiguousarray(bits.T).astype(np.min_scalar_type(max_bits), copy=False)
    count = min(count, len(bits) - same)
    result = np.zeros((len(queries), count), np.int32)
    for i, query in enumerate(queries):
        set_bits = np.flatnonzero(query)
        shared = columns[set_bits].sum(0, dtype=columns.dtype).astype(np.float32)
        similarity = shared / np.maximum(len(set_bits) + sizes - shared, 1.0)
        if same:
            similarity[i] = -1.0
        threshold = np.partition(similarity, len(similarity) - count)[len(similarity) - count]
        candidates = np.flatnonzero(similarity >= threshold)
        result[i] = candidates[np.argsort(-similarity[candidates], kind="stable")[:count]]
    return result


def cached_neighbours(smiles: Sequence[str], count: int, cache: Path) -> NDArray[np.int32]:
    """Return the neighbours (n, count) of each structure, read from ``cache`` if it matches.

    Raises
    ------
    OutputError
        If the cache cannot be written.
    """
    digest = hashlib.sha256("\n".join((str(_VERSION), str(count), *smiles)).encode()).hexdigest()
    if cache.is_file() and not find_hdf5_fault(cache):
        try:
            with h5py.File(cache, "r") as file:
                table, shape = file["neighbours"], (len(smiles), min(count, len(smiles) - 1))
                if file.attrs.get("id") == digest and table.shape == shape and table.dtype == np.int32:
                    cached: NDArray[np.int32] = table[:]
                    if cached.min(initial=0) >= 0 and cached.max(initial=0) < max(len(smiles), 1):
                        return cached
        except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError):
            pass  # A damaged cache is replaced below.
    bits = fingerprints(smiles)
    table = nearest(bits, bits, count, same=True)
    with atomic_path(cache) as temporary, h5py.File(temporary, "w", locking=False) as file:
        file.attrs["id"] = digest
        file["neighbours"] = table
    return table
