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
    # As for the axis: the command line reads the defaults without what they are made of.
    from specmol_core.simulation.ranges import MEASURED

    return MEASURED


@dataclass(frozen=True)
class SimulationConfig:
    """How spectra are drawn from shifts."""

    points: int = 2048
    """Points of a stored trace."""
    h1_window: tuple[float, float] = Geometry.h1_window
    c13_window: tuple[float, float] = Geometry.c13_window
    h1_error_ppm: float = 0.12
    """Standard deviation of the error on each 1H shift that comes without a spread (ppm)."""
    c13_error_ppm: float = 1.5
    """The same for 13C (ppm)."""
    solvent: str = ""
    """Solvent of every sample, a name of ``simulation.sample.SOLVENTS``; drawn for each where empty."""
    frequency_mhz: float = 0.0
    """1H frequency of every spectrometer (MHz), 60 to 1000; drawn for each where 0."""
    experiment: str = "1D"
    """13C experiment: 1D, DEPT-90, DEPT-135 or APT."""
    ranges: Ranges = field(default_factory=_measured_ranges)
    """What everything else is drawn from."""

    def axis(self, nucleus: str) -> PpmAxis:
        """The axis of one nucleus' trace."""
        from specmol_core.spectra.axis import PpmAxis

        high, low = self.h1_window if nucleus == "1H" else self.c13_window
        return PpmAxis(high, low, self.points)


@dataclass(frozen=True)
class LibrarySimulationConfig:
    """What a dataset simulated from a library of structures holds."""

    copies: int = 1
    """Independent draws of each structure's spectra."""
    seed: int = 0
    max_atoms: int = 60
    """Heavy atoms a structure may have."""
