"""Groups of labelled atoms: by charge, solvent, ring, neighbours, and distance to the training set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.graph import ATOM_SIZES
from specmol_core.shifts.ions import charge_of_molecules
from specmol_core.shifts.train.shift_pack import SPLITS, ShiftPack

__all__ = ["atom_groups", "environment_distance"]

MAX_RADIUS = 3
"""Largest radius of the environments that are compared (bonds)."""
_ELEMENT, _AROMATIC, _RING = 0, 4, 5
_NEIGHBOURS = {"N": (2,), "O": (3,), "S or Se": (7, 11), "halogen": (4, 8, 9, 10), "B, Si or P": (0, 5, 6)}
"""Categories of the column of elements, see ``shifts.graph``."""
_CARBON = 1
_FIRST_RING_CODE = 4
"""Edge types from here on, up to the relations, are bonds inside rings."""
_RING_SIZES = {"three or four": (1, 2), "five": (3,), "six": (4,), "seven or more": (5, 6, 7, 8)}
"""Categories of the column of the smallest ring."""
_RELATION_CODES = 8
"""Edge types from here on are relations of stereochemistry, not bonds."""
_MULTIPLIERS = np.random.default_rng(0).integers(1, 2**63, len(ATOM_SIZES) + 32, dtype=np.uint64) | np.uint64(1)


def atom_groups(pack: ShiftPack) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield the name of each group and which atoms (atoms,) of the pack belong to it."""
    yield from _charge_groups(pack)
    sizes = np.diff(pack.atom_start)
    solvent = np.repeat(pack.solvent, sizes)
    for index, name in enumerate(SOLVENTS):
        yield f"in {name}" if name not in ("other", "unknown") else f"{name} solvent", solvent == index
    yield from _ring_groups(pack)
    source, target = _bonds(pack)[:2]
    for name, categories in _NEIGHBOURS.items():
        is_beside = np.zeros(len(pack.atoms), np.bool_)
        is_beside[target[np.isin(pack.atoms[source, _ELEMENT], categories)]] = True
        yield f"beside {name}", is_beside
    distance = environment_distance(pack)
    for radius in range(MAX_RADIUS, 0, -1):
        yield f"environment of {radius} bonds in training", distance == radius
    yield "no environment in training", distance == 0


def _charge_groups(pack: ShiftPack) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    sizes = np.diff(pack.atom_start)
    is_ion, charge = pack.is_ion(), charge_of_molecules(pack.atoms, np.repeat(np.arange(len(pack)), sizes))
    groups = {
        "ions": is_ion,
        "cations": is_ion & (charge > 0),
        "anions": is_ion & (charge < 0),
        "zwitterions and salts": is_ion & (charge == 0),
        "uncharged": ~is_ion,
    }
    for name, is_member in groups.items():
        yield name, np.repeat(is_member, sizes)


def _ring_groups(pack: ShiftPack) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    source, target, code = _bonds(pack)
    is_hetero = (pack.atoms[source, _ELEMENT] != _CARBON) & (code >= _FIRST_RING_CODE)
    heteroatoms = np.bincount(target[is_hetero], minlength=len(pack.atoms))
    is_aromatic, ring = pack.atoms[:, _AROMATIC] == 1, pack.atoms[:, _RING]
    for kind, in_kind in (("aromatic ring", is_aromatic), ("other ring", (ring > 0) & ~is_aromatic)):
        yield kind, in_kind
        for size, categories in _RING_SIZES.items():
            yield f"{kind} of {size}", in_kind & np.isin(ring, categories)
        yield f"{kind}, beside one heteroatom of a ring", in_kind & (heteroatoms == 1)
        yield f"{kind}, beside two or more", in_kind & (heteroatoms > 1)
    yield "chain", ring == 0


def environment_distance(pack: ShiftPack) -> NDArray[np.int64]:
    """Return how far the environment of each atom (atoms,) is known from measured training structures.

    The value is the largest radius, at most MAX_RADIUS bonds, of which the training split has a
    measured structure with the same environment; 0 if it has none. Two environments are the same if
    their hashes are (Weisfeiler and Lehman, Nauchno-Tekhnicheskaya Informatsia 1968, 2, 12).
    """
    source, target, code = _edges(pack)
    in_training = np.repeat((pack.split == SPLITS.index("train")) & pack.measured, np.diff(pack.atom_start))
    hashes = _mixed((pack.atoms.astype(np.uint64) + np.uint64(1)) @ _MULTIPLIERS[: len(ATOM_SIZES)])
    distance = np.zeros(len(hashes), np.int64)
    edge_factor = _MULTIPLIERS[len(ATOM_SIZES) :][code]
    for radius in range(1, MAX_RADIUS + 1):
        total = np.zeros(len(hashes), np.uint64)
        np.add.at(total, target, _mixed(hashes[source] * edge_factor))
        hashes = _mixed(hashes * _MULTIPLIERS[0] + total)
        distance[np.isin(hashes, np.unique(hashes[in_training]))] = radius
    return distance


def _bonds(pack: ShiftPack) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the edges that are bonds, as :func:`_edges` does."""
    source, target, code = _edges(pack)
    is_bond = code < _RELATION_CODES
    return source[is_bond], target[is_bond], code[is_bond]


def _edges(pack: ShiftPack) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return source and target of each edge (edges,) as rows of ``pack.atoms``, and its type."""
    first = np.repeat(pack.atom_start[:-1], np.diff(pack.edge_start))
    return pack.edges[:, 0] + first, pack.edges[:, 1] + first, pack.edges[:, 2].astype(np.int64)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each number (splitmix64: Steele, Lea, Flood, OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
