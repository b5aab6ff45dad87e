"""1H lines of a molecule at a given field, from the chemical shifts of its protons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.clusters import ClusterLines, cluster_lines, group_lines, split_into_clusters
from specmol_core.simulation.multiplets import describe_multiplet
from specmol_core.simulation.spin_system import SpinSystem, spin_system
from specmol_core.simulation.splitting import PairCorrections, pair_corrections
from specmol_core.simulation.topology import Topology

__all__ = ["GroupPattern", "ProtonLines", "ProtonSignal", "group_patterns", "proton_lines"]

_MIN_FREQUENCY_MHZ, _MAX_FREQUENCY_MHZ = 10.0, 2000.0


@dataclass(frozen=True)
class ProtonSignal:
    """Chemically equivalent protons."""

    ppm: float
    """Mean shift of the group."""
    protons: int
    atoms: tuple[int, ...]
    """Carbons that carry the protons."""
    multiplicity: str
    """s, d, t, q, quint, sext, sept, dd, dt, ...; m if the protons are strongly coupled."""
    couplings_hz: tuple[float, ...]
    """Absolute coupling constants (Hz), one per splitting, in falling order; empty for s and m."""


@dataclass(frozen=True)
class ProtonLines:
    """All lines of the protons on carbon."""

    ppm: NDArray[np.float64]
    """(lines,) chemical shift (ppm), falling."""
    area: NDArray[np.float64]
    """(lines,) area in protons; the sum is the number of protons on carbon."""
    signals: tuple[ProtonSignal, ...]
    """One signal for each chemically different kind of proton, by falling shift."""


def proton_lines(
    mol: Chem.Mol,
    shifts: AtomShifts,
    frequency_mhz: float,
    rng: np.random.Generator,
    topology: Topology | None = None,
) -> ProtonLines:
    """Return the lines of all protons on carbon, with second-order patterns at strong coupling.

    Shifts are averaged over equivalent protons; their uncertainty is ignored. Protons on
    heteroatoms exchange, so they have no lines here and split nothing. Fluorine and phosphorus
    split in first order.

    Parameters
    ----------
    mol
        Molecule with implicit hydrogens; atom indices are those of the shifts.
    frequency_mhz
        1H frequency of the instrument (MHz).
    rng
        Draws the coupling constants and the geometry that the structure leaves open.
    topology
        Topology of ``mol``, if it is already known.

    Raises
    ------
    ValueError
        If the number of shifts of a carbon is not its number of protons, a shift is not finite, or
        the frequency is outside the range of NMR instruments.
    """
    if not _MIN_FREQUENCY_MHZ <= frequency_mhz <= _MAX_FREQUENCY_MHZ:
        raise ValueError(
            f"the 1H frequency must be between {_MIN_FREQUENCY_MHZ:g} and {_MAX_FREQUENCY_MHZ:g} MHz, "
            f"not {frequency_mhz}"
        )
    system = spin_system(mol, shifts, rng, topology=topology)
    ppm, area = _all_lines(system, frequency_mhz)
    return ProtonLines(ppm, area, _signals(system, frequency_mhz))


@dataclass(frozen=True)
class GroupPattern:
    """The multiplet of chemically equivalent protons, as it stands around their shift."""

    ppm: float
    """Mean shift of the group."""
    protons: int
    atoms: tuple[int, ...]
    """Carbons that carry the protons."""
    offset_hz: NDArray[np.float64]
    """(lines,) distance of each line from the shift (Hz), positive towards high shift."""
    area: NDArray[np.float64]
    """(lines,) area in protons; the sum is ``protons``."""


def group_patterns(
    mol: Chem.Mol,
    shifts: AtomShifts,
    frequency_mhz: float,
    rng: np.random.Generator,
    topology: Topology | None = None,
) -> tuple[GroupPattern, ...]:
    """Return the multiplet of each kind of proton on carbon, by falling shift.

    Together the patterns have the lines of ``proton_lines``, which has the same parameters. A fit
    moves each of them as a whole.

    Raises
    ------
    ValueError
        As ``proton_lines``.
    """
    system = spin_system(mol, shifts, rng, topology=topology)
    hz = np.array([g.ppm for g in system.groups], dtype=np.float64) * frequency_mhz
    corrections = pair_corrections(system.couplings, hz)
    parts: dict[tuple[int, int], list[tuple[ClusterLines, float]]] = {}
    for members, copies in _components(system):
        for i, lines in _component_patterns(system, members, hz, corrections):
            parts.setdefault(system.groups[i].kind, []).append((lines, float(copies)))
    patterns = []
    for kind, found in parts.items():
        same = [g for g in system.groups if g.is_proton and g.kind == kind]
        offset = np.concatenate([lines.hz - same[0].ppm * frequency_mhz for lines, _ in found])
        area = np.concatenate([lines.area * copies for lines, copies in found])
        atoms = tuple(sorted({a for g in same for a in g.atoms}))
        patterns.append(GroupPattern(same[0].ppm, round(float(area.sum())), atoms, offset, area))
    return tuple(sorted(patterns, key=lambda p: (-p.ppm, p.atoms)))


def _component_patterns(
    system: SpinSystem, members: list[int], hz: NDArray[np.float64], corrections: PairCorrections
) -> list[tuple[int, ClusterLines]]:
    """Return the lines of each group of one set of coupled groups."""
    if len({system.groups[i].kind for i in members}) == 1 and not _has_heteronuclear_coupling(system, members):
        count = float(sum(system.groups[i].count for i in members))
        return [(members[0], ClusterLines(hz[members[:1]], np.array([count])))]
    return [
        (i, lines)
        for cluster in split_into_clusters(system, members, hz)
        for i, lines in zip(cluster, group_lines(system, cluster, hz, corrections), strict=True)
    ]


def _all_lines(system: SpinSystem, frequency_mhz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hz = np.array([g.ppm for g in system.groups], dtype=np.float64) * frequency_mhz
    corrections = pair_corrections(system.couplings, hz)
    positions, areas = [np.zeros(0)], [np.zeros(0)]
    for members, copies in _components(system):
        if len({system.groups[i].kind for i in members}) == 1 and not _has_heteronuclear_coupling(system, members):
            # Isochronous spins that couple with no other spin give one line.
            positions.append(hz[members[:1]])
            areas.append(np.array([float(copies * sum(system.groups[i].count for i in members))]))
            continue
        for cluster in split_into_clusters(system, members, hz):
            lines = cluster_lines(system, cluster, hz, corrections)
            positions.append(lines.hz)
            areas.append(lines.area * copies)
    ppm, area = np.concatenate(positions) / frequency_mhz, np.concatenate(areas)
    order = np.argsort(-ppm, kind="stable")
    return ppm[order], area[order]


def _components(system: SpinSystem) -> list[tuple[list[int], int]]:
    """Return each set of groups connected by couplings, and how often symmetry repeats it."""
    unvisited = {i for i, g in enumerate(system.groups) if g.is_proton}
    coupled_to = {i: [j for j in row.nonzero()[0].tolist() if j in unvisited] for i, row in enumerate(system.couplings)}
    components: dict[tuple[tuple[int, int, int], ...], tuple[list[int], int]] = {}
    for start in sorted(unvisited):
        if start not in unvisited:
            continue
        unvisited.discard(start)
        members, queue = [start], [start]
        while queue:
            new_members = [j for j in coupled_to[queue.pop()] if j in unvisited]
            unvisited.difference_update(new_members)
            queue.extend(new_members)
            members.extend(new_members)
        members.sort()
        signature = tuple(sorted((*system.groups[i].kind, system.groups[i].count) for i in members))
        first, copies = components.get(signature, (members, 0))
        components[signature] = (first, copies + 1)
    return list(components.values())


def _has_heteronuclear_coupling(system: SpinSystem, members: list[int]) -> bool:
    """Return whether F or P couples with any of these protons."""
    return any(not system.groups[j].is_proton for i in members for j in system.couplings[i].nonzero()[0].tolist())


def _signals(system: SpinSystem, frequency_mhz: float) -> tuple[ProtonSignal, ...]:
    by_kind: dict[tuple[int, int], list[int]] = {}
    for i, group in enumerate(system.groups):
        if group.is_proton:
            by_kind.setdefault(group.kind, []).append(i)
    signals = []
    for members in by_kind.values():
        groups = [system.groups[i] for i in members]
        atoms = tuple(sorted({a for g in groups for a in g.atoms}))
        multiplicity, constants = describe_multiplet(system, members, frequency_mhz)
        protons = sum(g.count for g in groups)
        signals.append(ProtonSignal(groups[0].ppm, protons, atoms, multiplicity, constants))
    return tuple(sorted(signals, key=lambda s: (-s.ppm, s.atoms)))
