"""The result of a fit of one spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.background import BackgroundCompound
from specmol_core.mixtures.cells import CellSpectrum
from specmol_core.mixtures.chain import Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.posterior import AmountSamples
from specmol_core.mixtures.signals import Signal
from specmol_core.mixtures.species import Species
from specmol_core.mixtures.templates import Templates
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["MixtureFit", "PreparedSpectrum"]


@dataclass(frozen=True)
class PreparedSpectrum:
    """A spectrum in the form of the fit, and the signals that are fitted to it."""

    spectrum: Spectrum
    solvent: str
    signals: tuple[tuple[Signal, ...], ...]
    """The signals of each species, then of each background compound."""
    background: tuple[BackgroundCompound, ...]
    cells: CellSpectrum
    templates: Templates


@dataclass(frozen=True)
class MixtureFit:
    """What was fitted to one spectrum."""

    spectrum: Spectrum
    species: tuple[Species, ...]
    background: tuple[BackgroundCompound, ...]
    signals: tuple[tuple[Signal, ...], ...]
    """The signals of each species, then of each background compound."""
    cells: CellSpectrum
    templates: Templates
    states: tuple[State, ...]
    """The best states that the searches found, best first; the next spectrum starts from them."""
    posterior: AmountSamples
    positions: NDArray[np.float64]
    """Shift of each signal (signals,), ppm, in the order of ``signals``; NaN for a species without amount."""
    position_sd: NDArray[np.float64]
    """Standard deviation of each shift over the samples (signals,), ppm."""
    evidence: NDArray[np.float64]
    """Rise of the energy without each species (species,): small for one that is not there."""
    hidden: NDArray[np.float64]
    """Largest amount of each species that is not seen (species,), in areas of one nucleus; 0 for others."""
    solvent: str
    """Solvent of the shift prediction; empty if it is not known."""
    warm: bool
    """Whether the fit started from that of an earlier spectrum."""

    @property
    def energy(self) -> float:
        """Half the weighted squared residual of the best state, plus the costs of its shifts."""
        return self.states[0].energy

    @property
    def areas(self) -> NDArray[np.float64]:
        """Amount of each species (species,): area of one nucleus, in the spectrum's unit times ppm.

        Spectra of one series, measured alike, can be compared by it.
        """
        return self.posterior.mean_amounts[: len(self.species)] * self.cells.total

    @cached_property
    def contributions(self) -> NDArray[np.float64]:
        """Area of each species, then of each background compound, in each cell of the fine scale.

        (species + background, cells); the sum of the whole spectrum is 1.
        """
        problem = Problem(self.cells, self.templates, len(self.species), QuantifyConfig())
        columns = problem.columns(self.states[0])[0]
        areas = columns * self.states[0].amounts[:, None]
        parts = np.zeros((len(self.signals), areas.shape[1]))
        np.add.at(parts, self.templates.parent, areas)
        return parts

    @property
    def residual(self) -> NDArray[np.float64]:
        """Data less all contributions (cells,), on the fine scale."""
        return np.asarray(self.cells.data[0] - self.contributions.sum(axis=0))
