"""A slow definition of the graph of ``specmol_core.shifts.graph``."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.graph import ATOM_SIZES, MAX_ATOMS, ShiftGraph, UnpredictableError

_ELEMENTS = {5: 0, 6: 1, 7: 2, 8: 3, 9: 4, 14: 5, 15: 6, 16: 7, 17: 8, 35: 9, 53: 10, 34: 11}
_NAMES = "H, B, C, N, O, F, Si, P, S, Cl, Se, Br, I"
_RING_SIZES = 9
"""No ring, smallest ring of 3 to 9, and larger."""
_CIS, _TRANS, _RING_CIS, _RING_TRANS, _LIKE, _UNLIKE = range(8, 14)

_STEREO_BONDS = {
    Chem.BondStereo.STEREOZ: 1,
    Chem.BondStereo.STEREOCIS: 1,
    Chem.BondStereo.STEREOE: -1,
    Chem.BondStereo.STEREOTRANS: -1,
}
_CODE_OF_ORDER = np.array([0, 0, 0, 3, 1, 1, 2])
"""Kind of a bond by twice its order."""
_TAGS = {Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 1, Chem.ChiralType.CHI_TETRAHEDRAL_CW: -1}


def slow_shift_graph(mol: Chem.Mol) -> ShiftGraph:
    count = mol.GetNumAtoms()
    if not 0 < count <= MAX_ATOMS:
        raise UnpredictableError(f"{count} heavy atoms; 1 to {MAX_ATOMS} can be predicted")
    # One call for all bonds; one call per bond takes three times as long.
    orders = Chem.GetAdjacencyMatrix(mol, useBO=True)
    source, target = np.nonzero(orders)
    degree = np.bincount(source, minlength=count)
    rings = mol.GetRingInfo().AtomRings()
    smallest, memberships = [0] * count, [0] * count
    in_ring = np.zeros((count, count), bool)
    for ring in rings:
        size = min(len(ring) - 2, _RING_SIZES - 1)
        for atom, before in zip(ring, (ring[-1], *ring), strict=False):
            in_ring[atom, before] = in_ring[before, atom] = True
            memberships[atom] += 1
            smallest[atom] = size if not smallest[atom] else min(smallest[atom], size)
    columns: list[tuple[int, int, int, int]] = []
    for one in mol.GetAtoms():
        element = _ELEMENTS.get(one.GetAtomicNum())
        if element is None or one.GetNumRadicalElectrons() or one.GetIsotope():
            _reject(one)
        columns.append((element, one.GetTotalNumHs(), one.GetFormalCharge(), one.GetIsAromatic()))  # type: ignore[arg-type]
    atoms = np.empty((count, len(ATOM_SIZES)), np.uint8)
    table = np.array(columns)
    atoms[:, 0], atoms[:, 4] = table[:, 0], table[:, 3]
    atoms[:, 1] = np.minimum(degree, 6)
    atoms[:, 2] = np.minimum(table[:, 1], 4)
    atoms[:, 3] = np.clip(table[:, 2], -2, 2) + 2
    atoms[:, 5] = smallest
    atoms[:, 6] = np.minimum(memberships, 3)
    bonds = orders[source, target]
    code = _CODE_OF_ORDER[np.minimum((2 * bonds).astype(np.int64), 6)] + 4 * in_ring[source, target]
    relations = _double_bonds(mol, source, target, (bonds == 2) & ~in_ring[source, target], degree)
    # A centre has four neighbours (including hydrogens), and all its bonds are single.
    possible = (degree >= 3) & (degree + table[:, 1] >= 3) & (orders.max(axis=1) == 1)
    relations += _centre_relations(mol, np.flatnonzero(possible).tolist(), rings)
    if relations:
        extra = np.array(relations).reshape(-1, 3)
        source, target = np.append(source, extra[:, 0]), np.append(target, extra[:, 1])
        code = np.append(code, extra[:, 2])
        order = np.argsort(target, kind="stable")
        source, target, code = source[order], target[order], code[order]
    else:
        source, target = target, source
    return ShiftGraph(atoms, source.astype(np.int16), target.astype(np.int16), code.astype(np.uint8))


def _reject(atom: Chem.Atom) -> None:
    symbol, number = atom.GetSymbol(), atom.GetIdx() + 1
    if atom.GetAtomicNum() == 1:
        raise UnpredictableError(f"atom {number} is an explicit hydrogen; only implicit ones are known")
    if atom.GetAtomicNum() not in _ELEMENTS:
        raise UnpredictableError(f"element {symbol} of atom {number}; known are {_NAMES}")
    if atom.GetIsotope():
        raise UnpredictableError(f"atom {number} is the isotope {atom.GetIsotope()}{symbol}")
    raise UnpredictableError(f"atom {number} ({symbol}) is a radical")


def _pair(first: int, second: int, code: int) -> tuple[int, ...]:
    return (first, second, code, second, first, code)


def _double_bonds(
    mol: Chem.Mol,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    candidates: NDArray[np.bool_],
    degree: NDArray[np.int64],
) -> list[int]:
    edges: list[int] = []
    candidates &= (source < target) & (degree[source] > 1) & (degree[target] > 1)
    for first, second in zip(source[candidates].tolist(), target[candidates].tolist(), strict=True):
        bond = mol.GetBondBetweenAtoms(first, second)
        side = _STEREO_BONDS.get(bond.GetStereo())
        if side is not None:
            edges += _double_bond(bond, side)
    return edges


def _double_bond(bond: Chem.Bond, side: int) -> list[int]:
    """Return edges between all substituents of both ends."""
    begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
    marked = list(bond.GetStereoAtoms())
    edges: list[int] = []
    for a in begin.GetNeighbors():
        for b in end.GetNeighbors():
            i, j = a.GetIdx(), b.GetIdx()
            if i == end.GetIdx() or j == begin.GetIdx() or i == j:
                continue
            sign = side * (1 if i == marked[0] else -1) * (1 if j == marked[1] else -1)
            edges += _pair(i, j, _CIS if sign > 0 else _TRANS)
    return edges


def _centre_relations(mol: Chem.Mol, candidates: list[int], rings: tuple[tuple[int, ...], ...]) -> list[int]:
    """Return edges between the substituents of stereocentres in one ring, and of neighbouring centres."""
    by_index = {}
    for index in candidates:
        atom = mol.GetAtomWithIdx(index)
        if atom.GetChiralTag() in _TAGS:
            by_index[index] = atom
    if len(by_index) < 2:
        return []
    edges: list[int] = []
    in_one_ring: set[tuple[int, int]] = set()
    for ring in rings:
        sides = [(i, _sides(by_index[i], ring)) for i in ring if i in by_index]
        for (i, first), (j, second) in combinations(sides, 2):
            in_one_ring |= {(i, j), (j, i)}
            for a, up in first:
                for b, also in second:
                    if a != b:
                        edges += _pair(a, b, _RING_CIS if up == also else _RING_TRANS)
    distance = Chem.GetDistanceMatrix(mol)
    for i, j in combinations(sorted(by_index), 2):
        if distance[i, j] > 2 or (i, j) in in_one_ring:
            continue
        centres = by_index[i], by_index[j]
        if all(c.HasProp("_CIPCode") for c in centres):
            codes = [c.GetProp("_CIPCode") for c in centres]
            edges += _pair(i, j, _LIKE if codes[0] == codes[1] else _UNLIKE)
    return edges


def _sides(atom: Chem.Atom, ring: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the substituents of a ring atom outside the ring, each with its side (1 or -1) of the ring."""
    at = ring.index(atom.GetIdx())
    before, after = ring[at - 1], ring[(at + 1) % len(ring)]
    order = [n.GetIdx() for n in atom.GetNeighbors()]
    outside = [i for i in order if i not in (before, after)]
    found = []
    for one in outside:
        # The chiral tag is the sense of the neighbours in bond order; RDKit puts a hydrogen last.
        rest = [i for i in outside if i != one] or [-1]
        wanted = [before, after, one, *rest]
        given = order if len(order) == 4 else [*order, -1]
        if sorted(wanted) == sorted(given):
            found.append((one, _TAGS[atom.GetChiralTag()] * _parity([given.index(i) for i in wanted])))
    return found


def _parity(order: list[int]) -> int:
    return -1 if sum(a > b for a, b in combinations(order, 2)) % 2 else 1
