"""Deuterated solvents, with their lines as they are measured.

Shifts: Fulmer et al., Organometallics 29 (2010) 2176; couplings to deuterium as the suppliers' tables give them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SOLVENTS", "Line", "Multiplet", "Solvent", "multiplet", "solvent_named"]

Spin = Literal["H", "D"]


@dataclass(frozen=True)
class Multiplet:
    """Splitting by equivalent nuclei."""

    neighbours: int = 0
    coupling_hz: float = 0.0
    spin: Spin = "H"
    """H for spin 1/2, D for spin 1."""


def multiplet(pattern: Multiplet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets from the centre (lines,) in Hz, and areas (lines,) of sum 1, highest shift first.

    By spin 1/2 a row of Pascal's triangle; by spin 1 that of trinomial coefficients: 1:1:1, 1:2:3:2:1, 1:3:6:7:6:3:1.
    """
    places, shares = _pattern(pattern.neighbours, pattern.spin)
    return places * pattern.coupling_hz, shares


@lru_cache(maxsize=64)
def _pattern(neighbours: int, spin: Spin) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets in units of the coupling, and areas."""
    areas = np.array([comb(neighbours, k) for k in range(neighbours + 1)], dtype=np.float64)
    if spin == "D":
        areas = np.ones(1)
        for _ in range(neighbours):
            areas = np.convolve(areas, np.ones(3)).astype(np.float64)
    places = (len(areas) - 1) / 2 - np.arange(len(areas), dtype=np.float64)
    shares: NDArray[np.float64] = areas / areas.sum()
    shares.flags.writeable = places.flags.writeable = False
    return places, shares


@dataclass(frozen=True)
class Line:
    """One signal of a solvent or an impurity."""

    ppm: float
    nuclei: float
    pattern: Multiplet = Multiplet()
    hydrogens: int = 0
    """Of a carbon: how many hydrogens it has; 0 for deuterated ones."""


@dataclass(frozen=True)
class Solvent:
    """A deuterated solvent."""

    name: str
    h1: tuple[Line, ...]
    """Residual protons."""
    c13: tuple[Line, ...]
    water_ppm: float
    deuterium_exchange: bool = False
    """Whether exchangeable protons turn into deuterium."""


def _d(ppm: float, nuclei: float, neighbours: int, coupling: float) -> Line:
    return Line(ppm, nuclei, Multiplet(neighbours, coupling, "D"))


SOLVENTS = {
    s.name: s
    for s in (
        Solvent("CDCl3", (Line(7.26, 1),), (_d(77.16, 1, 1, 32.0),), 1.56),
        Solvent("DMSO-d6", (_d(2.50, 1, 2, 1.9),), (_d(39.52, 2, 3, 21.0),), 3.33),
        Solvent("CD3OD", (_d(3.31, 1, 2, 1.65),), (_d(49.00, 1, 3, 21.4),), 4.87, deuterium_exchange=True),
        Solvent("D2O", (), (), 4.79, deuterium_exchange=True),
        Solvent("acetone-d6", (_d(2.05, 1, 2, 2.2),), (_d(29.84, 2, 3, 19.4), _d(206.26, 0.3, 6, 0.9)), 2.84),
        Solvent("C6D6", (Line(7.16, 1),), (_d(128.06, 6, 1, 24.3),), 0.40),
        Solvent("CD3CN", (_d(1.94, 1, 2, 2.5),), (_d(1.32, 1, 3, 21.0), Line(118.26, 0.4)), 2.13),
        Solvent("CD2Cl2", (_d(5.32, 1, 1, 1.1),), (_d(53.84, 1, 2, 27.0),), 1.52),
        Solvent("THF-d8", (Line(3.58, 1), Line(1.72, 1)), (_d(67.21, 2, 2, 22.2), _d(25.31, 2, 2, 20.2)), 2.46),
        Solvent("dioxane-d8", (Line(3.53, 1),), (_d(66.66, 4, 2, 21.9),), 2.4),
    )
}

_ALIASES = {
    "chloroform": "CDCl3", "chloroformd": "CDCl3", "chcl3": "CDCl3", "dmso": "DMSO-d6", "dimethylsulfoxide": "DMSO-d6",
    "methanol": "CD3OD", "methanold4": "CD3OD", "meod": "CD3OD", "meohd4": "CD3OD", "cd3od": "CD3OD", "h2o+d2o": "D2O",
    "water": "D2O", "acetone": "acetone-d6", "(cd3)2co": "acetone-d6", "benzene": "C6D6", "benzened6": "C6D6",
    "acetonitrile": "CD3CN", "acetonitriled3": "CD3CN", "mecn": "CD3CN", "dichloromethane": "CD2Cl2",
    "dichloromethaned2": "CD2Cl2", "dcm": "CD2Cl2", "methylenechloride": "CD2Cl2", "thf": "THF-d8",
    "tetrahydrofuran": "THF-d8", "dioxane": "dioxane-d8", "1,4dioxane": "dioxane-d8",
}  # fmt: skip


def solvent_named(name: str) -> Solvent | None:
    """The solvent that a spectrometer or a paper calls so, in any case and with or without hyphens; None if unknown."""
    key = "".join(name.lower().replace("-", "").replace("_", "").split())
    own = {s.lower().replace("-", ""): s for s in SOLVENTS}
    found = own.get(key) or _ALIASES.get(key)
    return SOLVENTS[found] if found else None
