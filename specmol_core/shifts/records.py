"""Conversion of a record's text to the packed graph of the shift predictor, for workers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from rdkit import Chem

from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.molecules.parse import GraphFeatures, parse_record
from specmol_core.molecules.records import Molecule, RecordKind
from specmol_core.shifts.graph import ShiftGraph, UnpredictableError, shift_columns

__all__ = ["PARSER", "packed_graph", "parse_shifts", "shift_graphs", "without_stereo_hydrogens"]

PARSER = "specmol_core.shifts.records:parse_shifts"
"""Name by which worker processes import ``parse_shifts``."""

_CARBON_PATTERN = re.compile(r"C(?![a-z])")
_KNOWN_FORMULA = re.compile(r"(?:(?:Br|Cl|Se|Si|[BCFHINOPS])\d*)*[+-]?\d*")
_NO_HYDROGENS = Chem.RemoveHsParameters()
_NO_HYDROGENS.removeDefiningBondStereo = True  # type: ignore[assignment]
_NO_HYDROGENS.showWarnings = False  # type: ignore[assignment]


def parse_shifts(text: str, kind: RecordKind, max_atoms: int) -> Molecule | str:
    """Return the molecule of one record with its packed graph, or one line why it is rejected.

    The atoms of the graph have the order of the molecule's SMILES. A hydrogen that only defines the
    configuration of a double bond is removed with that configuration. A molecule is rejected if
    RDKit keeps another hydrogen as an atom, or if it has no carbon. A salt is kept whole: the graph has
    the atoms of its organic parts in turn, the main part first.

    Parameters
    ----------
    text, kind, max_atoms
        As in ``parse_record``.

    Examples
    --------
    >>> parse_shifts("O", "smiles", 60)
    'no carbon: it has no 13C signal'
    """
    return parse_record(text, kind, max_atoms, _FEATURES)


def packed_graph(mol: Chem.Mol, smiles: str = "") -> MoleculeGraph:
    """Return the graph of ``shift_graph`` in packed form.

    Codes are (atoms, len(ATOM_SIZES)); bonds are (edges, 3): source, target and code. ``smiles`` is
    as in ``shift_columns``.

    Raises
    ------
    UnpredictableError
        As in ``shift_columns``.
    """
    columns = shift_columns(mol, smiles)
    edges = np.frombuffer(columns.source + columns.target + columns.code, np.uint8)
    return MoleculeGraph(columns.table(), edges.reshape(3, -1).T.astype(np.int32))


def without_stereo_hydrogens(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule without hydrogens that only define the configuration of a double bond."""
    return mol if mol.GetNumHeavyAtoms() == mol.GetNumAtoms() else Chem.RemoveHs(mol, _NO_HYDROGENS)


def shift_graphs(graphs: Sequence[MoleculeGraph]) -> list[ShiftGraph]:
    """Return the graphs packed by ``packed_graph``.

    Raises
    ------
    ValueError
        If the graphs were packed by another parser.
    """
    edges = np.concatenate([graph.bonds for graph in graphs]) if graphs else np.zeros((0, 3), np.int32)
    if edges.shape[1] != 3:
        raise ValueError(f"edges have {edges.shape[1]} columns, those of the shift predictor have 3")
    source, target, code = edges[:, 0].astype(np.int16), edges[:, 1].astype(np.int16), edges[:, 2].astype(np.uint8)
    result: list[ShiftGraph] = []
    start = 0
    for graph in graphs:
        stop = start + len(graph.bonds)
        result.append(ShiftGraph(graph.codes, source[start:stop], target[start:stop], code[start:stop]))
        start = stop
    return result


def _prepare(mol: Chem.Mol, formula: str) -> Chem.Mol:
    if not _CARBON_PATTERN.match(formula):
        raise UnpredictableError("no carbon: it has no 13C signal")
    if not _KNOWN_FORMULA.fullmatch(formula):
        shift_columns(mol)  # raises for the element
    return without_stereo_hydrogens(mol)


_FEATURES = GraphFeatures(_prepare, packed_graph, canonical=True, counter_ions=True)
