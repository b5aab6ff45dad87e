"""Fit spectra of the same species, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.mixtures.background import BackgroundCompound, background_of, exchanging_protons
from specmol_core.mixtures.cells import CellGrid, cell_spectrum, grid_of, line_width_hz
from specmol_core.mixtures.chain import Chain, Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.crossing import crossed_states
from specmol_core.mixtures.fit import MixtureFit, PreparedSpectrum
from specmol_core.mixtures.memory import FitMemory, expected_places, same_cells
from specmol_core.mixtures.posterior import combine
from specmol_core.mixtures.presence import find_absent, hidden_limits
from specmol_core.mixtures.reference_traces import reference_signals
from specmol_core.mixtures.signals import Signal, species_signals
from specmol_core.mixtures.species import Species, check_species
from specmol_core.mixtures.suppressed import prediction_solvent, protonated_solvent
from specmol_core.mixtures.templates import Templates, build_templates
from specmol_core.runtime.machine import core_count
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
_MIN_STANDARD = 0.2
"""Amount of the standard in a search, over that in the best one, below which the search missed it."""


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
        self._width_hz = self._axis_ppm = 0.0

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
        one = self.prepare(spectrum)
        grid, cells, templates = one.cells.grid, one.cells, one.templates
        start = None if fresh or self.memory is None or not self.memory.is_of(grid, templates) else self.memory
        rng = np.random.default_rng(self.config.seed)
        expected = templates if start is None else start.expected(templates, self.config)
        problem = Problem(cells, expected, len(self.species), self.config)
        chains = self.search(problem, rng, start)
        warm = start is not None and not start.is_outdated(chains[0].best, problem)
        if start is not None and not warm:
            problem = Problem(cells, templates, len(self.species), self.config)
            chains = self.search(problem, rng, None, [chain.best for chain in chains[:_KEPT_MODES]])
        chains, evidence = self._without_absent(problem, chains, rng)
        fit = self.result(one, problem, chains, evidence, rng, warm=warm)
        self.memory = self._remembered(fit, problem, start if warm else None)
        return fit

    def renewed(self) -> MixtureFitter:
        """Return a fitter of the same species that remembers no spectrum."""
        return MixtureFitter(
            self.species, self._predictor, nucleus=self.nucleus, solvent=self.solvent, references=self._references,
            config=self.config,
        )  # fmt: skip

    @property
    def _is_measured(self) -> bool:
        """Whether all species have measured spectra."""
        return all(s.name in self._references for s in self.species)

    def grid(self, spectrum: Spectrum) -> CellGrid:
        """Return the cells in which a spectrum is fitted.

        Raises
        ------
        SpectrumError
            As for ``fit``.
        """
        self._check(spectrum)
        return grid_of(spectrum, self.config, _WINDOWS[self.nucleus], measured=self._is_measured)

    def solvent_of(self, spectrum: Spectrum) -> str:
        """Return the solvent with which a spectrum is fitted; empty if it is unknown."""
        return self.solvent or spectrum.solvent or ""

    def prepare(self, spectrum: Spectrum) -> PreparedSpectrum:
        """Return a spectrum in the form of the fit.

        Raises
        ------
        SpectrumError
            As for ``fit``.
        """
        grid = self.grid(spectrum)
        solvent = self.solvent_of(spectrum)
        signals, background = self._signals(spectrum, solvent)
        nuclei = float(sum(s.nuclei for part in signals[: len(self.species)] for s in part if s.form == 0))
        protonated = protonated_solvent(solvent, self.nucleus)
        axis_ppm = 0.0 if protonated is None else protonated.offset_ppm(spectrum)
        excluded = () if protonated is None else protonated.ranges(grid.mhz, axis_ppm)
        lines = () if protonated is None else protonated.lines(axis_ppm)
        cells = cell_spectrum(
            spectrum, grid, nuclei, self.config, excluded, suppressed=lines, measured=self._is_measured
        )
        templates = self._templates_of(signals, grid, spectrum, axis_ppm)
        return PreparedSpectrum(spectrum, solvent, signals, background, cells, templates)

    def _remembered(self, fit: MixtureFit, problem: Problem, start: FitMemory | None) -> FitMemory:
        """Return what the next spectrum starts from; ``start`` is the memory of a fit that was no full search."""
        best = fit.states[0]
        if start is not None:
            return replace(start, states=fit.states, anchored=expected_places(best, problem, start.anchored))
        fractions = tuple((fit.posterior.weights @ fit.posterior.fractions).tolist())
        return FitMemory(
            problem.spectrum.grid, fit.states, best.energy, self._width_hz, fractions, problem.unexplained(best),
            self._axis_ppm, expected_places(best, problem),
        )  # fmt: skip

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
            name, protic = prediction_solvent(solvent)
            rng = np.random.default_rng(self.config.seed)
            background = [
                b for b in background_of(solvent, self.nucleus, mhz) if any(low < s.ppm < high for s in b.signals)
            ]
            parts = []
            for one in self.species:
                if one.name in self._references:
                    parts.append(reference_signals(one, self._references[one.name], self.nucleus, self.config))
                    continue
                parts.append(
                    species_signals(one, self._predictor, name, self.nucleus, mhz, self.config, rng, protic=protic)
                )
                if self.nucleus == "1H" and not protic and name != "unknown":
                    exchanging = exchanging_protons(one, self._predictor.predict([one.mol], name)[0], mhz)
                    background += [exchanging] if exchanging is not None else []
            self._prepared = key, (*parts, *(b.signals for b in background)), tuple(background)
            self._templates = None
        return self._prepared[1], self._prepared[2]

    def _templates_of(
        self, signals: Sequence[Sequence[Signal]], grid: CellGrid, spectrum: Spectrum, axis_ppm: float
    ) -> Templates:
        if self._templates is None or not same_cells(self._templates[0], grid):
            memory = self.memory
            if memory is not None and same_cells(memory.grid, grid):
                self._width_hz, self._axis_ppm = memory.width_hz, memory.axis_ppm
            else:
                self._width_hz, self._axis_ppm = line_width_hz(spectrum), axis_ppm
            self._templates = grid, build_templates(signals, grid, self._width_hz, self._axis_ppm)
        return self._templates[1]

    def search(
        self, problem: Problem, rng: np.random.Generator, start: FitMemory | None, known: Sequence[State] = ()
    ) -> list[Chain]:
        """Return the results of the searches, best first: from ``start``, or at random and from ``known``."""
        config, parent = self.config, problem.templates.parent
        jobs: list[tuple[State | None, float, NDArray[np.bool_] | None]]
        if start is None:
            jobs = [(None, 1.0, None)] * config.chains + [(state, 1.0, None) for state in known]
        else:
            jobs = [(state, 1.0, None) for state in start.states]
            seen = np.bincount(parent, start.states[0].amounts) > 0
            missing = ~seen[parent] & (parent < len(self.species))
            if missing.any():
                jobs += [(start.states[0], config.hot, missing)] * config.warm_seeds
        with ThreadPoolExecutor(min(core_count(), len(jobs)), thread_name_prefix="specmol-mixture") as pool:
            chains = list(pool.map(problem.search, rng.spawn(len(jobs)), *zip(*jobs, strict=True)))
            for _ in range(config.crossings if start is None else 0):
                chains.sort(key=lambda chain: chain.best.energy)
                crossed = crossed_states(problem, [chain.best for chain in chains[: config.crossed]])
                heats = [config.crossing_heat] * len(crossed)
                chains += pool.map(problem.search, rng.spawn(len(crossed)), crossed, heats)
        return sorted(chains, key=lambda chain: chain.best.energy)

    def _without_absent(
        self, problem: Problem, chains: list[Chain], rng: np.random.Generator
    ) -> tuple[list[Chain], NDArray[np.float64]]:
        """Return the searches without the species that are not seen, and the evidence of each species."""
        standards = [k for k, s in enumerate(self.species) if s.role == "standard"]
        if standards:
            chains = _with_standard(chains, problem.templates.parent == standards[0])
        problem.absent, evidence = find_absent(problem, chains, standards)
        if not problem.absent.any():
            return chains, evidence
        starts = [chain.best.copy() for chain in chains[: self.config.crossed]]
        for state in starts:
            state.amounts[problem.absent] = 0.0
        again = [problem.search(one, state) for one, state in zip(rng.spawn(len(starts)), starts, strict=True)]
        return sorted(again, key=lambda chain: chain.best.energy), evidence

    def result(
        self,
        one: PreparedSpectrum,
        problem: Problem,
        chains: Sequence[Chain],
        evidence: NDArray[np.float64],
        rng: np.random.Generator,
        *,
        warm: bool,
    ) -> MixtureFit:
        """Return the result of the searches of one spectrum, best first."""
        grid, best = problem.spectrum.grid, chains[0].best
        sampled = chains[0].positions
        seen = best.amounts[problem.templates.owner] > 0
        positions = np.where(seen, [grid.ppm(p) for p in (best.position + problem.templates.fraction).tolist()], np.nan)
        return MixtureFit(
            one.spectrum, self.species, one.background, one.signals, problem.spectrum, problem.templates,
            tuple(c.best for c in chains[:_KEPT_MODES]),
            combine(chains, problem.templates.parent, len(self.species), self.config, rng),
            positions, sampled.std(axis=0) * grid.step, evidence, hidden_limits(problem, best, rng), one.solvent, warm,
        )  # fmt: skip


def _with_standard(chains: list[Chain], own: NDArray[np.bool_]) -> list[Chain]:
    """Return the searches that found the standard (columns ``own``), if the best one did."""
    amounts = [float(chain.best.amounts[own].sum()) for chain in chains]
    return [chain for chain, amount in zip(chains, amounts, strict=True) if amount >= _MIN_STANDARD * amounts[0]]
