"""The spin system of a molecule: groups of magnetically equivalent protons and their couplings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.coupling_table import COUPLINGS, CouplingTable
from specmol_core.simulation.couplings import Proton, ProtonCouplings
from specmol_core.simulation.equivalence import chemical_classes, diastereotopic_methylenes
from specmol_core.simulation.proton_heteronuclear import SPLITTING_ELEMENTS, heteronuclear_couplings
from specmol_core.simulation.topology import Topology, read_topology

__all__ = ["SpinGroup", "SpinSystem", "spin_system"]

MIN_COUPLING_HZ = 0.15
"""Smaller couplings are ignored (Hz): no line of a solution spectrum is sharp enough to show
them."""

GroupKind = tuple[int, int]
"""Class of the heavy atom, and 0 or 1 for the protons of a diastereotopic CH2 (else 0).

Groups of one kind are chemically equivalent.
"""


@dataclass(frozen=True)
class SpinGroup:
    """Magnetically equivalent spins."""

    kind: GroupKind
    count: int
    """Spins in the group."""
    atoms: tuple[int, ...]
    """Heavy atoms that carry the protons; for F and P the atoms themselves."""
    ppm: float
    """Chemical shift (ppm), the mean over all chemically equivalent protons; NaN for F and P."""

    @property
    def is_proton(self) -> bool:
        """Whether the spins are protons, not F or P."""
        return self.ppm == self.ppm


@dataclass(frozen=True)
class SpinSystem:
    """All groups of magnetically equivalent spins of one molecule, and their couplings."""

    groups: tuple[SpinGroup, ...]
    couplings: NDArray[np.float64]
    """(groups, groups) coupling constants (Hz), symmetric, 0 on the diagonal."""


def spin_system(
    mol: Chem.Mol,
    shifts: AtomShifts,
    rng: np.random.Generator,
    table: CouplingTable = COUPLINGS,
    topology: Topology | None = None,
) -> SpinSystem:
    """Return the spin system of protons on carbon, F and P, with couplings from ``table``.

    Parameters
    ----------
    mol
        Molecule with implicit hydrogens; atom indices are those of the shifts. Carbons whose
        protons have no shift are left out.
    topology
        Topology of ``mol``, if it is already known.

    Raises
    ------
    ValueError
        If the number of shifts of a carbon is not its number of protons, or a shift is not finite.
    """
    graph = topology or read_topology(mol)
    h1 = {a: shifts.h1[a] for a in sorted(shifts.h1) if shifts.h1[a] and graph.elements[a] == 6}
    for atom, values in h1.items():
        if len(values) != graph.hydrogens[atom]:
            raise ValueError(f"atom {atom} has {graph.hydrogens[atom]} hydrogens and {len(values)} 1H shifts")
        if not all(np.isfinite(values)):
            raise ValueError(f"atom {atom} has a 1H shift that is not finite: {values}")
    classes = chemical_classes(mol, graph, h1)
    diastereotopic = diastereotopic_methylenes(mol, graph, classes, h1)
    rules = ProtonCouplings(graph, classes, diastereotopic, table, rng)
    groups, groups_of_atom = _protons(graph, classes, diastereotopic, h1)
    matrix = np.zeros((len(groups), len(groups)))
    _couple_protons(graph, groups_of_atom, rules, matrix)
    groups, matrix = _add_heteronuclei(graph, classes, table, rules, groups, groups_of_atom, matrix)
    matrix[np.abs(matrix) < MIN_COUPLING_HZ] = 0.0
    return _merge_equivalent(groups, matrix)


def _protons(
    graph: Topology, classes: Sequence[int], diastereotopic: set[int], h1: Mapping[int, Sequence[float]]
) -> tuple[list[SpinGroup], dict[int, list[tuple[int, Proton]]]]:
    """Return one group for each CH, CH2 or CH3.

    Two for a CH2 with different protons or in a ring.
    """
    group_specs: list[tuple[GroupKind, int, int]] = []
    values: dict[GroupKind, list[float]] = {}
    groups_of_atom: dict[int, list[tuple[int, Proton]]] = {}
    for atom, ppm in h1.items():
        ring = len(ppm) == 2 and any((atom, n) in graph.bond_ring for n in graph.neighbours[atom])
        are_distinct = atom in diastereotopic
        slots = (0, 1) if are_distinct or ring else (0,)
        groups_of_atom[atom] = []
        for slot in slots:
            kind = (classes[atom], slot if are_distinct else 0)
            groups_of_atom[atom].append((len(group_specs), (atom, slot)))
            group_specs.append((kind, len(ppm) // len(slots), atom))
            # Slot 0 is the proton with the higher shift of a diastereotopic pair.
            values.setdefault(kind, []).extend(sorted(ppm, reverse=True)[slot : slot + 1] if are_distinct else ppm)
    mean = {kind: sum(v) / len(v) for kind, v in values.items()}
    return [SpinGroup(kind, count, (atom,), mean[kind]) for kind, count, atom in group_specs], groups_of_atom


def _couple_protons(
    graph: Topology,
    groups_of_atom: Mapping[int, list[tuple[int, Proton]]],
    rules: ProtonCouplings,
    matrix: NDArray[np.float64],
) -> None:
    """Fill in the couplings over two to five bonds, along the shortest path between two carbons."""
    for atom, atom_groups in groups_of_atom.items():
        if len(atom_groups) == 2:
            first, second = atom_groups[0][0], atom_groups[1][0]
            matrix[first, second] = matrix[second, first] = rules.geminal(atom)
        visited = {atom}
        for path in _paths(graph, atom):
            other = path[-1]
            if other in visited:
                continue
            visited.add(other)
            if other < atom or other not in groups_of_atom:
                continue
            for i, a in atom_groups:
                for j, b in groups_of_atom[other]:
                    matrix[i, j] = matrix[j, i] = _coupling_between(rules, a, path, b)


def _coupling_between(rules: ProtonCouplings, a: Proton, path: tuple[int, ...], b: Proton) -> float:
    if len(path) == 2:
        return rules.vicinal(a, b)
    if len(path) == 3:
        return rules.four_bonds(a, path[1], b)
    return rules.five_bonds(a, path[1], path[2], b)


def _paths(graph: Topology, atom: int) -> list[tuple[int, ...]]:
    """Return the paths of one to three bonds from an atom, short ones first.

    Longer paths are included only along double, triple or aromatic bonds.
    """
    near = graph.neighbours[atom]
    paths: list[tuple[int, ...]] = [(atom, b) for b in near]
    mobile = [b for b in near if graph.planar[b] or graph.linear[b]]
    second = [(atom, b, c) for b in mobile for c in graph.neighbours[b] if c != atom]
    third = [
        (*p, d)
        for p in second
        if graph.planar[p[2]] or graph.linear[p[2]]
        for d in graph.neighbours[p[2]]
        if d != p[1] and d != atom
    ]
    return paths + second + third


def _add_heteronuclei(
    graph: Topology,
    classes: list[int],
    table: CouplingTable,
    rules: ProtonCouplings,
    groups: list[SpinGroup],
    groups_of_atom: Mapping[int, list[tuple[int, Proton]]],
    matrix: NDArray[np.float64],
) -> tuple[list[SpinGroup], NDArray[np.float64]]:
    """Append one group for each F and P."""
    spins = [a for a, element in enumerate(graph.elements) if element in SPLITTING_ELEMENTS]
    if not spins:
        return groups, matrix
    size = len(groups)
    extended = np.zeros((size + len(spins), size + len(spins)))
    extended[:size, :size] = matrix
    for row, spin in enumerate(spins, size):
        for atom, constant in heteronuclear_couplings(graph, spin, classes, table, rules.draw).items():
            for column, _ in groups_of_atom.get(atom, ()):
                extended[row, column] = extended[column, row] = constant
    kinds = [SpinGroup((classes[a], 0), 1, (a,), float("nan")) for a in spins]
    return groups + kinds, extended


def _merge_equivalent(groups: list[SpinGroup], matrix: NDArray[np.float64]) -> SpinSystem:
    """Merge magnetically equivalent groups: one kind, and equal couplings to all others."""
    by_kind: dict[tuple[GroupKind, bool], list[int]] = {}
    for i, group in enumerate(groups):
        by_kind.setdefault((group.kind, group.is_proton), []).append(i)
    representatives, merged_members = [], {}
    for members in by_kind.values():
        is_uniform = _have_equal_couplings(matrix, members)
        parts: dict[tuple[int, ...], list[int]] = {}
        for i in members:
            parts.setdefault(() if is_uniform else groups[i].atoms, []).append(i)
        for part in parts.values():
            is_equivalent = is_uniform or len(part) == 1 or _have_equal_couplings(matrix, part)
            for unit in [part] if is_equivalent else [[i] for i in part]:
                representatives.append(unit[0])
                merged_members[unit[0]] = unit
    representatives.sort()
    merged = []
    for i in representatives:
        atoms = tuple(sorted({a for j in merged_members[i] for a in groups[j].atoms}))
        merged.append(SpinGroup(groups[i].kind, sum(groups[j].count for j in merged_members[i]), atoms, groups[i].ppm))
    couplings = matrix[np.ix_(representatives, representatives)]
    np.fill_diagonal(couplings, 0.0)
    return SpinSystem(tuple(merged), couplings)


def _have_equal_couplings(matrix: NDArray[np.float64], members: list[int]) -> bool:
    """Return whether spins have equal couplings to every spin outside ``members``."""
    if len(members) == 1:
        return True
    rows = matrix[members]
    rows[:, members] = 0.0
    return bool((rows == rows[0]).all())
