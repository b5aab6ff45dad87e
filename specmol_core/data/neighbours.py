"""The most similar structures of each structure, by Tanimoto similarity of Morgan fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from specmol_core.atomic import atomic_path

__all__ = ["cached_neighbours", "fingerprints", "nearest"]

_BITS, _RADIUS = 2048, 2
_CHUNK = 256
_VERSION = 1


def fingerprints(smiles: Sequence[str]) -> NDArray[np.uint8]:
    """Morgan fingerprints of radius 2 (n, 2048), one byte a bit."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
    out = np.zeros((len(smiles), _BITS), np.uint8)
    for i, text in enumerate(smiles):
        out[i] = generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(text))
    return out


def nearest(queries: NDArray[np.uint8], bits: NDArray[np.uint8], count: int, *, same: bool) -> NDArray[np.int32]:
    """Rows of ``bits`` most similar to each query (q, count), most similar first, ties by the lower row.

    The bits that two fingerprints share are a product of matrices of zeros and ones, exact in single precision.

    Parameters
    ----------
    same
        Whether queries are the rows themselves, so that row i is no neighbour of query i.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # Bits that no fingerprint sets add nothing to the product.
    used = np.flatnonzero(bits.any(0))
    table = torch.from_numpy(bits[:, used]).to(device, torch.float32)
    sizes = torch.from_numpy(bits.sum(1, dtype=np.int64)).to(device, torch.float32)
    count = min(count, len(bits) - same)
    out = np.zeros((len(queries), count), np.int32)
    for start in range(0, len(queries), _CHUNK):
        block = queries[start : start + _CHUNK]
        lengths = torch.from_numpy(block.sum(1, dtype=np.int64)).to(device, torch.float32)
        shared = torch.from_numpy(block[:, used]).to(device, torch.float32) @ table.T
        similarity = shared / (lengths[:, None] + sizes - shared).clamp_min(1.0)
        if same:
            rows = torch.arange(len(block), device=device)
            similarity[rows, rows + start] = -1.0
        # topk breaks ties as it likes, and differently on other machines; a tiny slope makes it keep the order.
        similarity = similarity.double() - torch.arange(len(bits), device=device) * (1e-7 / max(1, len(bits)))
        out[start : start + len(block)] = similarity.topk(count).indices.cpu().numpy()
    return out


def cached_neighbours(smiles: Sequence[str], count: int, cache: Path) -> NDArray[np.int32]:
    """Neighbours (n, count) of each structure among the others, read from ``cache`` where it fits.

    Raises
    ------
    OutputError
        If the cache cannot be written.
    """
    digest = hashlib.sha256("\n".join((str(_VERSION), str(count), *smiles)).encode()).hexdigest()
    if cache.is_file():
        try:
            with h5py.File(cache, "r") as file:
                if file.attrs.get("id") == digest:
                    found: NDArray[np.int32] = file["neighbours"][:]
                    return found
        except (OSError, KeyError):
            pass  # A damaged cache is made anew below.
    bits = fingerprints(smiles)
    table = nearest(bits, bits, count, same=True)
    with atomic_path(cache) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["id"] = digest
        file["neighbours"] = table
    return table
