"""Fit spectra of the same species, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from specmol_core.errors import SpectrumError
from specmol_core.mixtures.background import BackgroundCompound, background_of
from specmol_core.mixtures.cells import CellGrid, cell_spectrum, grid_of, line_width_hz
from specmol_core.mixtures.chain import Chain, Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.fit import MixtureFit
from specmol_core.mixtures.memory import FitMemory
from specmol_core.mixtures.posterior import combine
from specmol_core.mixtures.reference_traces import reference_signals
from specmol_core.mixtures.signals import Signal, predicted_signals
from specmol_core.mixtures.species import Species, check_species
from specmol_core.mixtures.suppressed import suppressed_ranges
from specmol_core.mixtures.templates import Templates, build_templates
from specmol_core.runtime.machine import core_count
from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum

if TYPE_CHECKING:
    from specmol_core.shifts.predictor import ShiftBackend

__all__ = ["MixtureFitter"]

_Signals = tuple[tuple[Signal, ...], ...]
_Key = tuple[float, str, float, float]
"""Field (MHz), solvent and window: what the signals depend on."""
_WINDOWS = {"1H": (14.5, -0.7), "13C": (235.0, -10.0)}
_KEPT_MODES = 3
"""Results of the searches from which the next spectrum starts."""
_RESTART_RATIO = 2.0
_RESTART_ENERGY = 40.0
"""The search begins anew if the energy of a spectrum is above that of the last full search by this ratio and sum."""


class MixtureFitter:
    """Fits spectra of one set of species; the first takes a full search, later ones start from the last.

    Spectra may differ in field, window and number of points. The species, the solvent and the
    nucleus are those of all spectra. A fit of a later spectrum takes about a tenth of a second for
    six species.

    Parameters
    ----------
    species
        The compounds that may be in the mixture.
    predictor
        Predicts the shifts.
    solvent
        Solvent of all spectra; None takes the one that the file of a spectrum states.
    references
        Measured spectrum of a pure species, by its name; used in place of a prediction.

    Raises
    ------
    UsageError
        If there is no species, two have one structure, or one has no nuclei to see.

    Examples
    --------
    >>> from pathlib import Path
    >>> from specmol_core.mixtures.species import species_of_smiles
    >>> from specmol_core.shifts.predictor import ShiftPredictor
    >>> from specmol_core.spectra.geometry import Geometry
    >>> from specmol_core.spectra.read import read_spectrum
    >>> spectrum = read_spectrum(Path("examples/crude.zip"), "1H", None, Geometry().h1_window)
    >>> names = {"CCOC(=O)/C=C/c1ccc(OC)cc1": "product", "COc1ccc(C=O)cc1": "aldehyde"}
    >>> species = [species_of_smiles(smiles, "", name=name) for smiles, name in names.items()]
    >>> fit = MixtureFitter(species, ShiftPredictor.load()).fit(spectrum)
    >>> (fit.posterior.weights @ fit.posterior.fractions).round(1).tolist()
    [0.7, 0.3]
    """

    def __init__(
        self,
        species: Sequence[Species],
        predictor: ShiftBackend,
        *,
        nucleus: Nucleus = "1H",
        solvent: str | None = None,
        references: Mapping[str, Spectrum] | None = None,
        config: QuantifyConfig | None = None,
    ) -> None:
        self.config = config or QuantifyConfig()
        self.nucleus: Nucleus = nucleus
        self.species = tuple(check_species(species, nucleus))
        self.solvent = solvent
        self._predictor, self._references = predictor, dict(references or {})
        self.memory: FitMemory | None = None
        """From where the next spectrum starts; None for a full search."""
        self._prepared: tuple[_Key, _Signals, tuple[BackgroundCompound, ...]] | None = None
        self._templates: tuple[CellGrid, Templates] | None = None
        self._width_hz = 0.0

    def fit(self, spectrum: Spectrum, *, fresh: bool = False) -> MixtureFit:
        """Fit one spectrum.

        Parameters
        ----------
        fresh
            Whether to search anew, as for the first spectrum.

        Raises
        ------
        SpectrumError
            If the spectrum shows another nucleus, does not state its field, or is a list of peaks.
        """
        self._check(spectrum)
        solvent = self.solvent or spectrum.solvent or ""
        signals, background = self._signals(spectrum, solvent)
        measured = all(s.name in self._references for s in self.species)
        grid = grid_of(spectrum, self.config, _WINDOWS[self.nucleus], measured=measured)
        nuclei = float(sum(s.nuclei for part in signals[: len(self.species)] for s in part))
        excluded = suppressed_ranges(solvent, self.nucleus)
        cells = cell_spectrum(spectrum, grid, nuclei, self.config, excluded, measured=measured)
        templates = self._templates_of(signals, grid, spectrum)
        problem = Problem(cells, templates, len(self.species), self.config)
        start = None if fresh or self.memory is None or not _fits(self.memory, grid, templates) else self.memory
        rng = np.random.default_rng(self.config.seed)
        chains = self._search(problem, rng, start)
        if start is not None and chains[0].best.energy > _RESTART_RATIO * start.full_energy + _RESTART_ENERGY:
            start, chains = None, self._search(problem, rng, None)
        fit = self._fit(spectrum, signals, background, problem, chains, rng, solvent, start is not None)
        full_energy = chains[0].best.energy if start is None else start.full_energy
        self.memory = FitMemory(grid, fit.states, full_energy, self._width_hz)
        return fit

    def _check(self, spectrum: Spectrum) -> None:
        if spectrum.nucleus != self.nucleus:
            raise SpectrumError(spectrum.source, f"shows {spectrum.nucleus}; the fit is of {self.nucleus}")
        if not spectrum.frequency_mhz:
            raise SpectrumError(spectrum.source, "does not state the field, which couplings need; give --field MHZ")
        if spectrum.peaks:
            raise SpectrumError(spectrum.source, "is a list of peaks; quantities need the spectrum itself")

    def _signals(self, spectrum: Spectrum, solvent: str) -> tuple[_Signals, tuple[BackgroundCompound, ...]]:
        """Return the signals of species and background: those of the last spectrum, if it was taken alike."""
        mhz, high, low = float(spectrum.frequency_mhz or 0.0), spectrum.axis.high, spectrum.axis.low
        key = (round(mhz, 1), solvent, round(high, 1), round(low, 1))
        if self._prepared is None or self._prepared[0] != key:
            known = solvent_named(solvent)
            name = known.name if known is not None else "unknown"
            rng = np.random.default_rng(self.config.seed)
            background = tuple(
                b for b in background_of(solvent, self.nucleus, mhz) if any(low < s.ppm < high for s in b.signals)
            )
            parts = []
            for one in self.species:
                if one.name in self._references:
                    parts.append(reference_signals(one, self._references[one.name], self.nucleus, self.config))
                    continue
                shifts = self._predictor.predict([one.mol], name if name in SOLVENTS else "other")[0]
                parts.append(predicted_signals(one, shifts, self.nucleus, mhz, self.config, rng))
            self._prepared = key, (*parts, *(b.signals for b in background)), background
            self._templates = None
        return self._prepared[1], self._prepared[2]

    def _templates_of(self, signals: Sequence[Sequence[Signal]], grid: CellGrid, spectrum: Spectrum) -> Templates:
        if self._templates is None or not _same_cells(self._templates[0], grid):
            memory = self.memory
            known = memory is not None and _same_cells(memory.grid, grid)
            self._width_hz = memory.width_hz if memory is not None and known else line_width_hz(spectrum)
            self._templates = grid, build_templates(signals, grid, self._width_hz)
        return self._templates[1]

    def _search(self, problem: Problem, rng: np.random.Generator, start: FitMemory | None) -> list[Chain]:
        """Return the results of the searches, best first."""
        starts: list[State | None] = [None] * self.config.chains if start is None else list(start.states)
        generators = rng.spawn(len(starts))
        with ThreadPoolExecutor(min(core_count(), len(starts)), thread_name_prefix="specmol-mixture") as pool:
            chains = list(pool.map(problem.search, generators, starts))
        return sorted(chains, key=lambda chain: chain.best.energy)

    def _fit(
        self,
        spectrum: Spectrum,
        signals: _Signals,
        background: tuple[BackgroundCompound, ...],
        problem: Problem,
        chains: list[Chain],
        rng: np.random.Generator,
        solvent: str,
        warm: bool,
    ) -> MixtureFit:
        grid, best = problem.spectrum.grid, chains[0].best
        sampled = chains[0].positions
        seen = best.amounts[problem.templates.owner] > 0
        positions = np.where(seen, [grid.ppm(p) for p in (best.position + problem.templates.fraction).tolist()], np.nan)
        return MixtureFit(
            spectrum, self.species, background, signals, problem.spectrum, problem.templates,
            tuple(c.best for c in chains[:_KEPT_MODES]), combine(chains, len(self.species), self.config, rng),
            positions, sampled.std(axis=0) * grid.step, problem.evidence(best), solvent, warm,
        )  # fmt: skip

    def anchor(self, fit: MixtureFit, drift_ppm: float) -> None:
        """Expect the signals of later spectra where ``fit`` has them, within ``drift_ppm``.

        Signals of species without amount keep their predictions. Use it in a series once a species
        is seen clearly.
        """
        signals, at = [], 0
        for part in fit.signals:
            placed = fit.positions[at : at + len(part)]
            at += len(part)
            signals.append(
                tuple(
                    s if p != p else replace(s, ppm=float(p), scale=min(s.scale, drift_ppm))
                    for s, p in zip(part, placed.tolist(), strict=True)
                )
            )
        assert self._prepared is not None
        self._prepared = self._prepared[0], tuple(signals), self._prepared[2]
        self._templates = None


def _fits(memory: FitMemory, grid: CellGrid, templates: Templates) -> bool:
    """Return whether the states of a memory are those of these signals on this grid."""
    return _same_cells(memory.grid, grid) and all(
        len(state.position) == len(templates.owner) and len(state.amounts) == templates.species
        for state in memory.states
    )


def _same_cells(a: CellGrid, b: CellGrid) -> bool:
    """Return whether positions in cells mean the same shifts."""
    return a.cells == b.cells and abs(a.high - b.high) < a.step / 4 and abs(a.step - b.step) < 1e-3 * a.step / a.cells
