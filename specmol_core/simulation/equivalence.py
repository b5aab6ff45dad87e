"""Which atoms and protons are chemically equivalent, and which are diastereotopic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rdkit import Chem

from specmol_core.simulation.topology import Topology

__all__ = ["chemical_classes", "diastereotopic_methylenes"]

_MIN_DIFFERENCE_PPM = 0.005
"""Shifts closer than this count as equal. Predictions from conformers leave such differences
between equivalent protons."""
_HIGH_LABEL, _LOW_LABEL = 301, 302
"""Isotope labels that distinguish two diastereotopic branches; no real isotope has these masses."""
_STEREOCENTRE_ELEMENTS = {6, 14, 15, 16}


def chemical_classes(mol: Chem.Mol, topology: Topology, h1: Mapping[int, Sequence[float]]) -> list[int]:
    """Return the equivalence class of each heavy atom (atoms,), for an achiral solvent.

    Classes follow the symmetry of the graph including double-bond geometry. Enantiotopic atoms are
    equivalent. Two branches of one atom get different classes if they are diastereotopic, even if
    their predicted shifts are equal: on an olefin whose other end is unsymmetric, on the nitrogen
    of an amide, and on a centre in a molecule with another stereocentre. The branch with the
    higher shift gets the same class in all equivalent parts of the molecule.
    """
    achiral_mol = mol
    if any(topology.chirality):
        # The halves of a meso compound have opposite tags but are equivalent.
        achiral_mol = Chem.Mol(mol)
        for atom in achiral_mol.GetAtoms():
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    ranks = _symmetry_ranks(achiral_mol)
    pairs = [p for p in _equivalent_branches(topology, ranks) if _is_diastereotopic(achiral_mol, topology, ranks, p)]
    labelled = None
    for centre, a, b in pairs:
        high, low = _branch_shift(topology, h1, centre, a), _branch_shift(topology, h1, centre, b)
        if high is None or low is None:
            continue
        labelled = Chem.Mol(achiral_mol) if labelled is None else labelled
        for index, label in (
            (a, _HIGH_LABEL if high > low else _LOW_LABEL),
            (b, _LOW_LABEL if high > low else _HIGH_LABEL),
        ):
            labelled.GetAtomWithIdx(index).SetIsotope(label)
    return ranks if labelled is None else _symmetry_ranks(labelled)


def diastereotopic_methylenes(
    mol: Chem.Mol, topology: Topology, classes: Sequence[int], h1: Mapping[int, Sequence[float]]
) -> set[int]:
    """Return the carbons whose two protons are diastereotopic and have different shifts.

    These are every olefinic ``=CH2``, a CH2 in a ring that has another atom with two different
    substituents, and an sp3 CH2 that would not be the only stereocentre if one proton were
    replaced.
    """
    matches = set()
    for atom in sorted(h1):
        values = h1[atom]
        if len(values) != 2 or topology.elements[atom] != 6:
            continue
        if topology.planar[atom] or (
            abs(values[0] - values[1]) > _MIN_DIFFERENCE_PPM
            and (
                _has_distinct_faces(topology, classes, atom)
                or _has_other_stereocentre(mol, topology, classes, atom, atom)
            )
        ):
            matches.add(atom)
    return matches


def _has_distinct_faces(topology: Topology, classes: Sequence[int], atom: int) -> bool:
    """Return whether another atom of a ring through ``atom`` has two different substituents."""
    for ring in topology.rings:
        if atom not in ring:
            continue
        for other in ring:
            if other == atom or topology.planar[other] or topology.elements[other] not in _STEREOCENTRE_ELEMENTS:
                continue
            outside = {classes[n] for n in topology.neighbours[other] if n not in ring}
            # Two hydrogens or two equal groups do not count; a hydrogen and a group do.
            if len(outside) + topology.hydrogens[other] == 2 and outside:
                return True
    return False


def _symmetry_ranks(mol: Chem.Mol) -> list[int]:
    return list(Chem.CanonicalRankAtoms(mol, breakTies=False))


def _equivalent_branches(topology: Topology, ranks: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return (centre, neighbour, neighbour) for atoms with exactly two neighbours of one rank."""
    matches = []
    for centre, near in enumerate(topology.neighbours):
        if len(near) < 3 or topology.aromatic[centre]:
            continue
        kinds = [ranks[n] for n in near]
        for i, a in enumerate(near):
            if kinds.count(kinds[i]) == 2 and kinds.index(kinds[i]) == i:
                matches.append((centre, a, near[kinds.index(kinds[i], i + 1)]))
    return matches


