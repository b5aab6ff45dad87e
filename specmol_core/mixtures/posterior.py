"""From the searches to amounts with intervals, upper limits, and species that cannot be distinguished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.chain import Chain
from specmol_core.mixtures.config import QuantifyConfig

__all__ = [
    "AmountSamples",
    "combine",
    "indistinguishable",
    "interval_of",
    "mean_and_interval",
    "mode_weights",
    "weighted_quantile",
]

Float = NDArray[np.float64]

_MAX_RELATIVE_SD = 0.15
"""Relative standard deviation up to which an amount is known by itself."""
_MIN_MEAN = 0.02
"""Mean fraction below which a species has an upper limit, and is in no group."""


@dataclass(frozen=True)
class AmountSamples:
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


def mode_weights(chains: Sequence[Chain], config: QuantifyConfig) -> Float:
    """Return the weight of each search (searches,), from its lowest energy; the sum is 1."""
    lowest = np.array([c.best.energy for c in chains])
    shares = np.exp(-(lowest - lowest.min()) / config.mode_temperature)
    return np.asarray(shares / shares.sum())


def combine(
    chains: Sequence[Chain], parent: NDArray[np.int64], species: int, config: QuantifyConfig, rng: np.random.Generator
) -> AmountSamples:
    """Return the samples of all searches, weighted by the lowest energy of each search.

    The amount of a species is the sum over its forms; ``parent`` is the species or background
    compound of each column.

    A relative error is drawn for each amount: lines of one molecule relax differently, and their
    shapes are not exactly those of the model.
    """
    shares = mode_weights(chains, config)
    amounts = np.concatenate([c.amounts for c in chains])
    weights = np.concatenate([np.full(len(c.amounts), s / len(c.amounts)) for c, s in zip(chains, shares, strict=True)])
    amounts = amounts @ (parent[:, None] == np.arange(parent.max(initial=0) + 1))
    drawn = config.relative_error * rng.standard_normal((len(amounts) // 2, amounts.shape[1]))
    amounts = amounts * np.exp(np.stack([drawn, -drawn], axis=1).reshape(amounts.shape))
    return AmountSamples(amounts, weights / weights.sum(), species)


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


def mean_and_interval(values: Float, weights: Float, coverage: float) -> tuple[float, float, float]:
    """Return the mean of weighted values (n,), and the central interval, widened to hold the mean.

    >>> mean_and_interval(np.ones(3), np.array([0.1, 0.2, 0.7]) * (1 + 1e-12), 0.95)
    (1.0, 1.0, 1.0)
    """
    mean = float(np.clip(weights @ values, values.min(), values.max()))
    low, high = interval_of(values, weights, coverage)
    return mean, min(low, mean), max(high, mean)


def indistinguishable(posterior: AmountSamples) -> list[tuple[int, ...]]:
    """Return sets of species of which the spectrum gives the sum, but not each amount.

    An uncertain species joins the uncertain one that most often has what it lacks, until the sum is
    certain.
    """
    fractions, weights = posterior.fractions, posterior.weights
    groups = [(k,) for k in range(posterior.species)]
    while True:
        sums = np.stack([fractions[:, g].sum(axis=1) for g in groups], axis=1)
        mean = weights @ sums
        covariance = (sums - mean).T @ ((sums - mean) * weights[:, None])
        uncertain = np.flatnonzero(np.sqrt(np.diag(covariance)) > _MAX_RELATIVE_SD * mean)
        uncertain = uncertain[mean[uncertain] > _MIN_MEAN]
        pairs = [(covariance[i, j], i, j) for i in uncertain for j in uncertain if i < j and covariance[i, j] < 0]
        if not pairs:
            return sorted(g for g in groups if len(g) > 1)
        _, i, j = min(pairs)
        groups[i] = tuple(sorted((*groups[i], *groups[j])))
        del groups[j]
