"""13C lines of a molecule, decoupled from 1H.

Covers positions, intensities, splitting by F and P, and spectral editing by DEPT or APT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.carbon_heteronuclear import splittings
from specmol_core.simulation.lines import BroadLine
from specmol_core.simulation.ranges import Ranges
from specmol_core.simulation.topology import Topology
from specmol_core.spectra.reference.signals import Splitting, multiplet_lines

__all__ = ["CarbonLines", "CarbonSignal", "carbon_lines", "editing_sign", "first_order_multiplet"]

_BORON_WIDTH_HZ = (30.0, 140.0)
"""Line width of a carbon on boron, broadened by the quadrupolar relaxation of 11B (Hz; Wrackmeyer,
Prog. NMR Spectrosc. 12 (1979) 227)."""

_UNSPLIT = (np.zeros(1), np.ones(1))
"""Offset and share of an unsplit line."""


@dataclass(frozen=True)
class CarbonSignal:
    """Equivalent carbons."""

    ppm: float
    atoms: tuple[int, ...]

    @property
    def carbons(self) -> int:
        """Number of equivalent carbons."""
        return len(self.atoms)


@dataclass(frozen=True)
class CarbonLines:
    """All lines of a 13C spectrum.

    One CH carbon has area 1; inverted lines have a negative area.
    """

    ppm: NDArray[np.float64]
    """(n,) shifts of the sharp lines (ppm)."""
    area: NDArray[np.float64]
    """(n,)."""
    broad: tuple[BroadLine, ...]
    signals: tuple[CarbonSignal, ...]
    """Signals that are visible in the experiment."""


def editing_sign(hydrogens: int, experiment: str) -> int:
    """Return the sign of the line of a carbon with ``hydrogens`` hydrogens; 0 if it is not visible.

    DEPT: Doddrell, Pegg, Bendall, J. Magn. Reson. 48 (1982) 323. APT (CH and CH3 are negative):
    Patt, Shoolery, ibid. 46 (1982) 535.

    Examples
    --------
    >>> [editing_sign(n, "DEPT-135") for n in range(4)]
    [0, 1, -1, 1]
    """
    if experiment == "1D":
        return 1
    if experiment == "DEPT-90":
        return int(hydrogens == 1)
    if experiment == "DEPT-135":
        return 0 if hydrogens == 0 else (1 if hydrogens % 2 else -1)
    return -1 if hydrogens % 2 else 1


def first_order_multiplet(patterns: Sequence[Splitting]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets (lines,) in Hz and areas (lines,) of sum 1 of a first-order multiplet."""
    offsets, areas = np.zeros(1), np.ones(1)
    for pattern in patterns:
        pattern_offsets, pattern_areas = multiplet_lines(pattern)
        offsets = (offsets[:, None] + pattern_offsets).ravel()
        areas = (areas[:, None] * pattern_areas).ravel()
    return offsets, areas


def carbon_lines(
    mol: Chem.Mol,
    topology: Topology,
    shifts: AtomShifts,
    classes: Sequence[int],
    mhz: float,
    experiment: str,
    rng: np.random.Generator,
    ranges: Ranges,
) -> CarbonLines:
    """Return the lines of all carbons that have a shift.

    Parameters
    ----------
    topology
        Topology of ``mol``.
    shifts
        Shifts without further errors; atoms of one class have the same shift.
    classes
        Equivalence class of each atom.
    mhz
        Larmor frequency of 13C (MHz).
    experiment
        1D, DEPT-90, DEPT-135 or APT.
    """
    members: dict[int, list[int]] = {}
    for index in sorted(shifts.c13):
        members.setdefault(classes[index], []).append(index)
    has_fluorine_or_phosphorus = 9 in topology.elements or 15 in topology.elements
    signals, broad = [], []
    ppm: list[NDArray[np.float64]] = []
    area: list[NDArray[np.float64]] = []
    for atoms in members.values():
        hydrogens = topology.hydrogens[atoms[0]]
        sign = editing_sign(hydrogens, experiment)
        strength = sign * len(atoms) * _intensity(hydrogens, experiment, rng, ranges)
        if not sign:
            continue
        centre = shifts.c13[atoms[0]]
        signals.append(CarbonSignal(centre, tuple(atoms)))
        if any(topology.elements[n] == 5 for n in topology.neighbours[atoms[0]]):
            broad.append(BroadLine(centre, strength, float(rng.uniform(*_BORON_WIDTH_HZ))))
            continue
        offsets, shares = (
            first_order_multiplet(splittings(mol, atoms[0], rng)) if has_fluorine_or_phosphorus else _UNSPLIT
        )
        ppm.append(centre + offsets / mhz)
        area.append(strength * shares)
    none = [np.zeros(0)]
    return CarbonLines(np.concatenate(ppm or none), np.concatenate(area or none), tuple(broad), tuple(signals))


def _intensity(hydrogens: int, experiment: str, rng: np.random.Generator, ranges: Ranges) -> float:
    """Return the intensity of one carbon.

    Carbons without hydrogen relax slowly and gain little from the NOE. Methyl intensities vary.
    """
    scatter = float(np.exp(rng.normal(0.0, ranges.c13.intensity)))
    if experiment.startswith("DEPT"):
        return scatter
    if hydrogens == 0:
        return scatter * float(rng.uniform(*ranges.quaternary))
    return scatter * (float(rng.uniform(*ranges.methyl)) if hydrogens == 3 else 1.0)
