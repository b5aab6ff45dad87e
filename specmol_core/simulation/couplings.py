"""Coupling constants of pairs of protons, by the bond path between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specmol_core.simulation.aromatic_couplings import aromatic_four_bonds, aromatic_vicinal
from specmol_core.simulation.coupling_table import CouplingTable, Normal
from specmol_core.simulation.ring_geometry import RingGeometry
from specmol_core.simulation.topology import Topology

__all__ = ["Proton", "ProtonCouplings"]

Proton = tuple[int, int]
"""Index of the carbon, and 0 or 1 for the two protons of a CH2 if they differ (else 0)."""


class ProtonCouplings:
    """Coupling constants (Hz, signed) between protons on carbon, drawn once for each kind of pair.

    Symmetric pairs share one value. Each distribution is cut at two standard deviations.

    Parameters
    ----------
    classes
        Equivalence class of each heavy atom.
    diastereotopic
        Carbons with two diastereotopic protons.
    """

    def __init__(
        self,
        topology: Topology,
        classes: Sequence[int],
        diastereotopic: set[int],
        table: CouplingTable,
        rng: np.random.Generator,
    ) -> None:
        self._graph, self._classes, self._diastereotopic, self._table, self._rng = (
            topology,
            classes,
            diastereotopic,
            table,
            rng,
        )
        self._rings = RingGeometry(topology, classes, diastereotopic, table, rng)
        self._values: dict[tuple[object, ...], float] = {}
        self._high_is_trans: dict[int, bool] = {}

    def draw(self, normal: Normal, *kind: object) -> float:
        """Return the coupling (Hz) of a kind of pair; the first call draws it."""
        value = self._values.get(kind)
        if value is None:
            value = normal.mean + normal.standard_deviation * min(max(float(self._rng.standard_normal()), -2.0), 2.0)
            self._values[kind] = value
        return value

    def geminal(self, atom: int) -> float:
        """Return the coupling (Hz) between the two protons of one carbon."""
        return self.draw(self._geminal(atom), "geminal", self._classes[atom])

    def _geminal(self, atom: int) -> Normal:
        graph, table = self._graph, self._table
        near = graph.neighbours[atom]
        if graph.planar[atom]:
            far = next(n for n in near if graph.orders[atom, n] == 2.0)
            return table.geminal_vinyl_hetero if graph.electronegative_count(far) else table.geminal_vinyl
        size = min((graph.ring_size(atom, n) for n in near if graph.ring_size(atom, n)), default=0)
        hetero = graph.electronegative_count(atom)
        if size == 3 and any(graph.elements[n] == 8 for a in near for n in graph.neighbours[a]):
            return table.geminal_epoxide
        if hetero >= 2 and size == 5:
            return table.geminal_between_hetero
        base = dict(table.geminal_ring).get(size, table.geminal)
        if size == 3:
            return base
        pi = sum(graph.planar[n] or graph.linear[n] for n in near)
        return Normal(base.mean + hetero * table.geminal_hetero + pi * table.geminal_pi, base.standard_deviation)

    def vicinal(self, a: Proton, b: Proton) -> float:
        """Return the coupling (Hz) over three bonds, H-C-C-H."""
        order = self._graph.orders[a[0], b[0]]
        if order == 1.5:
            return self.draw(aromatic_vicinal(self._graph, self._table, a[0], b[0]), "ortho", *self._pair(a, b))
        if order == 2.0:
            return self._olefinic(a, b)
        ring = self._graph.bond_ring.get((a[0], b[0]))
        if ring is not None:
            return self._ring_vicinal(ring, a, b)
        return self._open_vicinal(a, b)

    def four_bonds(self, a: Proton, middle: int, b: Proton) -> float:
        """Return the coupling (Hz) over four bonds, H-C-C-C-H; 0 if it is too small to see."""
        graph, table = self._graph, self._table
        first, second = graph.orders[a[0], middle], graph.orders[middle, b[0]]
        kind = ("four", *self._pair(a, b))
        if first == second == 1.5:
            normal = aromatic_four_bonds(graph, table, a[0], middle, b[0])
            return self.draw(normal, *kind) if normal else 0.0
        if first == second or max(first, second) == 1.0:
            return 0.0
        if max(first, second) == 3.0:
            return self.draw(table.propargylic, *kind)
        if max(first, second) == 1.5:
            size = min(len(r) for r in graph.rings if middle in r)
            return self.draw(table.benzylic if size == 6 else table.heteroaryl_methyl, *kind)
        if graph.is_carbonyl(a[0]) or graph.is_carbonyl(b[0]):
            return 0.0
        return self.draw(table.allylic, *kind)

    def five_bonds(self, a: Proton, near: int, far: int, b: Proton) -> float:
        """Return the coupling (Hz) over five bonds, H-C-C-C-C-H; 0 if it is too small to see."""
        graph, table = self._graph, self._table
        if graph.aromatic[a[0]] and graph.aromatic[b[0]]:
            ring = next((r for r in graph.rings if all(x in r for x in (a[0], near, far, b[0]))), None)
            if ring is None or len(ring) != 6:
                return 0.0
            nitrogen = any(graph.elements[n] != 6 for n in ring)
            return self.draw(table.para_nitrogen if nitrogen else table.para, "para", *self._pair(a, b))
        outer = graph.orders[a[0], near], graph.orders[far, b[0]]
        middle = graph.orders[near, far]
        if outer != (1.0, 1.0) or middle < 2.0:
            return 0.0
        normal = table.homopropargylic if middle == 3.0 else table.homoallylic
        return self.draw(normal, "five", *self._pair(a, b))

    def _pair(self, a: Proton, b: Proton) -> tuple[tuple[int, int], tuple[int, int]]:
        # If the protons of a CH2 are equivalent, the slot only gives the face of the ring.
        first, second = ((self._classes[x], slot if x in self._diastereotopic else 0) for x, slot in (a, b))
        return (first, second) if first <= second else (second, first)

    def _olefinic(self, a: Proton, b: Proton) -> float:
        graph, table = self._graph, self._table
        size = graph.ring_size(a[0], b[0])
        hetero = graph.electronegative_count(a[0], b[0]) + graph.electronegative_count(b[0], a[0])
        change = hetero * table.double_electronegative
        if size and size <= 8:
            return self.draw(table.ring_double[min(size, 7) - 3], "olefin", *self._pair(a, b))
        ends = [p for p in (a, b) if graph.hydrogens[p[0]] == 2]
        if len(ends) == 2:
            ends = [] if a[1] == b[1] else ends[:1]
            trans = not ends
        elif ends:
            trans = (ends[0][1] == 0) == self._first_is_trans(self._classes[ends[0][0]])
        else:
            trans = self._is_trans(a[0], b[0])
        normal = (table.vinyl_trans if trans else table.vinyl_cis) if ends else (table.trans if trans else table.cis)
        changed = Normal(max(normal.mean + change, 1.5), normal.standard_deviation)
        return self.draw(changed, "olefin", trans, *self._pair(a, b))

    def _first_is_trans(self, kind: int) -> bool:
        if kind not in self._high_is_trans:
            self._high_is_trans[kind] = bool(self._rng.random() < self._table.high_shift_trans_probability)
        return self._high_is_trans[kind]

    def _is_trans(self, a: int, b: int) -> bool:
        known = self._graph.stereo.get((a, b))
        if known is not None:
            return known > 0
        kind = ("geometry", *self._pair((a, 0), (b, 0)))
        if kind not in self._values:
            self._values[kind] = float(self._rng.random() < self._table.trans_probability)
        return self._values[kind] > 0.5

    def _ring_vicinal(self, ring: int, a: Proton, b: Proton) -> float:
        graph, table = self._graph, self._table
        size = len(graph.rings[ring])
        planar = graph.planar[a[0]] + graph.planar[b[0]]
        if planar:
            values = table.ring_diene if planar == 2 else table.ring_planar
            return self.draw(values[min(size, 7) - 3], "ring", *self._pair(a, b))
        hetero = graph.electronegative_count(a[0]) + graph.electronegative_count(b[0])
        if size == 6:
            normal, relation = self._six_ring(ring, a, b)
        elif size > 6:
            normal, relation = table.large_ring, "large"
        else:
            cis = self._rings.is_cis(ring, *a, *b)
            normal, relation = (table.ring_cis if cis else table.ring_trans)[size - 3], "cis" if cis else "trans"
            if size == 3 and any(graph.elements[x] == 8 for x in graph.rings[ring]):
                return self.draw(table.epoxide_cis if cis else table.epoxide_trans, relation, *self._pair(a, b))
        changed = Normal(max(normal.mean + hetero * table.ring_electronegative, 1.0), normal.standard_deviation)
        value = self.draw(changed, "ring", relation, *self._pair(a, b))
        return max(value, 0.3)

    def _six_ring(self, ring: int, a: Proton, b: Proton) -> tuple[Normal, str]:
        table = self._table
        if self._rings.is_flipping(ring):
            cis = self._rings.is_cis(ring, *a, *b)
            return (table.flipping_cis, "cis") if cis else (table.flipping_trans, "trans")
        axial = self._rings.is_axial(ring, *a) + self._rings.is_axial(ring, *b)
        values = (table.chair_equatorial, table.chair_axial_equatorial, table.chair_axial_axial)
        return values[axial], ("ee", "ae", "aa")[axial]

    def _open_vicinal(self, a: Proton, b: Proton) -> float:
        graph, table = self._graph, self._table
        kind = ("open", *self._pair(a, b))
        counts = sorted((graph.hydrogens[a[0]], graph.hydrogens[b[0]]))
        planar = graph.planar[a[0]] + graph.planar[b[0]]
        if graph.is_carbonyl(a[0]) or graph.is_carbonyl(b[0]):
            saturated = table.aldehyde_methyl if counts[1] == 3 else table.aldehyde_saturated
            return self.draw(table.aldehyde_planar if planar == 2 else saturated, *kind)
        if planar == 2:
            return self.draw(table.diene, *kind)
        if planar == 1:
            values = (table.planar_methine, table.planar_methylene, table.planar_methyl)
            saturated_end = b[0] if graph.planar[a[0]] else a[0]
            return self.draw(values[min(graph.hydrogens[saturated_end], 3) - 1], *kind)
        if counts[1] < 3 and self._has_unequal_rotamers(a[0], b[0]):
            return max(self.draw(table.stereo_vicinal, *kind), 1.0)
        normal = {
            (1, 1): table.methine_methine,
            (1, 2): table.methylene_methine,
            (2, 2): table.methylene_methylene,
            (1, 3): table.methyl_methine,
        }.get((counts[0], counts[1]), table.methyl_methylene)
        hetero = graph.electronegative_count(a[0]) + graph.electronegative_count(b[0])
        return self.draw(Normal(normal.mean + hetero * table.electronegative_change, normal.standard_deviation), *kind)

    def _has_unequal_rotamers(self, a: int, b: int) -> bool:
        if a in self._diastereotopic or b in self._diastereotopic:
            return True
        graph = self._graph
        if graph.hydrogens[a] != 1 or graph.hydrogens[b] != 1:
            return False
        return all(len({self._classes[n] for n in graph.neighbours[x]}) == 3 for x in (a, b))
