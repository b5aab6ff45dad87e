"""One search: positions, variants and amounts of all signals, drawn in turn while the temperature falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.balance import ReactionBalance
from specmol_core.mixtures.cells import CellSpectrum
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.kernels import species_columns, sweep
from specmol_core.mixtures.solve import drawn_amounts, solve_amounts
from specmol_core.mixtures.templates import Templates

__all__ = ["Chain", "Problem", "State"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_START_SCALES = 2.0
_LEAST_SHARE = 0.02
"""Smallest amount of a species while the temperature is high, over the mean amount: a species
without amount would not find its signals."""
_WARM = 1.5


@dataclass
class State:
    """A point of the search."""

    position: Int
    """Cell of each signal's shift (signals,)."""
    variant: Int
    amounts: Float
    """(columns,), in areas of one nucleus; the area of the spectrum is 1."""
    offset: float = 0.0
    """Offset of the axis against the predicted shifts (cells)."""
    energy: float = np.inf

    def copy(self) -> State:
        """Return an independent copy."""
        return State(self.position.copy(), self.variant.copy(), self.amounts.copy(), self.offset, self.energy)

    def take_column(self, other: State, column: int, signals: NDArray[np.bool_]) -> None:
        """Take the amount of a column, and the places and variants of its signals, from another state."""
        self.position[signals], self.variant[signals] = other.position[signals], other.variant[signals]
        self.amounts[..., column] = other.amounts[..., column]


@dataclass
class Chain:
    """The result of one search."""

    best: State
    amounts: Float
    """Samples (samples, columns), with the error of the fit drawn; two of each state."""
    energies: Float
    """(samples,)"""
    positions: Int
    """Samples (samples, signals)."""


