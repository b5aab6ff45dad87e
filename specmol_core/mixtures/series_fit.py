"""Fit several spectra of a series together, then each spectrum of the series with what they share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.mixtures.balance import reaction_balance
from specmol_core.mixtures.cells import CellGrid, CellSpectrum
from specmol_core.mixtures.chain import Chain, Problem, State
from specmol_core.mixtures.fit import MixtureFit, PreparedSpectrum
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.memory import same_cells
from specmol_core.mixtures.posterior import mode_weights
from specmol_core.mixtures.presence import evidence_of, find_absent, needed_evidence
from specmol_core.mixtures.series_problem import SeriesProblem, SeriesState
from specmol_core.mixtures.templates import Templates
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["SeriesFit", "measured_alike"]

Float = NDArray[np.float64]

_MAX_MODES, _MIN_WEIGHT = 6, 0.01
"""Results of the common search that are kept: at most so many, each of at least this weight."""
_REACH_SCALES = 6.0


@dataclass(frozen=True)
class SeriesFit:
    """What spectra of one series have in common: the places and multiplets of all signals.

    A signal that is weak in one spectrum is strong in another, and the signals of a reactant fall
    while those of a product rise. So both are assigned more surely than in one spectrum.
    """

    fitter: MixtureFitter
    grid: CellGrid
    solvent: str
    templates: Templates
    modes: tuple[SeriesState, ...]
    """Results of the common search, best first."""
    known: NDArray[np.bool_]
    """Species that the spectra show together (species,)."""

    @classmethod
    def of(cls, fitter: MixtureFitter, spectra: Sequence[Spectrum]) -> SeriesFit:
        """Return the common fit of a few spectra, in the order of time.

        Raises
        ------
        SpectrumError
            As ``MixtureFitter.fit``, or if the spectra differ in field, window or solvent.
        """
        prepared = [fitter.prepare(spectrum) for spectrum in spectra]
        templates, grid, solvent = prepared[0].templates, prepared[0].cells.grid, prepared[0].solvent
        for one in prepared[1:]:
            _check_alike(one, grid, solvent)
        roles = np.array([_change(fitter, templates, column) for column in range(templates.columns)])
        problem = SeriesProblem([one.cells for one in prepared], templates, len(fitter.species), fitter.config, roles)
        known = np.ones(len(fitter.species), dtype=bool)
        while True:
            problem.balance = reaction_balance(fitter.species, templates.parent, known)
            modes = _common_states(fitter, problem)
            seen = known & _seen(problem, modes[0])
            # A product that is lost would keep the others down.
            if problem.balance is None or (seen == known).all():
                return cls(fitter, grid, solvent, templates, modes, seen)
            known = seen

    def fit(self, spectrum: Spectrum) -> MixtureFit:
        """Fit one spectrum of the series with the common places of the signals.

        Raises
        ------
        SpectrumError
            As ``of``.
        """
        fitter = self.fitter
        one = fitter.prepare(spectrum)
        _check_alike(one, self.grid, self.solvent)
        rng = np.random.default_rng(fitter.config.seed)
        starts = [State(m.position, m.variant, m.amounts.mean(axis=0), m.offset, m.energy) for m in self.modes]
        problems = [self._problem(one.cells, mode) for mode in self.modes]
        solved = [start.copy() for start in starts]
        for problem, state in zip(problems, solved, strict=True):
            problem.solve(state)
        chains = [Chain(s, s.amounts[None], np.array([s.energy]), s.position[None]) for s in solved]
        standards = [k for k, s in enumerate(fitter.species) if s.role == "standard"]
        absent, evidence = find_absent(problems[0], chains, standards, self.known)
        found = []
        for problem, start in zip(problems, starts, strict=True):
            problem.absent = absent
            start.amounts[absent] = 0.0
            chain = problem.search(rng, start)
            # The weight of a result is that of the common search.
            chain.best.energy = start.energy
            found.append(chain)
        return fitter.result(one, problems[0], found, evidence, rng, warm=True)

    def _problem(self, cells: CellSpectrum, mode: SeriesState) -> Problem:
        """Return the fit of one spectrum in which signals of known species are expected near their places."""
        t, config = self.templates, self.fitter.config
        known = np.zeros(int(t.parent.max(initial=0)) + 1, dtype=bool)
        known[: len(self.known)] = self.known
        held = known[t.parent[t.owner]]
        scale = np.where(held, config.drift_ppm / self.grid.step, t.scale)
        reach = np.where(held, np.minimum(_REACH_SCALES * scale + 2, t.reach), t.reach)
        centre = np.where(held, mode.position - mode.offset, t.centre)
        anchored = replace(t, centre=centre, scale=scale, reach=reach.astype(np.int64))
        problem = Problem(cells, anchored, len(self.fitter.species), config)
        balance = reaction_balance(self.fitter.species, t.parent, self.known)
        problem.balance = None if balance is None else balance.with_ratios(mode.amounts)
        return problem


def measured_alike(fitter: MixtureFitter, spectra: Sequence[Spectrum]) -> list[Spectrum]:
    """Return those spectra of a series that have the field, window and solvent of most of them, in their order.

    Spectra that cannot be fitted are left out.
    """
    groups: list[tuple[CellGrid, str, list[Spectrum]]] = []
    for spectrum in spectra:
        with suppress(SpectrumError):
            grid, solvent = fitter.grid(spectrum), fitter.solvent_of(spectrum)
            members = next((found for g, s, found in groups if same_cells(g, grid) and s == solvent), None)
            if members is None:
                groups.append((grid, solvent, [spectrum]))
            else:
                members.append(spectrum)
    return max((members for *_, members in groups), key=len, default=[])


def _common_states(fitter: MixtureFitter, problem: SeriesProblem) -> tuple[SeriesState, ...]:
    """Return the results of the common search that count, best first."""
    chains = fitter.search(problem, np.random.default_rng(fitter.config.seed), None)
    # The errors of predicted multiplets are the same in all spectra: n of them tell less than n
    # times as much.
    for chain in chains:
        chain.best.energy /= math.sqrt(len(problem.parts))
    weights = mode_weights(chains, fitter.config)
    kept = [c.best for c, w in zip(chains, weights.tolist(), strict=True) if w >= _MIN_WEIGHT][:_MAX_MODES]
    return tuple(state for state in kept if isinstance(state, SeriesState))


def _seen(problem: SeriesProblem, best: SeriesState) -> NDArray[np.bool_]:
    """Return which species the spectra show together (species,)."""
    evidence = np.zeros(problem.species)
    for n, part in enumerate(problem.parts_of(best)):
        view = best.of_spectrum(n)
        part.solve(view)
        evidence += evidence_of(part, view)
    summed = replace(best.of_spectrum(0), amounts=best.amounts.sum(axis=0))
    return np.asarray(evidence >= needed_evidence(problem, summed))


def _check_alike(one: PreparedSpectrum, grid: CellGrid, solvent: str) -> None:
    if not same_cells(one.cells.grid, grid):
        reason = "field or window"
    elif one.solvent != solvent:
        reason = "solvent"
    else:
        return
    raise SpectrumError(one.spectrum.source, f"has another {reason} than the series that is fitted together")


def _change(fitter: MixtureFitter, templates: Templates, column: int) -> float:
    """Return the change of a column's amount by the reaction; the forms of a species have equal parts."""
    parent = int(templates.parent[column])
    if parent >= len(fitter.species):
        return 0.0
    species = fitter.species[parent]
    sign = {"reactant": -1.0, "product": 1.0}.get(species.role, 0.0)
    return sign * species.coefficient / int((templates.parent == parent).sum())
