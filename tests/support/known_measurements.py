"""Measurements of one simulated molecule whose lines are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.ranges import IDEAL, LogNormal, NucleusRanges
from specmol_core.simulation.simulate import simulate
from specmol_core.simulation.writers.measurement import Measurement, measurements


def noisy_with_solvent(ranges: NucleusRanges, noise: float, height: float) -> NucleusRanges:
    return replace(ranges, noise=LogNormal(noise), solvent_probability=1.0, solvent_height=LogNormal(height))


SETTINGS = SimulationConfig(
    points=32_768,
    h1_error_ppm=0.0,
    c13_error_ppm=0.0,
    solvent="CDCl3",
    frequency_mhz=400.0,
    ranges=replace(IDEAL, h1=noisy_with_solvent(IDEAL.h1, 0.0005, 0.3), c13=noisy_with_solvent(IDEAL.c13, 0.004, 0.6)),
)


@dataclass(frozen=True)
class Known:
    """A measurement and the places of its lines."""

    measurement: Measurement
    lines: tuple[float, ...]
    """Shifts of the compound's singlets (ppm)."""
    solvent: float
    """Shift of the solvent's strongest line (ppm)."""

    def check_axis(self, ppm: NDArray[np.float64], trace: NDArray[np.float64]) -> None:
        """Check that the axis is that of the measurement, and that each line is at its shift."""
        assert np.abs(ppm - self.measurement.spectrum.axis.grid()).max() < 0.01 * self.measurement.spectrum.axis.step
        self.check_lines(ppm, trace)

    def check_lines(self, ppm: NDArray[np.float64], trace: NDArray[np.float64], width_ppm: float = 0.0) -> None:
        """Check that the highest point near each line is at its shift."""
        tolerance = max(width_ppm, 3 * self.measurement.spectrum.axis.step)
        # The solvent's line varies a little from sample to sample.
        for shift, allowed in [*((line, tolerance) for line in self.lines), (self.solvent, tolerance + 0.2)]:
            near = np.flatnonzero(np.abs(ppm - shift) < allowed + 0.3)
            top = near[trace[near].argmax()]
            assert abs(ppm[top] - shift) < allowed
            assert trace[top] > 0.1 * trace.max()


def known_measurements() -> dict[str, Known]:
    # Methyl acetate: three carbons, two singlets.
    mol = Chem.MolFromSmiles("COC(C)=O")
    shifts = AtomShifts({0: 51.5, 2: 171.3, 3: 20.6}, {0: [3.67] * 3, 3: [2.06] * 3})
    pair = simulate(mol, shifts, np.random.default_rng(3), SETTINGS, sampled=True)
    h1, c13 = measurements(pair, SETTINGS, "methyl acetate")
    return {"1H": Known(h1, (3.67, 2.06), 7.26), "13C": Known(c13, (51.5, 20.6), 77.16)}
