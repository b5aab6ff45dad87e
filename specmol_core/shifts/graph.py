"""Molecular graph of the shift predictor, including relative stereochemistry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from operator import add, floordiv, itemgetter, mod
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.molecules.graph import UnsupportedMoleculeError
from specmol_core.shifts.relations import Edge, centre_relations, double_bond_relations

__all__ = [
    "ATOM_SIZES",
    "BOND_CODES",
    "MAX_ATOMS",
    "ShiftColumns",
    "ShiftGraph",
    "UnpredictableError",
    "shift_columns",
    "shift_graph",
]

MAX_ATOMS = 250
"""Maximum number of heavy atoms of a molecule; the index of an atom is one byte."""

_ELEMENTS = {5: 0, 6: 1, 7: 2, 8: 3, 9: 4, 14: 5, 15: 6, 16: 7, 17: 8, 35: 9, 53: 10, 34: 11}
_ELEMENT_NAMES = "H, B, C, N, O, F, Si, P, S, Cl, Se, Br, I"
_RING_SIZES = 9
"""Categories of the smallest ring: none, 3 to 9 atoms, larger."""
_MAX_RINGS = 3
ATOM_SIZES = (len(_ELEMENTS), 7, 5, 5, 2, _RING_SIZES, _MAX_RINGS + 1)
"""Number of categories of each atom column.

The columns are: element, heavy neighbours, hydrogens, charge, aromatic, smallest ring, number of
rings.
"""

BOND_CODES = 14
"""Number of edge types.

