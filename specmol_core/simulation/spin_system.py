"""The spin system of a molecule: groups of magnetically equivalent protons and the couplings between them."""

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
from specmol_core.simulation.heteronuclear import SPLITTING_ELEMENTS, heteronuclear_couplings
from specmol_core.simulation.topology import Topology, read_topology

__all__ = ["Group", "SpinSystem", "spin_system"]

SMALLEST_COUPLING = 0.15
"""Couplings below this are left out (Hz): no line of a solution spectrum is sharp enough to show them."""

Kind = tuple[int, int]
"""Class of the heavy atom, and 0 or 1 for the protons of a diastereotopic CH2; equal means chemically equivalent."""


@dataclass(frozen=True)
class Group:
    """Magnetically equivalent spins."""

    kind: Kind
    count: int
    """Spins in the group."""
    atoms: tuple[int, ...]
    """Heavy atoms that bear them (or are them, for F and P)."""
    ppm: float
    """Chemical shift, the mean of all chemically equivalent protons; NaN for F and P."""

    @property
    def is_proton(self) -> bool:
        return self.ppm == self.ppm


@dataclass(frozen=True)
class SpinSystem:
    """All groups of one molecule."""

    groups: tuple[Group, ...]
    couplings: NDArray[np.float64]
    """(groups, groups), Hz, symmetric, 0 on the diagonal."""


def spin_system(
    mol: Chem.Mol,
    shifts: AtomShifts,
    rng: np.random.Generator,
    table: CouplingTable = COUPLINGS,
    topology: Topology | None = None,
) -> SpinSystem:
    """Groups of equivalent protons on carbon, and of F and P, with coupling constants drawn from ``table``.

    Parameters
    ----------
    mol
        Molecule with implicit hydrogens, its atoms in the order of the shifts. Carbons without a shift of
        their protons are left out.
    topology
        That of the molecule, where it has been read already.

    Raises
    ------
    ValueError
        If a carbon has a number of shifts that is not its number of protons, or a shift is not finite.
    """
    graph = topology or read_topology(mol)
    h1 = {a: shifts.h1[a] for a in sorted(shifts.h1) if shifts.h1[a] and graph.elements[a] == 6}
    for atom, values in h1.items():
        if len(values) != graph.hydrogens[atom]:
            raise ValueError(f"atom {atom} has {graph.hydrogens[atom]} hydrogens and {len(values)} 1H shifts")
        if not all(np.isfinite(values)):
            raise ValueError(f"atom {atom} has a 1H shift that is not finite: {values}")
    classes = chemical_classes(mol, graph, h1)
    parted = diastereotopic_methylenes(mol, graph, classes, h1)
    rules = ProtonCouplings(graph, classes, parted, table, rng)
    groups, of_atom = _protons(graph, classes, parted, h1)
    matrix = np.zeros((len(groups), len(groups)))
    _couple_protons(graph, of_atom, rules, matrix)
    groups, matrix = _add_heteronuclei(graph, classes, table, rules, groups, of_atom, matrix)
    matrix[np.abs(matrix) < SMALLEST_COUPLING] = 0.0
    return _merged(groups, matrix)


