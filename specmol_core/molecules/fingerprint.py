"""Morgan fingerprints stored as graphs, for networks that take fingerprints."""

from __future__ import annotations

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from specmol_core.molecules.graph import MoleculeGraph, featurise
from specmol_core.molecules.parse import FEATURES, parse_record
from specmol_core.molecules.records import Molecule, RecordKind

__all__ = ["FINGERPRINT_BITS", "fingerprint_graph", "parse_fingerprint"]

FINGERPRINT_BITS = 1024
_GENERATOR = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=FINGERPRINT_BITS)


def fingerprint_graph(mol: Chem.Mol) -> MoleculeGraph:
    """Return the Morgan fingerprint of radius 2 as a graph of one node: codes (1, 128) are packed bits.

    Rogers, Hahn, J. Chem. Inf. Model. 2010, 50, 742.

    Raises
    ------
    UnsupportedMoleculeError
        As ``featurise``, so that all networks take the same molecules.
    """
    featurise(mol)
    bits = _GENERATOR.GetFingerprintAsNumPy(mol)
    return MoleculeGraph(np.packbits(bits)[None], np.zeros((0, 2), np.int32))


def parse_fingerprint(text: str, kind: RecordKind, max_atoms: int) -> Molecule | str:
    """Parse a record as ``parse_text`` does, but with the graph of ``fingerprint_graph``."""
    return parse_record(text, kind, max_atoms, _FEATURES)


_FEATURES = FEATURES._replace(graph=lambda mol, smiles: fingerprint_graph(mol))