They are: single, double, triple and aromatic bonds outside of rings, the same inside of rings, and
the relations of relative stereochemistry.
"""
_RING_CODE_OFFSET = 4
"""Difference between the codes of a bond inside and outside of a ring."""
_CODE_OF_ORDER = {half / 2: (0, 0, 0, 3, 1, 1, 2)[min(half, 6)] for half in range(1, 13)}
_UNKNOWN = 255
_ELEMENT_OF_NUMBER = bytes(_ELEMENTS.get(number, _UNKNOWN) for number in range(256))
_CLIP_TO_4, _CLIP_TO_6 = (bytes(min(value, most) for value in range(256)) for most in (4, 6))
_NUMBER, _HYDROGENS, _CHARGE = Chem.Atom.GetAtomicNum, Chem.Atom.GetTotalNumHs, Chem.Atom.GetFormalCharge
_AROMATIC, _RADICAL, _ISOTOPE = Chem.Atom.GetIsAromatic, Chem.Atom.GetNumRadicalElectrons, Chem.Atom.GetIsotope


class UnpredictableError(UnsupportedMoleculeError):
    """The predictor does not support a molecule; the message is the reason."""


class ShiftGraph(NamedTuple):
    """Graph of one molecule; bonds and relations have both directions and are sorted by target."""

    atoms: NDArray[np.uint8]
    """(heavy atoms, len(ATOM_SIZES)) categories."""
    source: NDArray[np.int16]
    """(edges,) source atom."""
    target: NDArray[np.int16]
    """(edges,) target atom, ascending."""
    code: NDArray[np.uint8]
    """(edges,) type of the edge, below BOND_CODES."""


class ShiftColumns(NamedTuple):
    """ShiftGraph as bytes, which are several times faster than arrays of few elements."""

    atoms: bytes
    """(len(ATOM_SIZES) * heavy atoms,) column by column."""
    source: bytes
    target: bytes
    code: bytes

    def table(self) -> NDArray[np.uint8]:
        """Return the atoms of the ShiftGraph (heavy atoms, len(ATOM_SIZES))."""
        return np.frombuffer(self.atoms, np.uint8).reshape(len(ATOM_SIZES), -1).T.copy()


def shift_graph(mol: Chem.Mol) -> ShiftGraph:
    """Return the graph of a sanitised molecule with implicit hydrogens.

    Relative stereochemistry adds edges between the related atoms: cis and trans across a double
    bond, same or opposite side of a ring, like or unlike configuration of neighbouring centres
    outside of rings. Mirror images have the same graph.

    Raises
    ------
    UnpredictableError
        If the molecule has an element other than H B C N O F Si P S Cl Se Br I, a radical, an
        isotope, an explicit hydrogen, no atom, or more than MAX_ATOMS heavy atoms.

    Examples
    --------
    >>> graph = shift_graph(Chem.MolFromSmiles("CCO"))
    >>> graph.atoms.shape, graph.source.tolist(), graph.target.tolist()
    ((3, 7), [1, 0, 2, 1], [0, 1, 1, 2])
    """
    columns = shift_columns(mol)
    source, target, code = (np.frombuffer(column, np.uint8) for column in columns[1:])
    return ShiftGraph(columns.table(), source.astype(np.int16), target.astype(np.int16), code.copy())


def shift_columns(mol: Chem.Mol, smiles: str = "") -> ShiftColumns:
    """Return the graph of ``shift_graph`` as bytes.

    Parameters
    ----------
    smiles
        SMILES of the molecule, if known. It saves the search for isotopes, radicals and
        configurations if its notation contains none.

    Raises
    ------
    UnpredictableError
        As in ``shift_graph``.
    """
    count = mol.GetNumAtoms()
    if not 0 < count <= MAX_ATOMS:
        raise UnpredictableError(f"{count} heavy atoms; 1 to {MAX_ATOMS} can be predicted")
    atoms = list(map(mol.GetAtomWithIdx, range(count)))
    # One call for all bonds; one call per bond takes three times as long.
    orders = Chem.GetAdjacencyMatrix(mol, useBO=True).ravel()
    bonded = orders.nonzero()[0]
    pair_indices = bonded.tolist()
    target, source = bytes(map(floordiv, pair_indices, repeat(count))), bytes(map(mod, pair_indices, repeat(count)))
    code = bytes(map(_CODE_OF_ORDER.__getitem__, orders[bonded].tolist()))
    degree = bytes(map(target.count, range(count)))
    info = mol.GetRingInfo()
    rings = info.AtomRings() if info.NumRings() else ()
    ring_columns, in_ring = _rings(rings, count)
    if rings:
        code = bytes(map(add, code, map(in_ring.__getitem__, pair_indices)))
    # Characters with which SMILES denotes isotopes and radicals, double bonds and centres.
    notation = smiles or "[/@"
    columns = _atom_columns(atoms, degree, notation) + ring_columns
    relations: list[Edge] = []
    if "/" in notation or "\\" in notation:
        relations += double_bond_relations(mol, zip(target, source, code, strict=True), degree)
    if "@" in notation:
        relations += centre_relations(atoms, zip(target, source, code, strict=True), degree, rings)
    if relations:
        edges = sorted([*zip(target, source, code, strict=True), *relations], key=itemgetter(0))
        target, source, code = map(bytes, zip(*edges, strict=True))
    return ShiftColumns(columns, source, target, code)


def _rings(rings: Sequence[Sequence[int]], count: int) -> tuple[bytes, bytearray]:
    """Return the columns smallest ring and number of rings, and the ring bonds (atoms * atoms,)."""
    smallest, memberships, bonds = bytearray(count), bytearray(count), bytearray(count * count)
    for ring in rings:
        size = min(len(ring) - 2, _RING_SIZES - 1)
        before = ring[-1]
        for atom in ring:
            bonds[atom * count + before] = bonds[before * count + atom] = _RING_CODE_OFFSET
            memberships[atom] = min(memberships[atom] + 1, _MAX_RINGS)
            if not 0 < smallest[atom] < size:
                smallest[atom] = size
            before = atom
    return bytes(smallest + memberships), bonds


def _atom_columns(atoms: list[Chem.Atom], degree: bytes, notation: str) -> bytes:
    element = bytes(map(_NUMBER, atoms)).translate(_ELEMENT_OF_NUMBER)
    if _UNKNOWN in element or ("[" in notation and (any(map(_RADICAL, atoms)) or any(map(_ISOTOPE, atoms)))):
        _reject(atoms)
    hydrogens, aromatic = bytes(map(_HYDROGENS, atoms)).translate(_CLIP_TO_4), bytes(map(_AROMATIC, atoms))
    charges = list(map(_CHARGE, atoms))
    charge = bytes([min(max(value, -2), 2) + 2 for value in charges]) if any(charges) else b"\2" * len(atoms)
    return element + degree.translate(_CLIP_TO_6) + hydrogens + charge + aromatic


def _reject(atoms: list[Chem.Atom]) -> NoReturn:
    """Raise an error for the first atom that the predictor does not support."""
    for number, atom in enumerate(atoms, 1):
        symbol = atom.GetSymbol()
        if atom.GetAtomicNum() == 1:
            raise UnpredictableError(f"atom {number} is an explicit hydrogen; only implicit ones are known")
        if atom.GetAtomicNum() not in _ELEMENTS:
            raise UnpredictableError(f"element {symbol} of atom {number}; known are {_ELEMENT_NAMES}")
        if atom.GetIsotope():
            raise UnpredictableError(f"atom {number} is the isotope {atom.GetIsotope()}{symbol}")
        if atom.GetNumRadicalElectrons():
            raise UnpredictableError(f"atom {number} ({symbol}) is a radical")
    raise AssertionError("no atom is unknown")
