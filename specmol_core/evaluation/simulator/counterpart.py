"""The simulation of a measured spectrum: the same structure, field, solvent and experiment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.evaluation.measured.raw_pairs import RawPair
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.ranges import IDEAL
from specmol_core.simulation.sample import SOLVENTS
from specmol_core.simulation.simulate import simulate
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.reference.solvents import Solvent, solvent_named
from specmol_core.spectra.resample import column_extremes
from specmol_core.spectra.spectrum import C13_FREQUENCY_RATIO, NUCLEI, Nucleus, Spectrum

__all__ = [
    "Predict",
    "PreparedPair",
    "default_axis",
    "is_signed",
    "prepare_pairs",
    "resample_overlap",
    "simulated_trace",
    "stated_solvent",
]

Predict = Callable[[Sequence[Chem.Mol], str], list[AtomShifts]]
"""Shifts of molecules in a solvent."""

_SIGNED_THRESHOLD = -0.3
"""Lowest sample over the highest of a spectrum whose negative lines are meant, as in APT and DEPTQ."""
_DEFAULT_SOLVENT = "CDCl3"


@dataclass(frozen=True)
class PreparedPair:
    """A measured pair with all that its simulation needs."""

    pair: RawPair
    mol: Chem.Mol
    shifts: dict[Nucleus, AtomShifts]
    """Predicted in the solvent of each spectrum."""

    def solvent(self, nucleus: Nucleus) -> str:
        """Solvent of the simulation."""
        return stated_solvent(self.pair.spectra[nucleus]).name

    def experiment(self, nucleus: Nucleus) -> str:
        """1D, or APT where the measured spectrum has negative lines."""
        return "APT" if nucleus == "13C" and is_signed(self.pair.spectra[nucleus]) else "1D"


def is_signed(spectrum: Spectrum) -> bool:
    """Whether negative lines are meant."""
    values = spectrum.intensities
    return bool(getattr(spectrum, "signed", False)) or float(values.min()) < _SIGNED_THRESHOLD * float(values.max())


def prepare_pairs(pairs: Sequence[RawPair], predict: Predict) -> list[PreparedPair]:
    """Predict the shifts of each pair in the solvents of its spectra."""
    result = []
    for pair in pairs:
        mol = Chem.MolFromSmiles(pair.smiles)
        shifts = {n: predict([mol], stated_solvent(pair.spectra[n]).name)[0] for n in NUCLEI}
        result.append(PreparedPair(pair, mol, shifts))
    return result


def stated_solvent(spectrum: Spectrum) -> Solvent:
    """The solvent that the file names; CDCl3 where it names none that can be simulated."""
    named = solvent_named(spectrum.solvent)
    return SOLVENTS[named.name if named is not None and named.name in SOLVENTS else _DEFAULT_SOLVENT]


def simulated_trace(
    prepared_pair: PreparedPair,
    nucleus: Nucleus,
    rng: np.random.Generator,
    points: int,
    *,
    mol: Chem.Mol | None = None,
    shifts: AtomShifts | None = None,
    ideal: bool = False,
    use_predicted_shifts: bool = False,
) -> tuple[PpmAxis, NDArray[np.float64]]:
    """One simulation over the window of the pictures, the strongest line 1; magnitudes where lines are signed.

    Parameters
    ----------
    mol, shifts
        Another structure in place of the measured one.
    ideal
        Nothing but the compound's protons on carbon and its carbons, with the shifts as predicted.
    use_predicted_shifts
        The shifts as predicted, everything else drawn.
    """
    spectrum = prepared_pair.pair.spectra[nucleus]
    frequency = float(spectrum.frequency_mhz or 0.0) / (1.0 if nucleus == "1H" else C13_FREQUENCY_RATIO)
    settings = SimulationConfig(
        points=points,
        solvent=prepared_pair.solvent(nucleus),
        frequency_mhz=float(np.clip(frequency, 60.0, 1000.0)),
        experiment="1D" if ideal else prepared_pair.experiment(nucleus),
    )
    true_shifts = shifts or prepared_pair.shifts[nucleus]
    if ideal or use_predicted_shifts:
        true_shifts = AtomShifts(true_shifts.c13, true_shifts.h1)
        settings = replace(settings, h1_error_ppm=0.0, c13_error_ppm=0.0)
    if ideal:
        settings = replace(settings, ranges=replace(IDEAL, exchange=replace(IDEAL.exchange, missing_probability=1.0)))
    drawn = simulate(mol or prepared_pair.mol, true_shifts, rng, settings)
    trace = (drawn.h1_trace if nucleus == "1H" else drawn.c13_trace).astype(np.float64)
    return settings.axis(nucleus), trace if settings.experiment == "1D" else np.abs(trace)


def resample_overlap(spectrum: Spectrum, axis: PpmAxis) -> tuple[PpmAxis, slice, NDArray[np.float64]]:
    """The measured trace on the cells of ``axis`` that it covers whole: their axis, their place, their intensities.

    Where a measurement ends, its simulation is cut off too: the range is a choice of the operator, not a property of
    the trace.
    """
    values = np.abs(spectrum.intensities) if is_signed(spectrum) else spectrum.intensities
    edges = axis.high - np.arange(axis.points + 1) * axis.step
    inside = np.flatnonzero((edges[:-1] <= spectrum.axis.high) & (edges[1:] >= spectrum.axis.low))
    if not len(inside):
        raise ValueError(f"{spectrum.source} lies outside {axis.high:g} to {axis.low:g} ppm")
    first, last = int(inside[0]), int(inside[-1]) + 1
    part = PpmAxis(float(edges[first]), float(edges[last]), last - first)
    resampled = column_extremes(values[None, :].astype(np.float64), spectrum.axis, part)[0]
    return part, slice(first, last), resampled


def default_axis(nucleus: Nucleus, points: int) -> PpmAxis:
    """The window of the pictures with so many points."""
    geometry = Geometry()
    return PpmAxis(*(geometry.h1_window if nucleus == "1H" else geometry.c13_window), points)
