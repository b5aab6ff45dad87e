"""The 1H lines of a molecule at a given field, from the chemical shifts of its protons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.clusters import cluster_lines, split_into_clusters
from specmol_core.simulation.multiplets import describe_multiplet
from specmol_core.simulation.spin_system import SpinSystem, spin_system
from specmol_core.simulation.splitting import pair_corrections
from specmol_core.simulation.topology import Topology

__all__ = ["ProtonLines", "ProtonSignal", "proton_lines"]

_MIN_FREQUENCY_MHZ, _MAX_FREQUENCY_MHZ = 10.0, 2000.0


@dataclass(frozen=True)
class ProtonSignal:
    """Chemically equivalent protons."""

    ppm: float
    """Mean shift of the group."""
    protons: int
    atoms: tuple[int, ...]
    """Carbons that bear them."""
    multiplicity: str
    """s, d, t, q, quint, sext, sept, dd, dt, ...; m where protons are strongly coupled."""
    couplings_hz: tuple[float, ...]
    """Absolute coupling constants, one for each letter of the multiplicity, falling (Hz); empty for s and m."""


@dataclass(frozen=True)
class ProtonLines:
    """Every line of the protons on carbon."""

    ppm: NDArray[np.float64]
    """(lines,), falling."""
    area: NDArray[np.float64]
    """(lines,): 1 for each proton; the sum is the number of protons on carbon."""
    signals: tuple[ProtonSignal, ...]
    """One for each chemically different kind of proton, by falling shift."""


def proton_lines(
    mol: Chem.Mol,
    shifts: AtomShifts,
    frequency_mhz: float,
    rng: np.random.Generator,
    topology: Topology | None = None,
) -> ProtonLines:
    """Lines of all protons on carbon, with second-order patterns where shifts differ by little against J.

    The shifts are taken as they are, averaged over equivalent protons; their spread is not looked at. Protons on
    heteroatoms exchange: they have no lines here and split nothing. Fluorine and phosphorus split in first order.

    Parameters
    ----------
    mol
        Molecule with implicit hydrogens, its atoms in the order of the shifts.
    frequency_mhz
        1H frequency of the instrument.
    rng
        Only source of chance: the coupling constants, and what the structure leaves open about its geometry.
    topology
        That of the molecule, where it has been read already.

    Raises
    ------
    ValueError
        If a carbon has a number of shifts that is not its number of protons, a shift is not finite, or the
        frequency is none of an NMR instrument.
    """
    if not _MIN_FREQUENCY_MHZ <= frequency_mhz <= _MAX_FREQUENCY_MHZ:
        raise ValueError(
            f"a 1H frequency lies between {_MIN_FREQUENCY_MHZ:g} and {_MAX_FREQUENCY_MHZ:g} MHz, not {frequency_mhz}"
        )
    system = spin_system(mol, shifts, rng, topology=topology)
    ppm, area = _all_lines(system, frequency_mhz)
    return ProtonLines(ppm, area, _signals(system, frequency_mhz))


def _all_lines(system: SpinSystem, frequency_mhz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hz = np.array([g.ppm for g in system.groups], dtype=np.float64) * frequency_mhz
    corrections = pair_corrections(system.couplings, hz)
    positions, areas = [np.zeros(0)], [np.zeros(0)]
    for members, copies in _components(system):
        if len({system.groups[i].kind for i in members}) == 1 and not _has_heteronuclear_coupling(system, members):
            # Isochronous spins that couple with nothing else give one line, however they couple among themselves.
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
    """Groups of protons that hang together by couplings, and how often symmetry repeats each set."""
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
    """Whether F or P couples with any of these protons."""
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