def _is_diastereotopic(mol: Chem.Mol, topology: Topology, ranks: Sequence[int], pair: tuple[int, int, int]) -> bool:
    """Return whether two equally ranked branches are diastereotopic."""
    centre, a, _ = pair
    others = [n for n in topology.neighbours[centre] if ranks[n] != ranks[a]]
    if topology.planar[centre]:
        far = [n for n in others if topology.orders[centre, n] == 2.0]
        if not far or topology.elements[far[0]] not in (6, 7):
            return False
        ends = [ranks[n] for n in topology.neighbours[far[0]] if n != centre]
        return topology.hydrogens[far[0]] < 2 and (len(ends) == 1 or len(set(ends)) == 2)
    if topology.elements[centre] == 7:
        return any(topology.is_carbonyl(n) and not _is_urea(topology, n) for n in others)
    return topology.elements[centre] in _STEREOCENTRE_ELEMENTS and _has_other_stereocentre(
        mol, topology, ranks, centre, a
    )


def _is_urea(topology: Topology, carbonyl: int) -> bool:
    """Return whether two nitrogens share a carbonyl; both then rotate fast at room temperature."""
    return sum(topology.elements[n] == 7 for n in topology.neighbours[carbonyl]) > 1


def _has_other_stereocentre(
    mol: Chem.Mol, topology: Topology, ranks: Sequence[int], atom: int, labelled_atom: int
) -> bool:
    """Return whether another atom than ``atom`` is a stereocentre, or becomes one by labelling.

    The label makes ``labelled_atom`` different from its equivalent atoms.
    """
    size = len(topology.elements)
    if any(_is_stereocentre(topology, ranks, x) for x in range(size) if x != atom):
        return True
    if ranks.count(ranks[labelled_atom]) == 1 and labelled_atom == atom and not topology.bond_ring:
        return False
    copy = Chem.Mol(mol)
    copy.GetAtomWithIdx(labelled_atom).SetIsotope(_HIGH_LABEL)
    broken_ranks = _symmetry_ranks(copy)
    return any(_is_stereocentre(topology, broken_ranks, x) for x in range(size) if x != atom)


def _is_stereocentre(topology: Topology, ranks: Sequence[int], atom: int) -> bool:
    """Return whether an atom has four different groups (three and a lone pair on sulfur)."""
    element, near = topology.elements[atom], topology.neighbours[atom]
    if element not in _STEREOCENTRE_ELEMENTS or len(near) < 3 or topology.hydrogens[atom] > 1:
        return False
    if element in (6, 14) and topology.planar[atom]:
        return False
    if element == 16 and len(near) != 3:
        return False
    return len({ranks[n] for n in near}) == len(near)


def _branch_shift(topology: Topology, h1: Mapping[int, Sequence[float]], centre: int, start: int) -> float | None:
    """Return the mean shift (ppm) of the carbon-bound protons of a branch nearest to its centre.

    None if the branch has no such proton.
    """
    seen, layer = {centre, start}, [start]
    while layer:
        values = [v for a in layer if topology.elements[a] == 6 for v in h1.get(a, ())]
        if values:
            return sum(values) / len(values)
        following = sorted({n for a in layer for n in topology.neighbours[a]} - seen)
        seen.update(following)
        layer = following
    return None
