"""The molecular graph as plain lists, for fast look-ups by the rules of the spin system."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

__all__ = ["Topology", "read_topology"]

_CHIRAL = {Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 1, Chem.ChiralType.CHI_TETRAHEDRAL_CW: -1}
_TRANS = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS)
_CIS = (Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS)
_ELECTRONEGATIVE = {7, 8, 9, 17}


@dataclass(frozen=True)
class Topology:
    """Properties of the heavy atoms and bonds of one molecule, by atom index."""

    elements: list[int]
    """Atomic number of each atom."""
    hydrogens: list[int]
    """Hydrogens on each atom."""
    aromatic: list[bool]
    chirality: list[int]
    """Chirality in the order of the bonds: 1 counter-clockwise, -1 clockwise, 0 unspecified."""
    neighbours: list[list[int]]
    """Neighbours of each atom in the order of its bonds."""
    orders: dict[tuple[int, int], float]
    """Bond order by pair of atoms, in both directions."""
    stereo: dict[tuple[int, int], int]
    """1 for E, -1 for Z, by pair of atoms in both directions; only double bonds of known
    geometry."""
    rings: list[tuple[int, ...]]
    """Atoms of each ring in order, smaller rings first."""
    bond_ring: dict[tuple[int, int], int]
    """Index (in ``rings``) of the smallest ring of a bond, in both directions; only ring bonds."""
    planar: list[bool]
    """Whether an atom has a double or an aromatic bond."""
    linear: list[bool]
    """Whether an atom has a triple bond."""

    def ring_size(self, a: int, b: int) -> int:
        """Return the size of the smallest ring that contains the bond; 0 if there is none."""
        number = self.bond_ring.get((a, b))
        return 0 if number is None else len(self.rings[number])

    def electronegative_count(self, atom: int, *excluded: int) -> int:
        """Return the number of N, O, F and Cl neighbours of an atom, except ``excluded``."""
        return sum(self.elements[n] in _ELECTRONEGATIVE for n in self.neighbours[atom] if n not in excluded)

    def is_carbonyl(self, atom: int) -> bool:
        """Return whether an atom has a double bond to O or S."""
        return any(self.elements[n] in (8, 16) and self.orders[atom, n] == 2.0 for n in self.neighbours[atom])

    def share_ring(self, *atoms: int) -> bool:
        """Return whether one ring contains all these atoms."""
        return any(all(a in ring for a in atoms) for ring in self.rings)


def read_topology(mol: Chem.Mol) -> Topology:
    """Return the topology of a molecule with implicit hydrogens.

    Examples
    --------
    >>> read_topology(Chem.MolFromSmiles("CCO")).hydrogens
    [3, 2, 1]
    """
    atoms = list(mol.GetAtoms())
    size = len(atoms)
    neighbours: list[list[int]] = [[] for _ in range(size)]
    orders: dict[tuple[int, int], float] = {}
    stereo: dict[tuple[int, int], int] = {}
    planar, linear = [False] * size, [False] * size
    for bond in mol.GetBonds():
        a, b, order = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondTypeAsDouble()
        neighbours[a].append(b)
        neighbours[b].append(a)
        orders[a, b] = orders[b, a] = order
        if order == 3.0:
            linear[a] = linear[b] = True
        elif order > 1.0:
            planar[a] = planar[b] = True
        if order == 2.0:
            kind = bond.GetStereo()
            if kind in _TRANS or kind in _CIS:
                stereo[a, b] = stereo[b, a] = 1 if kind in _TRANS else -1
    rings = sorted((tuple(r) for r in mol.GetRingInfo().AtomRings()), key=len)
    bond_ring: dict[tuple[int, int], int] = {}
    for number, ring in enumerate(rings):
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            bond_ring.setdefault((a, b), number)
            bond_ring.setdefault((b, a), number)
    return Topology(
        [a.GetAtomicNum() for a in atoms],
        [a.GetTotalNumHs() for a in atoms],
        [a.GetIsAromatic() for a in atoms],
        [_CHIRAL.get(a.GetChiralTag(), 0) for a in atoms],
        neighbours,
        orders,
        stereo,
        rings,
        bond_ring,
        planar,
        linear,
    )
