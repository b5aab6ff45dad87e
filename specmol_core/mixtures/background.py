"""What any sample may hold besides its species: residual solvent, water, standards, impurities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from specmol_core.mixtures.signals import Pattern, Signal
from specmol_core.mixtures.species import Species
from specmol_core.mixtures.suppressed import protonated_solvent
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.reference.impurities import IMPURITIES
from specmol_core.spectra.reference.signals import ReferenceSignal, multiplet_lines
from specmol_core.spectra.reference.solvents import solvent_named

__all__ = [
    "BackgroundCompound",
    "background_of",
    "exchangeable_atoms",
    "exchanging_name",
    "exchanging_protons",
    "impurity_backgrounds",
]

_SCALE_PPM = {"1H": 0.012, "13C": 0.15}
"""Scale of the movement of a line of the solvent or of a reference substance."""
_WATER_SCALE_PPM, _WATER_SCALE_BONDED_PPM = 0.04, 0.08
"""The shift of water depends on concentration and temperature."""
_IMPURITY_SCALE_PPM = {"1H": 0.01, "13C": 0.15}
_DOF = 40.0
_ONE_BOND_COUPLING_HZ, _ONE_BOND_SD_HZ = 133.0, 9.0
"""Coupling of a proton with the 13C that carries it: 125 Hz in alkyl groups, 142 Hz next to oxygen."""
_SATELLITE_SCALE_PPM = 0.02
_EXCHANGING_SCALE_PPM = 1.2
"""Scale of the shift of exchanging protons, which depends on concentration and water."""
_BROAD_WIDTHS_HZ = (10.0, 25.0, 60.0)
_BROAD_LINES = 60
"""Lines of which a broad line is made."""
_BROAD_TAIL = 0.06
"""Share of a broad line that is left out at each end: long profiles take time."""


@dataclass(frozen=True)
class BackgroundCompound:
    """A compound that is fitted with the species, but is not one of them."""

    name: str
    signals: tuple[Signal, ...]


def background_of(solvent: str | None, nucleus: str, mhz: float) -> list[BackgroundCompound]:
    """Return residual solvent, water and tetramethylsilane; the latter alone if the solvent is unknown.

    Parameters
    ----------
    solvent
        Name of the solvent, as a file or the user writes it.
    mhz
        Larmor frequency of the nucleus.
    """
    single = ReferenceSignal(0.0, 12 if nucleus == "1H" else 4)
    found = [BackgroundCompound("tetramethylsilane", (_signal(single, mhz, _SCALE_PPM[nucleus] / 2),))]
    protonated = protonated_solvent(solvent, nucleus)
    if protonated is not None and nucleus == "1H":
        found += [_satellites(protonated.name, signal, mhz) for signal in protonated.signals]
    known = solvent_named(solvent)
    if known is None:
        return found
    lines = known.residual_h1 if nucleus == "1H" else known.c13
    if lines:
        found.append(BackgroundCompound(known.name, tuple(_signal(s, mhz, _SCALE_PPM[nucleus]) for s in lines)))
    if nucleus == "1H":
        scale = _WATER_SCALE_BONDED_PPM if known.hydrogen_bonding else _WATER_SCALE_PPM
        water = ReferenceSignal(known.water_ppm, 2)
        found.append(BackgroundCompound(f"water in {known.name}", (_signal(water, mhz, scale),)))
    return found


def exchangeable_atoms(species: Species) -> list[int]:
    """Return the atoms other than carbon that carry hydrogen, whose protons exchange."""
    return [a.GetIdx() for a in species.mol.GetAtoms() if a.GetAtomicNum() != 6 and a.GetTotalNumHs()]


def exchanging_protons(species: Species, shifts: AtomShifts, mhz: float) -> BackgroundCompound | None:
    """Return the broad line of the protons on O, N and S of a species; None if it has none.

    They exchange, so their amount says nothing, and their line is broad.
    """
    ppm = [float(np.mean(shifts.h1[a])) for a in exchangeable_atoms(species) if shifts.h1.get(a)]
    if not ppm:
        return None
    share = np.linspace(_BROAD_TAIL, 1 - _BROAD_TAIL, _BROAD_LINES)
    profile = np.tan(np.pi * (0.5 - share)) / 2
    patterns = tuple(
        Pattern(profile * width / mhz, np.full(_BROAD_LINES, 1 / _BROAD_LINES)) for width in _BROAD_WIDTHS_HZ
    )
    signal = Signal(float(np.mean(ppm)), _EXCHANGING_SCALE_PPM, _DOF, 1.0, (), patterns)
    return BackgroundCompound(exchanging_name(species), (signal,))


def exchanging_name(species: Species) -> str:
    """Return the name of the line of the exchanging protons of a species."""
    return f"exchanging protons of {species.name}"


def _satellites(name: str, signal: ReferenceSignal, mhz: float) -> BackgroundCompound:
    """Return the 13C satellites of a solvent's line, which remain where the line itself is suppressed."""
    half = _ONE_BOND_COUPLING_HZ / 2 / mhz
    scale = _SATELLITE_SCALE_PPM + _ONE_BOND_SD_HZ / 2 / mhz
    sides = tuple(
        replace(_signal(replace(signal, ppm=signal.ppm + side), mhz, scale), nuclei=signal.area / 2)
        for side in (half, -half)
    )
    return BackgroundCompound(f"13C satellites of {name}, {signal.group}", sides)


def impurity_backgrounds(solvent: str | None, nucleus: str, mhz: float, excluded: set[str]) -> list[BackgroundCompound]:
    """Return the impurities of the table, less those named in ``excluded``, at their shifts in a solvent."""
    known = solvent_named(solvent)
    name = known.name if known is not None else ""
    found = []
    for impurity in IMPURITIES:
        signals = impurity.signals_or_default(nucleus, name)
        if impurity.name not in excluded and signals:
            scale = _IMPURITY_SCALE_PPM[nucleus]
            found.append(BackgroundCompound(impurity.name, tuple(_signal(s, mhz, scale) for s in signals)))
    return found


def _signal(signal: ReferenceSignal, mhz: float, scale: float) -> Signal:
    offset, area = multiplet_lines(signal.resolved)
    return Signal(signal.ppm, scale, _DOF, signal.area, (), (Pattern(np.array(offset) / mhz, np.array(area)),))
