"""First-order 1H multiplets from the topology of a molecule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

__all__ = ["couplings", "multiplet"]

_SP2 = Chem.HybridizationType.SP2
_DOUBLE = Chem.BondType.DOUBLE
_SMALLEST_SPLIT = 0.3
"""Lines closer than this are one (Hz): no instrument parts them."""


def couplings(mol: Chem.Mol, atom: Chem.Atom, classes: Sequence[int], rng: np.random.Generator) -> list[float]:
    """Coupling constants (Hz) seen by the protons on one carbon, one entry per coupled proton.

    Vicinal couplings by the kind of bond, and meta couplings in aromatic rings. Values are drawn from
    the usual textbook ranges (Pretsch, Buehlmann, Badertscher: Structure Determination of Organic
    Compounds): free rotation 7 Hz, ring bonds 2-11 Hz, ortho 7.8 Hz, cis 10.5 Hz, trans 16 Hz.
    Protons of the same class do not split each other, neighbours of one class split alike, and protons on
    heteroatoms exchange.
    """
    constants: list[float] = []
    by_class: dict[int, list[float]] = {}
    own = classes[atom.GetIdx()]
    for bond in atom.GetBonds():
        other = bond.GetOtherAtom(atom)
        protons = other.GetTotalNumHs()
        if other.GetAtomicNum() != 6 or protons == 0 or classes[other.GetIdx()] == own:
            continue
        drawn = _vicinal(atom, other, bond, protons, rng)
        constants.extend(by_class.setdefault(classes[other.GetIdx()], drawn))
    if atom.GetIsAromatic():
        constants.extend(_meta(atom, own, classes, rng))
    return constants


def _vicinal(atom: Chem.Atom, other: Chem.Atom, bond: Chem.Bond, protons: int, rng: np.random.Generator) -> list[float]:
    if bond.GetIsAromatic():
        ring = 7.8 if bond.IsInRingSize(6) else 3.5
        return [float(rng.normal(ring, 0.5))] * protons
    if bond.GetBondType() == _DOUBLE:
        if atom.GetTotalNumHs() == 2 or protons == 2:
            return [17.0, 10.3][:protons] if protons == 2 else [float(rng.choice((17.0, 10.3)))]
        return [float(rng.choice((15.8, 10.5)))] * protons
    if bond.IsInRing():
        return [float(rng.uniform(2.0, 11.0)) for _ in range(protons)]
    planar = (atom.GetHybridization() == _SP2) + (other.GetHybridization() == _SP2)
    if _is_aldehyde(atom) or _is_aldehyde(other):
        return [float(rng.normal(7.8 if planar == 2 else 2.2, 0.5))] * protons
    return [float(rng.normal((7.0, 6.6, 10.5)[planar], 0.4))] * protons


def _is_aldehyde(atom: Chem.Atom) -> bool:
    return any(b.GetBondType() == _DOUBLE and b.GetOtherAtom(atom).GetAtomicNum() == 8 for b in atom.GetBonds())


def _meta(atom: Chem.Atom, own: int, classes: Sequence[int], rng: np.random.Generator) -> list[float]:
    constants = []
    by_class: dict[int, float] = {}
    for near in atom.GetNeighbors():
        for far in near.GetNeighbors():
            if (
                near.GetIsAromatic()
                and far.GetIsAromatic()
                and far.GetIdx() != atom.GetIdx()
                and far.GetAtomicNum() == 6
                and far.GetTotalNumHs() == 1
                and classes[far.GetIdx()] != own
            ):
                drawn = float(abs(rng.normal(1.6, 0.4)))
                constants.append(by_class.setdefault(classes[far.GetIdx()], drawn))
    return constants


def multiplet(constants: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First-order pattern: offsets from the centre (lines,) in Hz, and relative areas (lines,) of sum 1."""
    offsets: NDArray[np.float64] = np.zeros(1)
    areas: NDArray[np.float64] = np.ones(1)
    for constant in constants:
        half = abs(constant) / 2
        offsets = np.concatenate((offsets - half, offsets + half))
        cells, owner = np.unique(np.round(offsets / _SMALLEST_SPLIT).astype(np.int64), return_inverse=True)
        areas = np.bincount(owner, np.concatenate((areas, areas)) / 2).astype(np.float64)
        offsets = cells.astype(np.float64) * _SMALLEST_SPLIT
    return offsets, areas
