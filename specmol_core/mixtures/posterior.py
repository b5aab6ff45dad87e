"""From the searches to amounts with intervals, upper limits, and species that cannot be distinguished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.chain import Chain
from specmol_core.mixtures.config import QuantifyConfig

__all__ = ["Posterior", "combine", "indistinguishable", "interval_of", "weighted_quantile"]

Float = NDArray[np.float64]

_MIN_RELATIVE_SD = 0.15
"""Relative standard deviation from which a species may be indistinguishable from another."""
_MAX_SUM_RATIO = 0.5
"""Standard deviation of the sum over that of the less certain species, below which only the sum is known."""


@dataclass(frozen=True)
class Posterior:
    """Weighted samples of the amounts of one spectrum."""

    amounts: Float
    """(samples, species), with those of the background; areas of one nucleus."""
    weights: Float
    """(samples,); the sum is 1."""
    species: int
    """Number of species that are not background."""

    @property
    def fractions(self) -> Float:
        """Mole fractions of the species in each sample (samples, species)."""
        amounts = self.amounts[:, : self.species]
        return np.asarray(amounts / amounts.sum(axis=1, keepdims=True).clip(1e-300, None))

    @property
    def mean_amounts(self) -> Float:
        """Mean amounts (species + background,)."""
        return np.asarray(self.weights @ self.amounts)


def combine(chains: Sequence[Chain], species: int, config: QuantifyConfig, rng: np.random.Generator) -> Posterior:
    """Return the samples of all searches, weighted by the lowest energy of each search.

    A relative error is drawn for each amount: lines of one molecule relax differently, and their
    shapes are not exactly those of the model.
    """
    lowest = np.array([c.best.energy for c in chains])
    shares = np.exp(-(lowest - lowest.min()) / config.mode_temperature)
    amounts = np.concatenate([c.amounts for c in chains])
    weights = np.concatenate([np.full(len(c.amounts), s / len(c.amounts)) for c, s in zip(chains, shares, strict=True)])
    amounts = amounts * np.exp(config.relative_error * rng.standard_normal(amounts.shape))
    return Posterior(amounts, weights / weights.sum(), species)


def weighted_quantile(values: Float, weights: Float, levels: Sequence[float]) -> list[float]:
    """Return quantiles of weighted values (n,).

    >>> weighted_quantile(np.array([3.0, 1.0, 2.0]), np.full(3, 1 / 3), [0.5])
    [2.0]
    """
    order = np.argsort(values)
    running = np.cumsum(weights[order]) - 0.5 * weights[order]
    return [float(v) for v in np.interp(levels, running / weights.sum(), values[order])]


def interval_of(values: Float, weights: Float, coverage: float) -> tuple[float, float]:
    """Return the central interval of weighted values (n,)."""
    low, high = weighted_quantile(values, weights, [(1 - coverage) / 2, (1 + coverage) / 2])
    return low, high


def indistinguishable(posterior: Posterior) -> list[tuple[int, ...]]:
    """Return sets of species of which the spectrum gives the sum, but not each amount."""
    fractions, weights = posterior.fractions, posterior.weights
    mean = weights @ fractions
    sd = np.sqrt(weights @ (fractions - mean) ** 2)
    root = list(range(posterior.species))
    for i in range(posterior.species):
        for j in range(i + 1, posterior.species):
            total = fractions[:, i] + fractions[:, j]
            sum_sd = float(np.sqrt(weights @ (total - weights @ total) ** 2))
            uncertain = min(sd[i] / max(mean[i], 1e-9), sd[j] / max(mean[j], 1e-9)) > _MIN_RELATIVE_SD
            if (
                uncertain
                and sum_sd < _MAX_SUM_RATIO * max(sd[i], sd[j])
                and min(sd[i], sd[j]) > 0.5 * max(sd[i], sd[j])
            ):
                root = [root[i] if r == root[j] else r for r in root]
    groups = [tuple(k for k, r in enumerate(root) if r == first) for first in sorted(set(root))]
    return [g for g in groups if len(g) > 1]
