"""Simulated 1H and 13C spectra of mixtures of known composition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.ranges import IDEAL, LogNormal
from specmol_core.simulation.simulate import simulate
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import C13_FREQUENCY_RATIO, Nucleus, Spectrum

__all__ = ["simulated_h1", "simulated_mixture"]

_POINTS = 32_768
_FREQUENCY_MHZ = 400.0
_SOLVENT = "CDCl3"
_NOISE = {"1H": 0.0005, "13C": 0.004}
"""Standard deviation of the noise, relative to the strongest line."""
_CONFIG = SimulationConfig(
    points=_POINTS,
    solvent=_SOLVENT,
    frequency_mhz=_FREQUENCY_MHZ,
    ranges=replace(
        IDEAL,
        h1=replace(IDEAL.h1, lorentz_hz=LogNormal(1.2), noise=LogNormal(0.0)),
        c13=replace(IDEAL.c13, lorentz_hz=LogNormal(2.0), noise=LogNormal(0.0), intensity=0.2),
    ),
)
"""A good instrument at 400 MHz; noise is added to the sum."""


def simulated_mixture(
    compounds: Sequence[tuple[Chem.Mol, AtomShifts]],
    fractions: Sequence[float],
    rng: np.random.Generator,
    noise: float = 1.0,
) -> dict[Nucleus, Spectrum]:
    """Return both spectra of a mixture in CDCl3; a nucleus that none of the compounds has is left out.

    Parameters
    ----------
    compounds
        Each molecule with the shifts of its atoms; shifts with an uncertainty are drawn.
    fractions
        Mole fraction of each compound.
    noise
        Factor on the noise.
    """
    traces: dict[Nucleus, NDArray[np.float64]] = {"1H": np.zeros(_POINTS), "13C": np.zeros(_POINTS)}
    for (mol, shifts), fraction in zip(compounds, fractions, strict=True):
        pair = simulate(mol, shifts, rng, _CONFIG, sampled=True)
        carbons = sum(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
        protons = sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
        parts: tuple[tuple[Nucleus, NDArray[np.float32], int], ...] = (
            ("1H", pair.h1_trace, protons),
            ("13C", pair.c13_trace, carbons),
        )
        for nucleus, one, nuclei in parts:
            area = float(one.sum(dtype=np.float64))
            if area > 0:
                traces[nucleus] += fraction * nuclei * one / area
    spectra: dict[Nucleus, Spectrum] = {}
    for nucleus, trace in traces.items():
        if trace.max() <= 0:
            continue
        scaled = trace / trace.max() + noise * _NOISE[nucleus] * rng.standard_normal(_POINTS)
        mhz = _FREQUENCY_MHZ * (1.0 if nucleus == "1H" else C13_FREQUENCY_RATIO)
        spectra[nucleus] = Spectrum(
            nucleus, _CONFIG.axis(nucleus), scaled.astype(np.float32), frequency_mhz=mhz, solvent=_SOLVENT
        )
    return spectra


def simulated_h1(
    mol: Chem.Mol, shifts: AtomShifts, rng: np.random.Generator, mhz: float, axis: PpmAxis
) -> NDArray[np.float64]:
    """Return the 1H trace (axis.points,) of a pure compound without noise; its area is the number of protons.

    Shifts with an uncertainty are drawn, as are couplings.
    """
    config = replace(_CONFIG, points=axis.points, frequency_mhz=mhz, h1_window=(axis.high, axis.low))
    trace = np.asarray(simulate(mol, shifts, rng, config, sampled=True).h1_trace, dtype=np.float64)
    protons = sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    return trace * (protons / max(float(trace.sum()), 1e-300))
