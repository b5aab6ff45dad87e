"""The search over several spectra of one series: they share places and multiplets, each has its own amounts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.cells import CellSpectrum
from specmol_core.mixtures.chain import Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.kernels import sweep
from specmol_core.mixtures.solve import drawn_amounts
from specmol_core.mixtures.templates import Templates

__all__ = ["SeriesProblem", "SeriesState"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_DRIFT_SCALES, _MAX_DRIFT = 3.0, 12
"""Largest movement of a signal within the series: in scales, and in cells."""
_DRIFT_DOF = 4.0
_BACKWARD_COST = 8.0
"""Cost of a conversion that falls: that of a shift four standard deviations beside its prediction."""


@dataclass
class SeriesState(State):
    """A point of the search; ``amounts`` is (spectra, columns)."""

    drift: Int = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    """Movement of each signal in each spectrum (spectra, signals), cells."""

    def copy(self) -> SeriesState:
        """Return an independent copy."""
        return SeriesState(
            self.position.copy(), self.variant.copy(), self.amounts.copy(), self.offset, self.energy, self.drift.copy()
        )

    def take_column(self, other: State, column: int, signals: NDArray[np.bool_]) -> None:
        """Take a column from another state, with the movements of its signals."""
        super().take_column(other, column, signals)
        assert isinstance(other, SeriesState)
        self.drift[:, signals] = other.drift[:, signals]

    def of_spectrum(self, number: int) -> State:
        """Return the state of one spectrum, with the energy of the series."""
        return State(
            self.position + self.drift[number], self.variant, self.amounts[number].copy(), self.offset, self.energy
        )


class SeriesProblem(Problem):
    """Several spectra of the same species on one grid, in the order of time.

    Parameters
    ----------
    spectra
        The spectra in cells.
    roles
        Change of the amount of each column by the reaction (columns,): negative for a reactant,
        positive for a product, 0 for others. Searches begin with amounts that it allows.
    """

    def __init__(
        self,
        spectra: Sequence[CellSpectrum],
        templates: Templates,
        species: int,
        config: QuantifyConfig,
        roles: Float,
    ) -> None:
        super().__init__(spectra[0], templates, species, config)
        self.parts = [Problem(one, templates, species, config) for one in spectra]
        self._roles = roles
        scale = config.drift_ppm / spectra[0].grid.step
        self._drift_scale, self._drift_reach = scale, min(math.ceil(_DRIFT_SCALES * scale), _MAX_DRIFT)
        self._course = _course(np.array([one.data[1] for one in spectra]))

    def random_state(self, rng: np.random.Generator) -> SeriesState:
        """Return a state with shifts drawn from their distributions, and amounts that follow the spectra.

        The amounts of the first and the last spectrum are drawn; between them, they change as the
        spectra do.
        """
        first = super().random_state(rng)
        begin, end = first.amounts, super().random_state(rng).amounts
        consumed, formed = self._roles < 0, self._roles > 0
        if consumed.any() and formed.any():
            low, high = np.sort(rng.random(2)).tolist()
            charge = float((begin[consumed] / -self._roles[consumed]).mean())
            product = np.where(formed, self._roles * charge, 0.0)
            end = np.where(consumed, begin * (1 - high), np.where(formed, product * high, begin))
            begin = np.where(consumed, begin * (1 - low), np.where(formed, product * low, begin))
        sizes = np.bincount(self.templates.owner, self.templates.nuclei, self.templates.columns).clip(1.0, None)
        amounts = begin + self._course[:, None] * (end - begin)
        amounts /= (amounts @ sizes)[:, None]
        drift = np.zeros((len(self.parts), len(first.position)), np.int64)
        return SeriesState(first.position, first.variant, amounts, 0.0, np.inf, drift)

    def parts_of(self, state: SeriesState) -> list[Problem]:
        """Return the problem of each spectrum, with the mass balance that follows from all amounts of a state.

        They are copies: searches that run at the same time have balances of their own.
        """
        balance = None if self.balance is None else self.balance.with_ratios(state.amounts)
        parts = [copy(part) for part in self.parts]
        for part in parts:
            part.absent, part.balance = self.absent, balance
        return parts

    def solve(self, state: State) -> list[Float]:
        """Solve the amounts and the energy of a state, and return the precisions of the amounts of each spectrum."""
        assert isinstance(state, SeriesState)
        grams, energy = [], 0.0
        for n, part in enumerate(self.parts_of(state)):
            view = state.of_spectrum(n)
            grams.append(part.solve_amounts(view))
            state.amounts[n] = view.amounts
            energy += view.energy
        z = state.drift / self._drift_scale
        used = state.amounts[:, self.templates.owner] > 0
        energy += float((0.5 * (_DRIFT_DOF + 1) * np.log1p(z * z / _DRIFT_DOF))[used].sum())
        state.energy = energy + self._shift_cost(state, state.amounts.sum(axis=0)) + self._direction_cost(state)
        return grams

    def _direction_cost(self, state: SeriesState) -> float:
        """Return the cost of a reaction that runs from its products to its reactants."""
        consumed, formed = self._roles < 0, self._roles > 0
        if not consumed.any() or not formed.any():
            return 0.0
        ends = np.abs(state.amounts[[0, -1]] / np.where(self._roles == 0, 1.0, self._roles))
        products = ends[:, formed].mean(axis=1)
        first, last = products / (products + ends[:, consumed].mean(axis=1)).clip(1e-300, None)
        return _BACKWARD_COST if last < first else 0.0

    def _sweep(
        self,
        state: State,
        rng: np.random.Generator,
        temperature: float,
        *,
        fixed: bool,
        moved: NDArray[np.bool_] | None = None,
    ) -> None:
        assert isinstance(state, SeriesState)
        t = self.templates
        residuals, weights = [], []
        for n, part in enumerate(self.parts_of(state)):
            view = state.of_spectrum(n)
            residual, weight = part.start_sweep(view, temperature, fixed=fixed)
            state.amounts[n] = view.amounts
            residuals.append(residual)
            weights.append(weight)
        area = state.amounts[:, t.owner] * t.nuclei
        signals = np.arange(area.shape[1]) if moved is None else np.flatnonzero(moved[t.owner])
        centre = t.centre + state.offset * self._follows
        sweep(
            np.array(residuals), np.array(weights), self._strides, t.values, t.table, t.variants, centre, t.scale,
            t.dof, t.reach, t.partner, t.gap, t.gap_scale, area, temperature, rng.permutation(signals),
            rng.random((area.shape[1], 2 + len(self.parts))), self._drift_scale, self._drift_reach,
            state.position, state.variant, state.drift,
        )  # fmt: skip
        state.offset = self._offset(state, state.amounts.mean(axis=0))

    def _finish(self, state: State, rng: np.random.Generator) -> Float:
        """Solve a state, and return amounts (2, spectra, columns) with a drawn error of either sign."""
        grams = self.solve(state)
        return np.stack([drawn_amounts(a, g, rng) for a, g in zip(state.amounts, grams, strict=True)], axis=1)


def _course(data: Float) -> Float:
    """Return how far each spectrum (spectra, cells) is from the first to the last (spectra,): 0 to 1."""
    change = data[-1] - data[0]
    size = float(change @ change)
    if not size > 0:
        return np.linspace(0.0, 1.0, len(data))
    return np.asarray(np.clip((data - data[0]) @ change / size, 0.0, 1.0))
