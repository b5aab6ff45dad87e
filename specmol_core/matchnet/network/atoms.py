"""Atom features of the paper, made from the compact codes of a graph batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from specmol_core.molecules.graph import GraphBatch

__all__ = ["ATOM_FEATURES", "GraphTensors", "to_tensors"]

ATOM_FEATURES = 38
"""Columns: symbol (4), degree, total H and implicit valence 0-10 (11 each), aromatic (1)."""


class GraphTensors:
    """Graph batch on its device.

    Attributes
    ----------
    atoms
        (N, 38), each row divided by its sum.
    edges
        (2, E) source and target atom.
    owner
        (N,) molecule of each atom.
    molecules
        Number of molecules.
    """

    __slots__ = ("atoms", "edges", "molecules", "owner")

    def __init__(self, atoms: Tensor, edges: Tensor, owner: Tensor, molecules: int) -> None:
        self.atoms, self.edges, self.owner, self.molecules = atoms, edges, owner, molecules


def to_tensors(batch: GraphBatch, device: torch.device | str = "cpu") -> GraphTensors:
    """Return a batch with one-hot atom features (N, 38), each row divided by its sum, and edges."""
    codes = torch.from_numpy(batch.codes).to(device, torch.long)
    counts = F.one_hot(codes[:, 1:4], 11).flatten(1)
    parts = (F.one_hot(codes[:, 0], 4), counts, codes[:, 4:5])
    atoms = torch.cat(parts, 1).float()
    atoms = atoms / atoms.sum(1, keepdim=True)
    sizes = torch.from_numpy(batch.sizes).to(device)
    owner = torch.repeat_interleave(torch.arange(len(sizes), device=device), sizes)
    return GraphTensors(atoms, torch.from_numpy(batch.edges).to(device), owner, len(batch.sizes))
