"""Couplings of 13C to 19F and 31P.

Typical values: Pretsch, Buehlmann, Badertscher: Structure Determination of Organic Compounds, 4th
ed. (2009), tables of 13C-19F and 13C-31P coupling constants; Kalinowski, Berger, Braun: Carbon-13
NMR Spectroscopy (1988), chapter 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from rdkit import Chem

from specmol_core.spectra.reference.signals import Splitting

__all__ = ["splittings"]

_MIN_COUPLING_HZ = 0.4
_SP2 = Chem.HybridizationType.SP2
_DOUBLE = Chem.BondType.DOUBLE


class _CouplingDistribution(NamedTuple):
    """Mean and standard deviation of a coupling constant (Hz)."""

    mean: float
    standard_deviation: float


_NO_COUPLING = _CouplingDistribution(0.0, 0.0)


def splittings(mol: Chem.Mol, carbon: int, rng: np.random.Generator) -> list[Splitting]:
    """Return the splittings of a carbon by F and P within four bonds.

    Nuclei on the same atom, as in CF3, have one common coupling.
    """
    patterns = []
    for centre, distance, path in _paths(mol, carbon):
        atom = mol.GetAtomWithIdx(centre)
        if atom.GetAtomicNum() == 15 and 0 < distance <= 4:
            patterns.append(_pattern(1, _phosphorus(atom, path, distance), rng))
        fluorines = sum(n.GetAtomicNum() == 9 for n in atom.GetNeighbors())
        if fluorines and atom.GetAtomicNum() == 6 and distance <= 3:
            patterns.append(_pattern(fluorines, _fluorine(mol, atom, fluorines, path, distance + 1), rng))
    return [p for p in patterns if p.coupling_hz >= _MIN_COUPLING_HZ]


def _pattern(coupled_nuclei: int, typical: _CouplingDistribution, rng: np.random.Generator) -> Splitting:
    return Splitting(coupled_nuclei, max(0.0, float(rng.normal(*typical))))


def _paths(mol: Chem.Mol, start: int) -> list[tuple[int, int, list[int]]]:
    """Return the atoms within four bonds: atom, bonds, and a shortest path including both ends."""
    paths = [(start, 0, [start])]
    seen = {start}
    for index, distance, path in paths:
        if distance == 4:
            break
        for near in mol.GetAtomWithIdx(index).GetNeighbors():
            if near.GetIdx() not in seen and near.GetAtomicNum() != 9:
                seen.add(near.GetIdx())
                paths.append((near.GetIdx(), distance + 1, [*path, near.GetIdx()]))
    return paths


def _fluorine(
    mol: Chem.Mol, fluorinated_carbon: Chem.Atom, fluorines: int, path: list[int], bonds: int
) -> _CouplingDistribution:
    """Return the coupling over ``bonds`` bonds to F; ``path`` ends at the carbon that carries F."""
    aromatic = fluorinated_carbon.GetIsAromatic()
    if bonds == 1:
        return _one_bond_fluorine(fluorinated_carbon, fluorines)
    first = mol.GetAtomWithIdx(path[0])
    if fluorines == 3:
        if bonds == 2:
            return (
                _CouplingDistribution(42.0, 1.0)
                if _is_carbonyl(first)
                else _CouplingDistribution(32.4 if first.GetIsAromatic() else 29.0, 1.2)
            )
        return (
            _CouplingDistribution(3.8, 0.2)
            if bonds == 3 and first.GetIsAromatic()
            else _CouplingDistribution(2.0 * (bonds == 3), 0.4)
        )
    if aromatic:
        inside = first.GetIsAromatic()
        ring = {
            2: _CouplingDistribution(21.3, 1.3),
            3: _CouplingDistribution(8.1, 0.7),
            4: _CouplingDistribution(3.1, 0.3),
        }
        return (
            ring[bonds]
            if inside
            else {3: _CouplingDistribution(3.0, 0.8), 4: _CouplingDistribution(1.0, 0.4)}.get(bonds, _NO_COUPLING)
        )
    if bonds == 2:
        return _CouplingDistribution(25.0 if fluorines == 2 else 20.5, 2.0)
    return _CouplingDistribution(6.0, 1.5) if bonds == 3 else _NO_COUPLING


def _one_bond_fluorine(fluorinated_carbon: Chem.Atom, fluorines: int) -> _CouplingDistribution:
    if fluorines == 3:
        return _CouplingDistribution(275.0, 5.0)
    if _is_carbonyl(fluorinated_carbon):
        return _CouplingDistribution(352.0, 8.0)
    if fluorines == 2:
        return (
            _CouplingDistribution(286.0, 6.0)
            if fluorinated_carbon.GetHybridization() == _SP2
            else _CouplingDistribution(242.0, 5.0)
        )
    if fluorinated_carbon.GetIsAromatic():
        return _CouplingDistribution(246.5, 3.0)
    return (
        _CouplingDistribution(257.0, 7.0)
        if fluorinated_carbon.GetHybridization() == _SP2
        else _CouplingDistribution(168.0, 5.0)
    )


def _phosphorus(atom: Chem.Atom, path: list[int], bonds: int) -> _CouplingDistribution:
    mol = atom.GetOwningMol()
    first, near = mol.GetAtomWithIdx(path[0]), mol.GetAtomWithIdx(path[-2])
    oxygens = sum(n.GetAtomicNum() == 8 for n in atom.GetNeighbors())
    oxide = any(b.GetBondType() == _DOUBLE for b in atom.GetBonds())
    if bonds == 1:
        return _one_bond_phosphorus(atom, first.GetHybridization() == _SP2, oxygens, oxide)
    if near.GetAtomicNum() == 8:
        return {2: _CouplingDistribution(5.8, 0.6), 3: _CouplingDistribution(6.6, 0.9)}.get(bonds, _NO_COUPLING)
    if near.GetIsAromatic() and first.GetIsAromatic():
        values = {2: 10.0, 3: 12.3, 4: 2.8} if oxide or atom.GetFormalCharge() else {2: 19.6, 3: 6.8, 4: 0.6}
        return _CouplingDistribution(values[bonds], 0.4)
    return {2: _CouplingDistribution(4.5, 1.0), 3: _CouplingDistribution(13.5 if oxide else 11.0, 2.5)}.get(
        bonds, _NO_COUPLING
    )


def _one_bond_phosphorus(atom: Chem.Atom, planar: bool, oxygens: int, oxide: bool) -> _CouplingDistribution:
    if atom.GetFormalCharge() > 0:
        return _CouplingDistribution(87.0, 3.0) if planar else _CouplingDistribution(51.0, 3.0)
    if not oxide:
        return _CouplingDistribution(11.5, 2.0) if planar else _CouplingDistribution(14.0, 3.0)
    if oxygens >= 3:
        return _CouplingDistribution(188.0, 4.0) if planar else _CouplingDistribution(141.0, 4.0)
    return _CouplingDistribution(103.0, 4.0) if planar else _CouplingDistribution(67.0, 4.0)


def _is_carbonyl(atom: Chem.Atom) -> bool:
    return any(b.GetBondType() == _DOUBLE and b.GetOtherAtom(atom).GetAtomicNum() == 8 for b in atom.GetBonds())
