"""Relative stereochemistry as edges between related atoms, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from rdkit import Chem

__all__ = ["Edge", "centre_relations", "double_bond_relations"]

Edge = tuple[int, int, int]
"""Target, source and code."""

_DOUBLE, _MULTIPLE = 1, 3
"""Code of a double bond outside of rings, and bit mask of all bonds that are not single."""
_CIS, _TRANS, _RING_CIS, _RING_TRANS, _LIKE, _UNLIKE = range(8, 14)
_STEREO_BONDS = {
    Chem.BondStereo.STEREOZ: 1,
    Chem.BondStereo.STEREOCIS: 1,
    Chem.BondStereo.STEREOE: -1,
    Chem.BondStereo.STEREOTRANS: -1,
}
_TAGS = {Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 1, Chem.ChiralType.CHI_TETRAHEDRAL_CW: -1}


def _both_directions(first: int, second: int, code: int) -> tuple[Edge, Edge]:
    return (second, first, code), (first, second, code)


def _neighbours(atom: Chem.Atom) -> list[int]:
    return [neighbour.GetIdx() for neighbour in atom.GetNeighbors()]


def double_bond_relations(mol: Chem.Mol, bonds: Iterable[Edge], degree: Sequence[int]) -> list[Edge]:
    """Return cis and trans edges between substituents of double bonds of known configuration.

    Parameters
    ----------
    bonds
        Bonds of the molecule, in both directions.
    degree
        Number of heavy neighbours of each atom.
    """
    edges: list[Edge] = []
    for target, source, code in bonds:
        if code != _DOUBLE or target > source or degree[target] < 2 or degree[source] < 2:
            continue
        bond = mol.GetBondBetweenAtoms(target, source)
        side = _STEREO_BONDS.get(bond.GetStereo())
        if side is None:
            continue
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        first, second = bond.GetStereoAtoms()
        beyond = _neighbours(bond.GetEndAtom())
        for a in _neighbours(bond.GetBeginAtom()):
            for b in beyond:
                if a != end and b != begin and a != b:
                    sign = side if (a == first) == (b == second) else -side
                    edges += _both_directions(a, b, _CIS if sign > 0 else _TRANS)
    return edges


class _Centre(NamedTuple):
    atom: Chem.Atom
    sense: int
    """1 if the neighbours are counter-clockwise, viewed from the first, otherwise -1."""
    order: list[int]
    """Neighbours in the order of their bonds."""


def centre_relations(
    atoms: Sequence[Chem.Atom], bonds: Iterable[Edge], degree: Sequence[int], rings: Sequence[Sequence[int]]
) -> list[Edge]:
    """Return edges between substituents of stereocentres in a ring, and between other centres.

    Centres outside of a common ring are related if they are at most two bonds apart.

    Parameters
    ----------
    atoms
        All atoms of the molecule.
    bonds, degree
        As in ``double_bond_relations``.
    rings
        Atoms of each ring, in ring order.
    """
    centres = _centres(atoms, bonds, degree)
    if len(centres) < 2:
        return []
    edges: list[Edge] = []
    in_one_ring: set[tuple[int, int]] = set()
    for ring in rings:
        sides = [(i, _sides(i, centres[i], ring)) for i in ring if i in centres]
        for (i, first), (j, second) in combinations(sides, 2):
            in_one_ring |= {(i, j), (j, i)}
            for a, up in first:
                for b, second_up in second:
                    if a != b:
                        edges += _both_directions(a, b, _RING_CIS if up == second_up else _RING_TRANS)
    for (i, one), (j, other) in combinations(centres.items(), 2):
        # At most two bonds apart.
        if (i, j) not in in_one_ring and (j in one.order or not set(one.order).isdisjoint(other.order)):
            codes = [c.atom.GetProp("_CIPCode") for c in (one, other) if c.atom.HasProp("_CIPCode")]
            if len(codes) == 2:
                edges += _both_directions(i, j, _LIKE if codes[0] == codes[1] else _UNLIKE)
    return edges


def _centres(atoms: Sequence[Chem.Atom], bonds: Iterable[Edge], degree: Sequence[int]) -> dict[int, _Centre]:
    """Return the stereocentres by index; they have four neighbours and only single bonds.

    One of the neighbours may be a hydrogen.
    """
    multiple = {atom for atom, _, code in bonds if code & _MULTIPLE}
    branched = [i for i, number in enumerate(degree) if number > 2 and i not in multiple]
    senses = ((i, _TAGS.get(atoms[i].GetChiralTag())) for i in branched)
    return {i: _Centre(atoms[i], sense, _neighbours(atoms[i])) for i, sense in senses if sense}


def _sides(index: int, centre: _Centre, ring: Sequence[int]) -> list[tuple[int, int]]:
    """Return the substituents of a ring atom outside the ring, with their side of it (1 or -1)."""
    position = ring.index(index)
    before, after = ring[position - 1], ring[(position + 1) % len(ring)]
    outside = [i for i in centre.order if i not in (before, after)]
    # The chiral tag is the sense of the neighbours in bond order; in RDKit a hydrogen is the last.
    given = centre.order if len(centre.order) == 4 else [*centre.order, -1]
    result = []
    for substituent in outside:
        rest = [i for i in outside if i != substituent] or [-1]
        wanted = [before, after, substituent, *rest]
        if sorted(wanted) == sorted(given):
            result.append((substituent, centre.sense * _parity([given.index(i) for i in wanted])))
    return result


def _parity(order: list[int]) -> int:
    return -1 if sum(a > b for a, b in combinations(order, 2)) % 2 else 1
