"""Defaults of the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specmol_core.spectra.geometry import Geometry

if TYPE_CHECKING:
    from specmol_core.simulation.ranges import Ranges
    from specmol_core.spectra.axis import PpmAxis

__all__ = ["LibrarySimulationConfig", "SimulationConfig"]


def _measured_ranges() -> Ranges:
    # Imported here so that the command line reads the defaults without loading numpy.
    from specmol_core.simulation.ranges import MEASURED

    return MEASURED


@dataclass(frozen=True)
class SimulationConfig:
    """Settings of the simulator: axes, shift errors, solvent, field, experiment and ranges."""

    points: int = 2048
    """Points of a stored trace."""
    h1_window: tuple[float, float] = Geometry.h1_window
    c13_window: tuple[float, float] = Geometry.c13_window
    h1_error_ppm: float = 0.12
    """Standard deviation of the error of each 1H shift that has no uncertainty of its own (ppm)."""
    c13_error_ppm: float = 1.5
    """Standard deviation of the error of each 13C shift that has no uncertainty of its own
    (ppm)."""
    solvent: str = ""
    """Solvent of every sample (a key of ``simulation.sample.SOLVENTS``); empty: drawn per
    sample."""
    frequency_mhz: float = 0.0
    """1H frequency of every spectrometer (MHz), 60 to 1000; 0: drawn per sample."""
    experiment: str = "1D"
    """13C experiment: 1D, DEPT-90, DEPT-135 or APT."""
    ranges: Ranges = field(default_factory=_measured_ranges)
    """Distributions of all other parameters."""

    def axis(self, nucleus: str) -> PpmAxis:
        """Return the axis of the trace of ``nucleus`` ("1H" or "13C")."""
        from specmol_core.spectra.axis import PpmAxis

        high, low = self.h1_window if nucleus == "1H" else self.c13_window
        return PpmAxis(high, low, self.points)


@dataclass(frozen=True)
class LibrarySimulationConfig:
    """Settings of a dataset that is simulated from a library of structures."""

    copies: int = 1
    """Independent simulations of each structure's spectra."""
    seed: int = 0
    max_atoms: int = 60
    """Maximum number of heavy atoms of a structure."""
