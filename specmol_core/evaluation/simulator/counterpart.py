"""Simulate a measured spectrum with the same structure, field, solvent and experiment."""

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
"""Returns the shifts of molecules in a solvent."""

_SIGNED_THRESHOLD = -0.3
"""Below this ratio of lowest to highest sample, a spectrum has negative lines, as in APT and
DEPTQ."""
_DEFAULT_SOLVENT = "CDCl3"


@dataclass(frozen=True)
class PreparedPair:
    """A measured pair with its molecule and predicted shifts, which the simulation needs."""

    pair: RawPair
    mol: Chem.Mol
    shifts: dict[Nucleus, AtomShifts]
    """Shifts predicted in the solvent of each spectrum."""

    def solvent(self, nucleus: Nucleus) -> str:
        """Return the solvent of the simulation."""
        return stated_solvent(self.pair.spectra[nucleus]).name

    def experiment(self, nucleus: Nucleus) -> str:
        """Return "APT" if the measured 13C spectrum has negative lines, else "1D"."""
        return "APT" if nucleus == "13C" and is_signed(self.pair.spectra[nucleus]) else "1D"


def is_signed(spectrum: Spectrum) -> bool:
    """Return whether the spectrum comes from an experiment with negative lines."""
    values = spectrum.intensities
    return bool(getattr(spectrum, "signed", False)) or float(values.min()) < _SIGNED_THRESHOLD * float(values.max())


def prepare_pairs(pairs: Sequence[RawPair], predict: Predict) -> list[PreparedPair]:
    """Return the pairs with shifts predicted in the solvents of their spectra."""
    result = []
    for pair in pairs:
        mol = Chem.MolFromSmiles(pair.smiles)
        shifts = {n: predict([mol], stated_solvent(pair.spectra[n]).name)[0] for n in NUCLEI}
        result.append(PreparedPair(pair, mol, shifts))
    return result


def stated_solvent(spectrum: Spectrum) -> Solvent:
    """Return the solvent stated in the file; CDCl3 if it states none that can be simulated."""
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
    """Return the axis and trace of one simulation over the default window, with strongest line 1.

    Traces of signed experiments are magnitudes.

    Parameters
    ----------
    mol, shifts
        Structure and shifts to simulate instead of the measured compound's.
    ideal
        Simulate only the compound's carbons and protons on carbon, at the predicted shifts.
    use_predicted_shifts
        Use the predicted shifts without errors; everything else is drawn.
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
    """Return the measured trace on the cells of ``axis`` that it covers completely.

    The simulation is restricted to the same range, because the range is the operator's choice and
    not a property of the trace.

    Returns
    -------
    The axis of these cells, their slice of ``axis``, and the intensities.

    Raises
    ------
    ValueError
        If the spectrum does not overlap with ``axis``.
    """
    values = np.abs(spectrum.intensities) if is_signed(spectrum) else spectrum.intensities
    edges = axis.high - np.arange(axis.points + 1) * axis.step
    inside = np.flatnonzero((edges[:-1] <= spectrum.axis.high) & (edges[1:] >= spectrum.axis.low))
    if not len(inside):
        raise ValueError(f"{spectrum.source} is outside {axis.high:g} to {axis.low:g} ppm")
    first, last = int(inside[0]), int(inside[-1]) + 1
    part = PpmAxis(float(edges[first]), float(edges[last]), last - first)
    resampled = column_extremes(values[None, :].astype(np.float64), spectrum.axis, part)[0]
    return part, slice(first, last), resampled


def default_axis(nucleus: Nucleus, points: int) -> PpmAxis:
    """Return the default window of a nucleus as an axis with ``points`` points.

    Examples
    --------
    >>> default_axis("13C", 512).points
    512
    """
    geometry = Geometry()
    return PpmAxis(*(geometry.h1_window if nucleus == "1H" else geometry.c13_window), points)
