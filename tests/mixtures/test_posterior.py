"""Weighted samples: quantiles, intervals, and species of which only the sum is known."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.mixtures.chain import Chain, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.posterior import (
    AmountSamples,
    combine,
    indistinguishable,
    interval_of,
    mean_and_interval,
    weighted_quantile,
)


def _posterior(amounts: np.ndarray) -> AmountSamples:
    return AmountSamples(amounts, np.full(len(amounts), 1 / len(amounts)), amounts.shape[1])


def test_quantiles_of_equal_weights_are_those_of_the_values() -> None:
    values = np.random.default_rng(0).normal(size=4000)

    assert weighted_quantile(values, np.full(4000, 1 / 4000), [0.1, 0.5]) == pytest.approx(
        np.quantile(values, [0.1, 0.5]).tolist(), abs=0.01
    )


def test_the_interval_holds_its_share_of_the_weight() -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=5000), rng.random(5000)

    low, high = interval_of(values, weights / weights.sum(), 0.9)

    assert weights[(values >= low) & (values <= high)].sum() / weights.sum() == pytest.approx(0.9, abs=0.01)


def test_the_interval_holds_the_mean_of_skewed_values() -> None:
    values, weights = np.array([*[0.0] * 98, 0.4, 1.0]), np.full(100, 0.01)

    mean, low, high = mean_and_interval(values, weights, 0.9)

    assert mean == pytest.approx(0.014)
    assert (low, high) == (0.0, mean)


def test_the_only_species_is_not_more_than_all() -> None:
    weights = np.full(49, 1 / 49) * (1 + 1e-15)

    assert mean_and_interval(np.ones(49), weights, 0.95) == (1.0, 1.0, 1.0)


def test_species_that_replace_each_other_are_one_group() -> None:
    rng = np.random.default_rng(0)
    first = rng.uniform(0.1, 0.5, 500)
    amounts = np.stack([first, 0.6 - first, np.full(500, 0.4)], axis=1)

    assert indistinguishable(_posterior(amounts)) == [(0, 1)]


def test_species_with_narrow_intervals_are_no_group() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(0.3, 0.01, 500)

    assert indistinguishable(_posterior(np.stack([first, 0.6 - first, np.full(500, 0.4)], axis=1))) == []


def test_a_search_of_high_energy_counts_little() -> None:
    config = QuantifyConfig(relative_error=0.0)
    good, bad = (
        Chain(
            State(np.zeros(1, int), np.zeros(1, int), np.ones(1), 0.0, energy),
            np.full((4, 1), amount),
            np.full(4, energy),
            np.zeros((4, 1), int),
        )
        for energy, amount in ((10.0, 1.0), (10.0 + 10 * config.mode_temperature, 9.0))
    )

    mean = combine([good, bad], np.zeros(1, np.int64), 1, config, np.random.default_rng(0)).mean_amounts
    assert mean == pytest.approx([1.0], abs=1e-3)


def test_three_species_of_which_only_the_sum_is_known_are_one_group() -> None:
    amounts = np.random.default_rng(0).dirichlet([2.0, 2.0, 2.0], 800) * 0.7
    fixed = np.full((800, 1), 0.3)

    assert indistinguishable(_posterior(np.hstack([amounts, fixed]))) == [(0, 1, 2)]


def test_a_species_with_an_upper_limit_only_is_in_no_group() -> None:
    trace = np.abs(np.random.default_rng(0).normal(0.0, 0.003, 800))

    assert indistinguishable(_posterior(np.stack([trace, 1.0 - trace], axis=1))) == []
