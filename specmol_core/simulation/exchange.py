"""Lines of protons on N, O and S, which exchange, and on B, Si and P, which do not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.lines import BroadLine
from specmol_core.simulation.ranges import ExchangeRanges
from specmol_core.simulation.topology import Topology
from specmol_core.spectra.reference.solvents import Solvent

__all__ = ["exchangeable_lines"]

_DOUBLE = Chem.BondType.DOUBLE
_UNEXCHANGED_FRACTION = 0.04
"""Fraction of exchangeable protons that stay visible in a solvent with exchangeable deuterium."""


class _ExchangeableKind(NamedTuple):
    """A kind of exchangeable proton (ppm.

    Pretsch, Buehlmann, Badertscher 2009; Fulmer et al. 2010).
    """

    low: float
    high: float
    """Upper end of its range in CDCl3; the range is used if the proton has no known shift."""
    dmso_shift_ppm: float
    """Additional shift in DMSO, which binds the proton."""
    width: float
    """Width relative to that of other exchangeable protons."""


_EXCHANGEABLE_KINDS = {
    "acid": _ExchangeableKind(9.5, 12.5, 1.0, 2.5),
    "phenol": _ExchangeableKind(4.6, 6.8, 4.0, 1.0),
    "alcohol": _ExchangeableKind(1.3, 3.0, 2.4, 1.0),
    "oxime": _ExchangeableKind(7.5, 9.5, 2.3, 1.2),
    "amide": _ExchangeableKind(5.4, 8.2, 1.7, 1.5),
    "arylamine": _ExchangeableKind(3.4, 4.2, 1.5, 1.5),
    "azole": _ExchangeableKind(7.9, 10.5, 2.2, 1.5),
    "ammonium": _ExchangeableKind(7.0, 9.0, 0.5, 3.0),
    "amine": _ExchangeableKind(0.9, 2.4, 0.3, 1.5),
    "thiol": _ExchangeableKind(1.2, 2.0, 0.9, 0.3),
    "other": _ExchangeableKind(3.5, 5.5, 0.0, 2.0),
}
_EXTRA_WIDTH_HZ = {5: 150.0, 14: 1.0, 15: 2.0}
"""Additional width (Hz) of protons on B, Si and P, which do not exchange."""


def exchangeable_lines(
    mol: Chem.Mol,
    topology: Topology,
    shifts: AtomShifts,
    classes: list[int],
    solvent: Solvent,
    rng: np.random.Generator,
    ranges: ExchangeRanges,
    *,
    shifts_are_in_solvent: bool,
) -> tuple[BroadLine, ...]:
    """Return the lines of all protons on other atoms than carbon.

    Each proton has area 1; equivalent protons share a line.

    Parameters
    ----------
    shifts_are_in_solvent
        Whether the shifts already hold for this solvent. If not, DMSO shifts them.
    """
    lines: list[BroadLine] = []
    visited: set[int] = set()
    for index, (element, count, rank) in enumerate(zip(topology.elements, topology.hydrogens, classes, strict=True)):
        if not count or element == 6 or rank in visited:
            continue
        visited.add(rank)
        protons = count * classes.count(rank)
        known = shifts.h1.get(index)
        if element in _EXTRA_WIDTH_HZ:
            if known:
                lines.append(BroadLine(float(np.mean(known)), protons, _EXTRA_WIDTH_HZ[element]))
            continue
        kind = _EXCHANGEABLE_KINDS[_kind_of(mol.GetAtomWithIdx(index))]
        # All numbers are drawn before the decision, so the next proton's draws do not depend on it.
        chance, error, width = rng.random(), rng.normal(), ranges.width_hz.draw(rng)
        fallback, dmso_width = rng.uniform(kind.low, kind.high), ranges.width_dmso_hz.draw(rng)
        if chance < (1 - _UNEXCHANGED_FRACTION if solvent.deuterium_exchange else ranges.missing_probability):
            continue
        in_dmso = solvent.name == "DMSO-d6"
        centre = float(np.mean(known)) if known else fallback
        centre += error * ranges.error_ppm * (0.5 if in_dmso else 1.0)
        if in_dmso and not shifts_are_in_solvent:
            centre += kind.dmso_shift_ppm
        lines.append(BroadLine(centre, protons, kind.width * (dmso_width if in_dmso else width)))
    return tuple(lines)


def _kind_of(atom: Chem.Atom) -> str:
    number = atom.GetAtomicNum()
    if number == 16:
        return "thiol"
    neighbour = next(iter(atom.GetNeighbors()), None)
    if number == 8:
        if neighbour is None or neighbour.GetAtomicNum() != 6:
            return "oxime" if neighbour is not None and neighbour.GetAtomicNum() == 7 else "other"
        if _is_acyl(neighbour):
            return "acid"
        return "phenol" if neighbour.GetIsAromatic() else "alcohol"
    if number != 7:
        return "other"
    if atom.GetFormalCharge() > 0:
        return "ammonium"
    if atom.GetIsAromatic():
        return "azole"
    if any(_is_acyl(n) for n in atom.GetNeighbors()):
        return "amide"
    return "arylamine" if any(n.GetIsAromatic() for n in atom.GetNeighbors()) else "amine"


def _is_acyl(atom: Chem.Atom) -> bool:
    """Return whether the atom is part of C=O, C=S, S=O or P=O, whose neighbours are acidic."""
    return any(b.GetBondType() == _DOUBLE and b.GetOtherAtom(atom).GetAtomicNum() in (8, 16) for b in atom.GetBonds())