class Problem:
    """One spectrum and the signals that are fitted to it.

    Parameters
    ----------
    spectrum
        The spectrum in cells.
    templates
        The signals of the species and of the background.
    species
        Number of species that are not background.
    """

    def __init__(self, spectrum: CellSpectrum, templates: Templates, species: int, config: QuantifyConfig) -> None:
        self.spectrum, self.templates, self.species, self.config = spectrum, templates, species, config
        self._strides = np.array(spectrum.grid.strides, np.int64)
        # Lines of the solvent stand where the table has them, however wrong the predictions are.
        self._follows = (templates.parent[templates.owner] < species).astype(np.float64)
        sizes = np.bincount(templates.owner, templates.nuclei, templates.columns)
        self._penalty = np.where(templates.parent < species, 0.0, config.background_cost * sizes)
        self.absent = np.zeros(templates.columns, dtype=bool)
        """Columns that have no amount (columns,)."""
        self.balance: ReactionBalance | None = None
        """Mass balance that the amounts should keep; None for none."""

    def columns(self, state: State) -> Float:
        """Return the spectrum of each column for an amount of 1 (scales, columns, cells)."""
        t = self.templates
        columns = np.zeros((len(self.spectrum.data), t.columns, self.spectrum.grid.cells))
        species_columns(t.values, t.table, t.owner, t.nuclei, state.position, state.variant, columns)
        columns[:, self.absent] = 0.0
        return columns

    def random_state(self, rng: np.random.Generator) -> State:
        """Return a state with shifts drawn from their distributions."""
        t = self.templates
        spread = np.clip(rng.standard_normal(len(t.centre)), -_START_SCALES, _START_SCALES)
        sizes = np.bincount(t.owner, t.nuclei, t.columns).clip(1.0, None)
        shares = rng.standard_gamma(self.config.start_concentration, t.columns) + 1e-3
        shares[t.parent >= self.species] *= 0.02
        return State(
            np.round(t.centre + t.scale * spread).astype(np.int64),
            rng.integers(0, t.variants) if len(t.variants) else np.zeros(0, np.int64),
            shares / float(shares @ sizes),
        )

    def search(
        self,
        rng: np.random.Generator,
        start: State | None = None,
        heat: float = 1.0,
        moved: NDArray[np.bool_] | None = None,
    ) -> Chain:
        """Return the result of one search.

        Parameters
        ----------
        start
            Where the search begins; None begins at random shifts, at the temperature of the settings.
        heat
            Temperature at which a search from ``start`` begins.
        moved
            Columns whose signals move while the search cools (columns,); None moves all.
        """
        config = self.config
        state = self.random_state(rng) if start is None else start.copy()
        hot = config.hot if start is None else heat
        cooling = config.cooling_sweeps if start is None else config.warm_sweeps if heat > 1 else 0
        cooling = config.cooling_sweeps // 2 if moved is not None else cooling
        kept = config.kept_sweeps if start is None else config.warm_sweeps
        # The energy of a start is that of another spectrum.
        state.energy = np.inf
        best = state.copy()
        amounts, energies, positions = [], [], []
        for number in range(cooling + kept):
            cold = number >= cooling
            temperature = 1.0 if cold else hot ** (1 - number / max(cooling - 1, 1))
            fixed = start is None and number < config.fixed_share * cooling
            self._sweep(state, rng, temperature, fixed=fixed, moved=None if cold else moved)
            if cold:
                drawn = self._finish(state, rng)
                amounts += list(drawn)
                energies.append(state.energy)
                positions.append(state.position.copy())
                if state.energy < best.energy:
                    best = state.copy()
        return Chain(best, np.array(amounts), np.array(energies), np.array(positions))

    def solve(self, state: State) -> Any:
        """Solve the amounts and the energy of a state, and return the matrix of the amounts' precisions."""
        gram = self.solve_amounts(state)
        state.energy += self._shift_cost(state, state.amounts)
        return gram

    def solve_amounts(self, state: State) -> Float:
        """Solve the amounts and the energy without the costs of the shifts; return the matrix of the precisions."""
        data = self.spectrum.data
        columns = self.columns(state)
        weight = self.robust(data - np.einsum("s,ksc->kc", state.amounts, columns))
        state.amounts, gram = self.solved(state.amounts, columns, weight)
        residual = data - np.einsum("s,ksc->kc", state.amounts, columns)
        state.energy = self._misfit(state.amounts, residual)
        return gram

    def solved(self, amounts: Float, columns: Float, weight: Float) -> tuple[Float, Float]:
        """Return the amounts that fit best, and the matrix of their precisions; ``amounts`` are those so far."""
        known = None
        if self.balance is not None:
            # An absent column stays without an amount.
            known = np.where(self.absent | self.absent[:, None], 0.0, self.balance.precision(amounts))
        return solve_amounts(columns, self.spectrum.data, weight, self._strides, self._penalty, known)

    def start_sweep(self, state: State, temperature: float, *, fixed: bool) -> tuple[Float, Float]:
        """Solve the amounts unless they are fixed; return the residual and its weights (scales, cells)."""
        data, columns = self.spectrum.data, self.columns(state)
        if not fixed:
            weight = self.robust(data - np.einsum("s,ksc->kc", state.amounts, columns))
            state.amounts = self.solved(state.amounts, columns, weight)[0]
        if temperature > _WARM:
            least = np.where(self.absent, 0.0, _LEAST_SHARE * state.amounts.mean())
            state.amounts = np.maximum(state.amounts, least)
        residual = np.asarray(data - np.einsum("s,ksc->kc", state.amounts, columns))
        return residual, self.robust(residual)

    def _sweep(
        self,
        state: State,
        rng: np.random.Generator,
        temperature: float,
        *,
        fixed: bool,
        moved: NDArray[np.bool_] | None = None,
    ) -> None:
        """Solve the amounts unless they are fixed, then draw every signal, then the offset of the axis."""
        t = self.templates
        residual, weight = self.start_sweep(state, temperature, fixed=fixed)
        area = state.amounts[t.owner] * t.nuclei
        signals = np.arange(len(area)) if moved is None else np.flatnonzero(moved[t.owner])
        centre = t.centre + state.offset * self._follows
        sweep(
            residual[None], weight[None], self._strides, t.values, t.table, t.variants, centre, t.scale, t.dof, t.reach,
            t.partner, t.gap, t.gap_scale, area[None], temperature, rng.permutation(signals),
            rng.random((len(area), 2)), 1.0, 0, state.position, state.variant, np.zeros((1, len(area)), np.int64),
        )  # fmt: skip
        state.offset = self._offset(state, state.amounts)

    def _finish(self, state: State, rng: np.random.Generator) -> Float:
        """Solve the amounts and the energy of a state, and return amounts with a drawn error of either sign."""
        gram = self.solve(state)
        return drawn_amounts(state.amounts, gram, rng)

    def residual(self, state: State) -> Float:
        """Return the data less the model (scales, cells)."""
        return np.asarray(self.spectrum.data - np.einsum("s,ksc->kc", state.amounts, self.columns(state)))

    def unexplained(self, state: State) -> float:
        """Return the share of the intensity above the model."""
        data, inside = self.spectrum.data[1], self.spectrum.weight[1] > 0
        excess = np.maximum(self.residual(state)[1], 0.0)
        return float(excess[inside].sum() / max(float(data[inside].sum()), 1e-300))

    def _excess(self, residual: Float) -> Float:
        """Return by how much the data exceed the model where the model explains too little (scales, cells)."""
        share = self.config.unexplained_share
        excess = residual - share * np.maximum(self.spectrum.data, 0.0)
        return np.asarray(np.maximum(excess, 0.0) / (1 - share))

    def robust(self, residual: Float) -> Float:
        """Return the weights, lower where something else has a signal."""
        weight = self.spectrum.weight
        return np.asarray(weight / (1 + weight * self._excess(residual) ** 2 / self.config.unexplained_sd**2))

    def _misfit(self, amounts: Float, residual: Float) -> float:
        """Return half the weighted squared residual (scales, cells), plus the cost of the background's amounts."""
        limit = self.config.unexplained_sd**2
        excess = np.minimum(self._excess(residual), np.maximum(residual, 0.0))
        cost = float(self._penalty @ amounts) + (0.0 if self.balance is None else self.balance.cost(amounts))
        for weight, rest, more, stride in zip(
            self.spectrum.weight, residual - excess, excess, self._strides.tolist(), strict=True
        ):
            w = weight[::stride]
            cost += 0.5 * float((w * rest[::stride] ** 2).sum())
            cost += 0.5 * limit * float(np.log1p(w * more[::stride] ** 2 / limit).sum())
        return cost

    def _shift_cost(self, state: State, amounts: Float) -> float:
        """Return the cost of the shifts of columns with an amount (columns,)."""
        t = self.templates
        z = (state.position - t.centre - state.offset * self._follows) / t.scale
        used = amounts[t.owner] > 0
        cost = float((0.5 * (t.dof + 1) * np.log1p(z * z / t.dof))[used].sum())
        z = (state.position - state.position[t.partner] - t.gap) / t.gap_scale
        # Each of two partners has half of the cost of their distance.
        cost += float((0.25 * (t.dof + 1) * np.log1p(z * z / t.dof))[used & (t.partner >= 0)].sum())
        return cost + 0.5 * (state.offset * self.spectrum.grid.step / self.config.shift_offset_ppm) ** 2

    def _offset(self, state: State, amounts: Float) -> float:
        """Return the most probable offset of the axis, given the signals of columns with an amount (columns,)."""
        t = self.templates
        seen = (amounts[t.owner] > _WARM * _LEAST_SHARE * amounts.mean()) & (self._follows > 0)
        distance = state.position - t.centre
        z = (distance - state.offset) / t.scale
        precision = np.where(seen, (t.dof + 1) / (t.dof + z * z) / t.scale**2, 0.0)
        prior = (self.spectrum.grid.step / self.config.shift_offset_ppm) ** 2
        return float((precision * distance).sum() / (precision.sum() + prior))
