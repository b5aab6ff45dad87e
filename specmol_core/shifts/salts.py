"""The parts of a salt, each predicted by itself: its main part, and the counter-ions beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rdkit import Chem, rdBase

from specmol_core.shifts.graph import ShiftGraph, UnpredictableError, shift_graph
from specmol_core.shifts.records import without_stereo_hydrogens

__all__ = ["SaltPart", "parts_of_graphs", "parts_of_smiles"]


class SaltPart(NamedTuple):
    """One kind of part of a molecule."""

    graph: ShiftGraph
    atoms: tuple[int, ...]
    """First atom of each part of this kind in the SMILES of the whole salt."""

    @property
    def copies(self) -> int:
        """How often the salt has it."""
        return len(self.atoms)


def parts_of_graphs(graphs: Sequence[ShiftGraph]) -> list[tuple[SaltPart, ...]]:
    """Return the parts of each molecule, the main part first.

    The atoms of a part follow each other in a graph. A molecule that is no salt has one part, with its
    graph unchanged.
    """
    if not graphs:
        return []
    sizes = np.array([len(graph.atoms) for graph in graphs])
    starts = np.cumsum(sizes) - sizes
    shift = np.repeat(starts, [len(graph.source) for graph in graphs])
    source, target = (np.concatenate([column[i] for column in graphs]).astype(np.int64) + shift for i in (1, 2))
    # Number of edges between the atoms before an atom and the others; no edge leads out of a part.
    low, high = np.minimum(source, target), np.maximum(source, target)
    total = int(sizes.sum())
    across = np.cumsum(np.bincount(low + 1, minlength=total + 1) - np.bincount(high + 1, minlength=total + 1))
    first_atoms = np.flatnonzero(across[:total] == 0)
    if len(first_atoms) == len(graphs):
        return [(SaltPart(graph, (0,)),) for graph in graphs]
    of_molecule = np.split(first_atoms, np.searchsorted(first_atoms, starts[1:]))
    return [
        _parts(graph, (own - start).tolist()) for graph, own, start in zip(graphs, of_molecule, starts, strict=True)
    ]


def _parts(graph: ShiftGraph, first_atoms: list[int]) -> tuple[SaltPart, ...]:
    if len(first_atoms) == 1:
        return (SaltPart(graph, (0,)),)
    pieces = []
    for start, stop in zip(first_atoms, [*first_atoms[1:], len(graph.atoms)], strict=True):
        own = (graph.target >= start) & (graph.target < stop)
        edges = (graph.source[own] - start, graph.target[own] - start)
        pieces.append((start, ShiftGraph(graph.atoms[start:stop], *edges, graph.code[own])))
    return _by_kind(pieces)


def parts_of_smiles(smiles: str) -> tuple[SaltPart, ...]:
    """Return the parts of a candidate, the main part first; parts that cannot be predicted are left out.

    Parameters
    ----------
    smiles
        SMILES of a candidate, as the parser writes it.

    Raises
    ------
    UnpredictableError
        If the main part cannot be predicted.
    """
    pieces, start = [], 0
    for number, text in enumerate(smiles.split(".")):
        with rdBase.BlockLogs():  # a lone proton is worth a warning to RDKit
            mol = without_stereo_hydrogens(Chem.MolFromSmiles(text))
        try:
            if number == 0 or any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()):
                pieces.append((start, shift_graph(mol)))
        except UnpredictableError:
            if number == 0:
                raise
        start += mol.GetNumAtoms()
    return _by_kind(pieces)


def _by_kind(pieces: Sequence[tuple[int, ShiftGraph]]) -> tuple[SaltPart, ...]:
    kinds: dict[bytes, SaltPart] = {}
    for start, graph in pieces:
        key = b"|".join(array.tobytes() for array in graph)
        known = kinds.get(key)
        kinds[key] = SaltPart(graph, (start,)) if known is None else known._replace(atoms=(*known.atoms, start))
    return tuple(kinds.values())
