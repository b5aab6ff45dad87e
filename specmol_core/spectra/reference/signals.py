"""Signals of the reference tables, and their splitting by equivalent nuclei."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReferenceSignal", "Splitting", "multiplet_lines"]

_RESOLVED_HZ = 1.0
"""Smallest coupling constant that is resolved (Hz). 13C lines are 2 to 5 Hz wide."""


@dataclass(frozen=True)
class Splitting:
    """First-order splitting by equivalent nuclei."""

    coupled_nuclei: int = 0
    """Number of equivalent nuclei that split the signal."""
    coupling_hz: float = 0.0
    """Coupling constant (Hz)."""
    spin: float = 0.5
    """Spin of these nuclei: 1/2 (1H, 19F, 31P) or 1 (2H)."""

    @property
    def lines(self) -> int:
        """Number of lines of the multiplet: 2nI + 1."""
        return round(2 * self.coupled_nuclei * self.spin) + 1


def multiplet_lines(splitting: Splitting) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the offsets from the centre (lines,) in Hz and the areas (lines,), highest shift first.

    The sum of the areas is 1. Spin 1/2 gives a row of Pascal's triangle. Spin 1 gives trinomial
    coefficients: 1:1:1, 1:2:3:2:1, 1:3:6:7:6:3:1.

    Examples
    --------
    >>> offsets, areas = multiplet_lines(Splitting(coupled_nuclei=2, coupling_hz=7.0))
    >>> offsets.tolist(), areas.tolist()
    ([7.0, 0.0, -7.0], [0.25, 0.5, 0.25])
    """
    offsets, areas = _pattern(splitting.coupled_nuclei, round(2 * splitting.spin) + 1)
    return offsets * splitting.coupling_hz, areas


@lru_cache(maxsize=64)
def _pattern(coupled_nuclei: int, states: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets in units of the coupling constant, and areas; ``states`` are those of one nucleus."""
    counts = np.ones(1)
    for _ in range(coupled_nuclei):
        counts = np.convolve(counts, np.ones(states)).astype(np.float64)
    offsets = (len(counts) - 1) / 2 - np.arange(len(counts), dtype=np.float64)
    areas: NDArray[np.float64] = counts / counts.sum()
    areas.flags.writeable = offsets.flags.writeable = False
    return offsets, areas


@dataclass(frozen=True)
class ReferenceSignal:
    """One signal of a solvent or of an impurity."""

    ppm: float
    """Chemical shift (ppm)."""
    nuclei: int = 1
    """Number of protons or carbons of the group in the molecule."""
    splitting: Splitting = Splitting()
    group: str = ""
    """Name of the group in the source."""
    multiplicity: str = ""
    """Multiplicity in the source, for 1H signals of impurities."""
    attached_hydrogens: int = 0
    """Number of hydrogens (1H) on each carbon; 0 for deuterated carbons."""
    relative_intensity: float = 1.0
    """Intensity of one nucleus in a 13C spectrum with a usual relaxation delay; below 1 for carbons
    that relax slowly."""

    @property
    def area(self) -> float:
        """Area of the whole signal, relative to one nucleus of intensity 1."""
        return self.nuclei * self.relative_intensity

    @property
    def resolved(self) -> Splitting:
        """The splitting visible in a spectrum: none if the coupling constant is below the line width."""
        return self.splitting if self.splitting.coupling_hz >= _RESOLVED_HZ else Splitting()

    @property
    def lines(self) -> int:
        """Number of lines visible in a spectrum."""
        return self.resolved.lines

    @property
    def coupling_hz(self) -> float:
        """Distance of the visible lines (Hz); 0 for a single line."""
        return self.resolved.coupling_hz

    @property
    def line_areas(self) -> NDArray[np.float64]:
        """Relative areas of the visible lines (lines,); their sum is 1."""
        return multiplet_lines(self.resolved)[1]
