"""Couplings between protons on one aromatic ring."""

from __future__ import annotations

from specmol_core.simulation.coupling_table import CouplingTable, FiveRing, Normal
from specmol_core.simulation.topology import Topology

__all__ = ["aromatic_four_bonds", "aromatic_vicinal"]


def aromatic_vicinal(graph: Topology, table: CouplingTable, a: int, b: int) -> Normal:
    """Return the distribution of the coupling (Hz) over an aromatic bond.

    It depends on the substituents and hetero atoms beside the bond.
    """
    ring = graph.rings[graph.bond_ring[a, b]]
    adjacent = [n for x, y in ((a, b), (b, a)) for n in graph.neighbours[x] if n != y]
    if len(ring) != 6:
        hetero, pyridine_like = _hetero_atoms(graph, ring)
        values = _five_ring(graph, table, hetero)
        normal = values.alpha_beta if hetero in adjacent else values.beta_beta
        azole = any(n in pyridine_like for n in adjacent)
        return Normal(normal.mean * table.azole_factor, normal.standard_deviation) if azole else normal
    nitrogen = sum(graph.elements[n] != 6 for n in adjacent)
    if nitrogen:
        return table.pyrazine if nitrogen == 2 else table.pyridine_alpha_beta
    substituted = sum(graph.hydrogens[n] == 0 for n in adjacent)
    return Normal(table.ortho.mean + substituted * table.ortho_substituent, table.ortho.standard_deviation)


def aromatic_four_bonds(graph: Topology, table: CouplingTable, a: int, middle: int, b: int) -> Normal | None:
    """Return the distribution of the coupling (Hz) over two aromatic bonds; None across rings."""
    ring = next((r for r in graph.rings if a in r and middle in r and b in r), None)
    if ring is None:
        return None
    if len(ring) == 6:
        return table.meta if graph.elements[middle] == 6 else table.across_nitrogen
    hetero, _ = _hetero_atoms(graph, ring)
    values = _five_ring(graph, table, hetero)
    both = hetero in graph.neighbours[a] and hetero in graph.neighbours[b]
    return values.alpha_alpha if both else values.alpha_beta_across


def _hetero_atoms(graph: Topology, ring: tuple[int, ...]) -> tuple[int, list[int]]:
    """Return the atom that gives two electrons to a five-membered ring, and its pyridine-like N.

    Without such an atom the first ring atom is used.
    """
    donors = [a for a in ring if graph.elements[a] not in (6, 7)]
    nitrogen = [a for a in ring if graph.elements[a] == 7]
    donors += [a for a in nitrogen if len(graph.neighbours[a]) + graph.hydrogens[a] == 3]
    hetero = donors[0] if donors else ring[0]
    return hetero, [a for a in nitrogen if a != hetero and len(graph.neighbours[a]) == 2]


def _five_ring(graph: Topology, table: CouplingTable, hetero: int) -> FiveRing:
    element = graph.elements[hetero]
    return {8: table.furan, 16: table.thiophene, 34: table.thiophene}.get(element, table.pyrrole)
