"""One search: positions, variants and amounts of all signals, drawn in turn while the temperature falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specmol_core.mixtures.cells import CellSpectrum
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.kernels import species_columns, sweep, weighted_products
from specmol_core.mixtures.templates import Templates

__all__ = ["Chain", "Problem", "State", "solve_amounts"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_START_SCALES = 2.0
_LEAST_SHARE = 0.02
"""Smallest amount of a species while the temperature is high, over the mean amount: a species
without amount would not find its signals."""
_WARM = 1.5
_MIN_PRECISION = 1e-9
"""Precision of an amount relative to the largest, below which the window shows nothing of it."""


@dataclass
class State:
    """A point of the search."""

    position: Int
    """Cell of each signal's shift (signals,)."""
    variant: Int
    amounts: Float
    """(species,), in areas of one nucleus; the area of the spectrum is 1."""
    offset: float = 0.0
    """Offset of the axis against the predicted shifts (cells)."""
    energy: float = np.inf

    def copy(self) -> State:
        """Return an independent copy."""
        return State(self.position.copy(), self.variant.copy(), self.amounts.copy(), self.offset, self.energy)


@dataclass
class Chain:
    """The result of one search."""

    best: State
    amounts: Float
    """Samples (samples, species), with the error of the fit drawn."""
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
    offset_scale
        Standard deviation of the axis offset (ppm).
    """

    def __init__(self, spectrum: CellSpectrum, templates: Templates, species: int, config: QuantifyConfig) -> None:
        self.spectrum, self.templates, self.species, self.config = spectrum, templates, species, config
        self._strides = np.array(spectrum.grid.strides, np.int64)
        # Lines of the solvent stand where the table has them, however wrong the predictions are.
        self._follows = (templates.owner < species).astype(np.float64)
        sizes = np.bincount(templates.owner, templates.nuclei, templates.species)
        self._penalty = np.where(np.arange(templates.species) < species, 0.0, config.background_cost * sizes)

    def columns(self, state: State) -> Float:
        """Return the spectrum of each species for an amount of 1 (scales, species, cells)."""
        t = self.templates
        columns = np.zeros((len(self.spectrum.data), t.species, self.spectrum.grid.cells))
        species_columns(t.values, t.table, t.owner, t.nuclei, state.position, state.variant, columns)
        return columns

    def random_state(self, rng: np.random.Generator) -> State:
        """Return a state with shifts drawn from their distributions."""
        t = self.templates
        spread = np.clip(rng.standard_normal(len(t.centre)), -_START_SCALES, _START_SCALES)
        sizes = np.bincount(t.owner, t.nuclei, t.species).clip(1.0, None)
        shares = rng.standard_gamma(self.config.start_concentration, t.species) + 1e-3
        shares[self.species :] *= 0.02
        return State(
            np.round(t.centre + t.scale * spread).astype(np.int64),
            rng.integers(0, t.variants) if len(t.variants) else np.zeros(0, np.int64),
            shares / float(shares @ sizes),
        )

    def search(self, rng: np.random.Generator, start: State | None = None) -> Chain:
        """Return the result of one search: from random shifts, or at temperature 1 from ``start``."""
        config = self.config
        state = self.random_state(rng) if start is None else start.copy()
        cooling = config.cooling_sweeps if start is None else 0
        kept = config.kept_sweeps if start is None else config.warm_sweeps
        # The energy of a start is that of another spectrum.
        state.energy = np.inf
        best = state.copy()
        amounts, energies, positions = [], [], []
        for number in range(cooling + kept):
            cold = number >= cooling
            temperature = 1.0 if cold else config.hot ** (1 - number / max(cooling - 1, 1))
            fixed = start is None and number < config.fixed_share * cooling
            self._sweep(state, rng, temperature, fixed=fixed)
            if cold:
                drawn = self._finish(state, rng)
                amounts.append(drawn)
                energies.append(state.energy)
                positions.append(state.position.copy())
                if state.energy < best.energy:
                    best = state.copy()
        return Chain(best, np.array(amounts), np.array(energies), np.array(positions))

    def _sweep(self, state: State, rng: np.random.Generator, temperature: float, *, fixed: bool) -> None:
        """Solve the amounts unless they are fixed, then draw every signal, then the offset of the axis."""
        t, data = self.templates, self.spectrum.data
        columns = self.columns(state)
        if not fixed:
            weight = self._robust(data - np.einsum("s,ksc->kc", state.amounts, columns))
            state.amounts = solve_amounts(columns, data, weight, self._strides, self._penalty)[0]
        if temperature > _WARM:
            state.amounts = np.maximum(state.amounts, _LEAST_SHARE * state.amounts.mean())
        residual = data - np.einsum("s,ksc->kc", state.amounts, columns)
        weight = self._robust(residual)
        area = state.amounts[t.owner] * t.nuclei
        centre = t.centre + state.offset * self._follows
        sweep(
            residual, weight, self._strides, t.values, t.table, t.variants, centre, t.scale, t.dof, t.reach, area,
            temperature, rng.permutation(len(area)), rng.random((len(area), 2)),
            state.position, state.variant,
        )  # fmt: skip
        state.offset = self._offset(state)

    def _finish(self, state: State, rng: np.random.Generator) -> Float:
        """Solve the amounts and the energy of a state, and return amounts with a drawn error."""
        data = self.spectrum.data
        columns = self.columns(state)
        residual = data - np.einsum("s,ksc->kc", state.amounts, columns)
        weight = self._robust(residual)
        state.amounts, gram = solve_amounts(columns, data, weight, self._strides, self._penalty)
        residual = data - np.einsum("s,ksc->kc", state.amounts, columns)
        state.energy = self._energy(state, residual)
        return _drawn_amounts(state.amounts, gram, rng)

    def evidence(self, state: State) -> Float:
        """Return by how much the energy rises without each species (species,): the others are fitted again."""
        data, columns = self.spectrum.data, self.columns(state)
        rises = np.zeros(self.species)
        for k in range(self.species):
            if state.amounts[k] <= 0:
                continue
            others = columns.copy()
            others[:, k] = 0.0
            without = state.copy()
            without.amounts[k] = 0.0
            weight = self._robust(data - np.einsum("s,ksc->kc", without.amounts, others))
            without.amounts = solve_amounts(others, data, weight, self._strides, self._penalty)[0]
            rises[k] = self._energy(without, data - np.einsum("s,ksc->kc", without.amounts, others)) - state.energy
        return rises

    def _excess(self, residual: Float) -> Float:
        """Return by how much the data exceed the model where the model explains too little (scales, cells)."""
        share = self.config.unexplained_share
        excess = residual - share * np.maximum(self.spectrum.data, 0.0)
        return np.asarray(np.maximum(excess, 0.0) / (1 - share))

    def _robust(self, residual: Float) -> Float:
        """Return the weights, lower where something else has a signal."""
        weight = self.spectrum.weight
        return np.asarray(weight / (1 + weight * self._excess(residual) ** 2 / self.config.unexplained_sd**2))

    def _energy(self, state: State, residual: Float) -> float:
        t, limit = self.templates, self.config.unexplained_sd**2
        excess = np.minimum(self._excess(residual), np.maximum(residual, 0.0))
        cost = float(self._penalty @ state.amounts)
        for weight, rest, more, stride in zip(
            self.spectrum.weight, residual - excess, excess, self._strides.tolist(), strict=True
        ):
            w = weight[::stride]
            cost += 0.5 * float((w * rest[::stride] ** 2).sum())
            cost += 0.5 * limit * float(np.log1p(w * more[::stride] ** 2 / limit).sum())
        z = (state.position - t.centre - state.offset * self._follows) / t.scale
        used = state.amounts[t.owner] > 0
        cost += float((0.5 * (t.dof + 1) * np.log1p(z * z / t.dof))[used].sum())
        return cost + 0.5 * (state.offset * self.spectrum.grid.step / self.config.shift_offset_ppm) ** 2

    def _offset(self, state: State) -> float:
        """Return the most probable offset of the axis, given the signals of species that are seen."""
        t = self.templates
        seen = (state.amounts[t.owner] > _WARM * _LEAST_SHARE * state.amounts.mean()) & (self._follows > 0)
        distance = state.position - t.centre
        z = (distance - state.offset) / t.scale
        precision = np.where(seen, (t.dof + 1) / (t.dof + z * z) / t.scale**2, 0.0)
        prior = (self.spectrum.grid.step / self.config.shift_offset_ppm) ** 2
        return float((precision * distance).sum() / (precision.sum() + prior))


def solve_amounts(
    columns: Float, data: Float, weight: Float, strides: Int, penalty: Float | float = 0.0
) -> tuple[Float, Float]:
    """Return the amounts (species,), none negative, that fit best, and the matrix of their precisions.

    Parameters
    ----------
    columns
        (scales, species, cells)
    data, weight
        (scales, cells)
    penalty
        Cost of an amount of 1 (species,).
    """
    species = columns.shape[1]
    gram, right = np.zeros((species, species)), np.zeros(species)
    weighted_products(columns, data, weight, strides, gram, right)
    right -= penalty
    size, scaled = _scaled(gram, 1e-9)
    factor = np.linalg.cholesky(scaled)
    solution, _ = nnls(factor.T, np.linalg.solve(factor, right / size))
    return np.where(size < np.inf, solution / size, 0.0), gram


def _scaled(gram: Float, ridge: float) -> tuple[Float, Float]:
    """Return the scale of each amount (infinite for one without a cell) and the matrix of unit diagonal."""
    diagonal = np.diag(gram)
    size = np.where(diagonal > _MIN_PRECISION * diagonal.max(initial=0.0), np.sqrt(diagonal), np.inf)
    return size, np.where(np.eye(len(gram)) > 0, 1.0 + ridge, gram / np.outer(size, size))


def _drawn_amounts(amounts: Float, gram: Float, rng: np.random.Generator) -> Float:
    """Return amounts (species,) drawn around the solution, none negative."""
    size, scaled = _scaled(gram, 1e-6)
    error = np.linalg.solve(np.linalg.cholesky(scaled).T, rng.standard_normal(len(gram))) / size
    return np.abs(amounts + error)
