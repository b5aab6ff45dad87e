"""Molecular inputs of a network: graphs of atoms, or fingerprints."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from rdkit import Chem

from specmol_core.matchnet.network.atoms import GraphTensors, to_tensors
from specmol_core.molecules.fingerprint import fingerprint_graph
from specmol_core.molecules.graph import GraphBatch, MoleculeGraph, featurise
from specmol_core.molecules.worker_pool import PARSER

__all__ = ["ATOM_GRAPH", "FINGERPRINT", "MoleculeInput"]


class MoleculeInput(NamedTuple):
    """Steps from a molecule to the tensors of a network."""

    parser: str
    """``module:function`` that parses one record of a library."""
    featurise: Callable[[Chem.Mol], MoleculeGraph]
    """Return the compact codes of one molecule."""
    tensors: Callable[[GraphBatch, torch.device | str], GraphTensors]
    """Return the codes of several molecules as the network's tensors."""


def _fingerprint_tensors(batch: GraphBatch, device: torch.device | str) -> GraphTensors:
    """Return fingerprint bits (M, 1024) in place of atoms, with one node per molecule."""
    bits = torch.from_numpy(np.unpackbits(batch.codes, axis=1)).to(device, torch.float32)
    edges = torch.from_numpy(batch.edges).to(device)
    return GraphTensors(bits, edges, torch.arange(len(bits), device=device), len(batch.sizes))


ATOM_GRAPH = MoleculeInput(PARSER, featurise, to_tensors)
"""Input of the paper's networks."""
FINGERPRINT = MoleculeInput(
    "specmol_core.molecules.fingerprint:parse_fingerprint", fingerprint_graph, _fingerprint_tensors
)
"""Input of the image-only networks."""