def _protons(
    graph: Topology, classes: Sequence[int], parted: set[int], h1: Mapping[int, Sequence[float]]
) -> tuple[list[Group], dict[int, list[tuple[int, Proton]]]]:
    """One group for each CH, CH2 or CH3; two where the protons of a CH2 differ or are on a ring."""
    planned: list[tuple[Kind, int, int]] = []
    values: dict[Kind, list[float]] = {}
    of_atom: dict[int, list[tuple[int, Proton]]] = {}
    for atom, ppm in h1.items():
        ring = len(ppm) == 2 and any((atom, n) in graph.bond_ring for n in graph.neighbours[atom])
        two = atom in parted
        slots = (0, 1) if two or ring else (0,)
        of_atom[atom] = []
        for slot in slots:
            kind = (classes[atom], slot if two else 0)
            of_atom[atom].append((len(planned), (atom, slot)))
            planned.append((kind, len(ppm) // len(slots), atom))
            # The proton with the higher shift of a diastereotopic pair comes first everywhere.
            values.setdefault(kind, []).extend(sorted(ppm, reverse=True)[slot : slot + 1] if two else ppm)
    mean = {kind: sum(v) / len(v) for kind, v in values.items()}
    return [Group(kind, count, (atom,), mean[kind]) for kind, count, atom in planned], of_atom


def _couple_protons(
    graph: Topology,
    of_atom: Mapping[int, list[tuple[int, Proton]]],
    rules: ProtonCouplings,
    matrix: NDArray[np.float64],
) -> None:
    """Fill in the couplings over two to five bonds; the shortest path between two carbons counts."""
    for atom, own in of_atom.items():
        if len(own) == 2:
            first, second = own[0][0], own[1][0]
            matrix[first, second] = matrix[second, first] = rules.geminal(atom)
        done = {atom}
        for path in _paths(graph, atom):
            other = path[-1]
            if other in done:
                continue
            done.add(other)
            if other < atom or other not in of_atom:
                continue
            for i, a in own:
                for j, b in of_atom[other]:
                    matrix[i, j] = matrix[j, i] = _between(rules, a, path, b)


def _between(rules: ProtonCouplings, a: Proton, path: tuple[int, ...], b: Proton) -> float:
    if len(path) == 2:
        return rules.vicinal(a, b)
    if len(path) == 3:
        return rules.four_bonds(a, path[1], b)
    return rules.five_bonds(a, path[1], path[2], b)


def _paths(graph: Topology, atom: int) -> list[tuple[int, ...]]:
    """Paths of one to three bonds from an atom, short ones first; the longer ones only where electrons are mobile."""
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
    groups: list[Group],
    of_atom: Mapping[int, list[tuple[int, Proton]]],
    matrix: NDArray[np.float64],
) -> tuple[list[Group], NDArray[np.float64]]:
    """Append one group for every F and P."""
    spins = [a for a, element in enumerate(graph.elements) if element in SPLITTING_ELEMENTS]
    if not spins:
        return groups, matrix
    size = len(groups)
    larger = np.zeros((size + len(spins), size + len(spins)))
    larger[:size, :size] = matrix
    for row, spin in enumerate(spins, size):
        for atom, constant in heteronuclear_couplings(graph, spin, classes, table, rules.draw).items():
            for column, _ in of_atom.get(atom, ()):
                larger[row, column] = larger[column, row] = constant
    kinds = [Group((classes[a], 0), 1, (a,), float("nan")) for a in spins]
    return groups + kinds, larger


def _merged(groups: list[Group], matrix: NDArray[np.float64]) -> SpinSystem:
    """Join groups that are magnetically equivalent: of one kind, with the same couplings to everything else."""
    by_kind: dict[tuple[Kind, bool], list[int]] = {}
    for i, group in enumerate(groups):
        by_kind.setdefault((group.kind, group.is_proton), []).append(i)
    kept, joined = [], {}
    for members in by_kind.values():
        whole = _are_alike(matrix, members)
        parts: dict[tuple[int, ...], list[int]] = {}
        for i in members:
            parts.setdefault(() if whole else groups[i].atoms, []).append(i)
        for part in parts.values():
            alike = whole or len(part) == 1 or _are_alike(matrix, part)
            for unit in [part] if alike else [[i] for i in part]:
                kept.append(unit[0])
                joined[unit[0]] = unit
    kept.sort()
    merged = []
    for i in kept:
        atoms = tuple(sorted({a for j in joined[i] for a in groups[j].atoms}))
        merged.append(Group(groups[i].kind, sum(groups[j].count for j in joined[i]), atoms, groups[i].ppm))
    couplings = matrix[np.ix_(kept, kept)]
    np.fill_diagonal(couplings, 0.0)
    return SpinSystem(tuple(merged), couplings)


def _are_alike(matrix: NDArray[np.float64], members: list[int]) -> bool:
    """Whether spins have the same coupling to every spin that is not one of them."""
    if len(members) == 1:
        return True
    rows = matrix[members]
    rows[:, members] = 0.0
    return bool((rows == rows[0]).all())
