"""Couplings of protons to fluorine and phosphorus, which split 1H lines."""

from __future__ import annotations

from collections.abc import Callable

from specmol_core.simulation.coupling_table import CouplingTable, Normal
from specmol_core.simulation.topology import Topology

__all__ = ["SPLITTING_ELEMENTS", "heteronuclear_couplings"]

SPLITTING_ELEMENTS = (9, 15)
_MAX_BONDS = 4
"""Bonds between the heavy atoms of the longest coupling path: H-C-C-C-C-F in a benzene ring."""


def heteronuclear_couplings(
    topology: Topology,
    spin: int,
    classes: list[int],
    table: CouplingTable,
    draw: Callable[..., float],
) -> dict[int, float]:
    """Return the coupling constants (Hz) of one F or P to protons, by the carbon of the protons.

    Parameters
    ----------
    spin
        Atom index of the F or P.
    draw
        Draws the coupling of a kind of pair; symmetric pairs get the same value.
    """
    rule = _fluorine if topology.elements[spin] == 9 else _phosphorus
    couplings: dict[int, float] = {}
    seen = {spin}
    paths: list[tuple[int, ...]] = [(spin,)]
    for _ in range(_MAX_BONDS):
        longer = [(*p, n) for p in paths for n in topology.neighbours[p[-1]] if n not in seen]
        seen.update(p[-1] for p in longer)
        for path in longer:
            atom = path[-1]
            if topology.elements[atom] != 6 or not topology.hydrogens[atom] or atom in couplings:
                continue
            normal = rule(topology, path, table)
            if normal is not None:
                couplings[atom] = draw(normal, "hetero", len(path), classes[spin], classes[atom])
        paths = longer
    return couplings


def _fluorine(graph: Topology, path: tuple[int, ...], table: CouplingTable) -> Normal | None:
    carbon, atom = path[1], path[-1]
    if graph.elements[carbon] != 6:
        return None
    distance = len(path) - 1
    fluorines = sum(graph.elements[n] == 9 for n in graph.neighbours[carbon])
    if graph.aromatic[carbon]:
        if graph.aromatic[atom]:
            same = graph.share_ring(carbon, atom)
            return (table.hf_ortho, table.hf_meta, table.hf_para)[distance - 2] if same and distance > 1 else None
        return table.hf_benzylic if distance == 3 and not graph.planar[atom] else None
    if distance == 1:
        if graph.planar[carbon]:
            return table.hf_geminal_planar
        return table.hf_geminal_difluoro if fluorines == 2 else table.hf_geminal
    if distance == 2:
        if graph.orders[carbon, atom] == 2.0:
            return table.hf_trans if graph.stereo.get((carbon, atom), 1) < 0 else table.hf_cis
        if graph.planar[carbon]:
            return table.hf_vicinal_difluoro
        return (table.hf_vicinal, table.hf_vicinal_difluoro, table.hf_vicinal_trifluoro)[fluorines - 1]
    if distance == 3 and graph.planar[carbon] and graph.orders[carbon, path[2]] == 2.0:
        return table.hf_allylic
    return None


def _phosphorus(graph: Topology, path: tuple[int, ...], table: CouplingTable) -> Normal | None:
    spin, distance = path[0], len(path) - 1
    oxidised = any(graph.orders[spin, n] == 2.0 for n in graph.neighbours[spin]) or len(graph.neighbours[spin]) == 4
    between = [graph.elements[a] for a in path[1:-1]]
    if distance == 1:
        return table.hp_oxide_geminal if oxidised else table.hp_phosphine_geminal
    if distance == 2:
        if between == [8]:
            return table.hp_ester if graph.hydrogens[path[-1]] == 3 else table.hp_ester_alkyl
        if between == [7]:
            return table.hp_amide
        if between == [6]:
            return table.hp_ortho if graph.aromatic[path[-1]] else table.hp_vicinal
    if distance == 3 and graph.aromatic[path[1]] and graph.aromatic[path[-1]]:
        return table.hp_meta
    return None
