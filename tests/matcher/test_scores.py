"""Rounding of scores: sums in another order are ties."""

from __future__ import annotations

import numpy as np

from specmol_core.matcher.scores import SCORE_DECIMALS, rounded_scores


def test_sums_in_another_order_are_ties() -> None:
    terms = np.random.default_rng(0).normal(scale=100.0, size=50)
    sums = np.array([np.cumsum(np.random.default_rng(seed).permutation(terms))[-1] for seed in range(20)])
    assert len(set(sums.tolist())) > 1

    rounded = rounded_scores(sums)

    assert len(set(rounded.tolist())) == 1
    assert abs(rounded[0] - terms.sum()) <= 0.5 * 10.0**-SCORE_DECIMALS + 1e-9


def test_infinite_scores_stay() -> None:
    assert rounded_scores(np.array([-np.inf, 1.23456])).tolist() == [-np.inf, 1.2346]
