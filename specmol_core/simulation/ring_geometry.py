"""Geometry of saturated rings: which pairs of protons are cis, and which protons are axial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specmol_core.simulation.coupling_table import CouplingTable
from specmol_core.simulation.topology import Topology

__all__ = ["RingGeometry"]


class RingGeometry:
    """The face (up or down) of every ring proton, drawn where the structure leaves it open.

    The relative configuration of two ring atoms that both have a chiral tag is taken from the
    structure. A chair has as many equatorial substituents as possible.
    """

    def __init__(
        self,
        topology: Topology,
        classes: Sequence[int],
        diastereotopic: set[int],
        table: CouplingTable,
        rng: np.random.Generator,
    ) -> None:
        self._topology, self._classes, self._diastereotopic, self._table, self._rng = (
            topology,
            classes,
            diastereotopic,
            table,
            rng,
        )
        self._faces: dict[int, dict[int, int]] = {}
        self._chair: dict[int, int] = {}
        self._first_is_equatorial: dict[int, bool] = {}

    def is_cis(self, ring: int, a: int, slot_a: int, b: int, slot_b: int) -> bool:
        """Return whether two protons are on the same face of a ring.

        ``slot`` is 0 or 1 in a CH2.
        """
        faces = self._ring_faces(ring)
        return faces[a] * (1 - 2 * slot_a) == faces[b] * (1 - 2 * slot_b)

    def is_axial(self, ring: int, atom: int, slot: int) -> bool:
        """Return whether a proton of a six-membered ring in its preferred chair is axial."""
        if atom in self._diastereotopic:
            # Equivalent CH2 groups of a symmetric molecule need the same answer, so it is kept by
            # class.
            kind = self._classes[atom]
            if kind not in self._first_is_equatorial:
                self._first_is_equatorial[kind] = bool(
                    self._rng.random() < self._table.high_shift_equatorial_probability
                )
            return (slot == 0) != self._first_is_equatorial[kind]
        face = self._ring_faces(ring)[atom] * (1 - 2 * slot)
        return face == self._chair[ring] * _alternating_sign(self._topology.rings[ring].index(atom))

    def is_flipping(self, ring: int) -> bool:
        """Return whether both chairs are equal: no ring atom has two different substituents."""
        members = set(self._topology.rings[ring])
        for atom in members:
            if self._topology.elements[atom] == 7 or self._topology.planar[atom]:
                continue
            outside = [self._classes[n] for n in self._topology.neighbours[atom] if n not in members]
            if len(set(outside)) == 2 or (len(outside) == 1 and self._topology.hydrogens[atom] == 1):
                return False
        return True

    def _ring_faces(self, ring: int) -> dict[int, int]:
        """Return the face of the first proton of each atom: 1 up, -1 down."""
        if ring not in self._faces:
            atoms = self._topology.rings[ring]
            faces = {a: self._face(atoms, i) for i, a in enumerate(atoms)}
            methine_faces = [
                _alternating_sign(i) * faces[a]
                for i, a in enumerate(atoms)
                if self._topology.hydrogens[a] == 1 and not self._topology.planar[a]
            ]
            balance = sum(methine_faces)
            self._chair[ring] = int(np.sign(balance)) if balance else int(1 - 2 * self._rng.integers(2))
            self._faces[ring] = faces
        return self._faces[ring]

    def _face(self, ring: tuple[int, ...], position: int) -> int:
        atom = ring[position]
        near = self._topology.neighbours[atom]
        tag = self._topology.chirality[atom]
        if self._topology.hydrogens[atom] == 2 and atom not in self._diastereotopic:
            return 1
        if not tag or len(near) != 3 or self._topology.hydrogens[atom] != 1:
            return int(1 - 2 * self._rng.integers(2))
        before, after = ring[position - 1], ring[(position + 1) % len(ring)]
        third = next(n for n in near if n not in (before, after))
        order = [near.index(n) for n in (before, after, third)]
        inversions = sum(order[i] > order[j] for i in range(3) for j in range(i + 1, 3))
        return -tag if inversions % 2 else tag


def _alternating_sign(position: int) -> int:
    return -1 if position % 2 else 1
