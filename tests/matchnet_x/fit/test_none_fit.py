"""Fit of the probability that none fits: rankings with and without the truth, and weights of the right sign."""

from __future__ import annotations

import numpy as np
import pytest
from support.by_hand import BUTANONE, ETHANOL, ETHYL_ACETATE, METHYL_PROPANOATE, WEIGHTS, observed

from specmol_core.matchnet_x.fit.coordinate_descent import FitQuery
from specmol_core.matchnet_x.fit.none_fit import (
    NoneExamples,
    fit_none_weights,
    fit_posterior,
    none_examples,
    ranking_weights,
)
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.misfit import NONE_FEATURES

SHOWN = observed("13C", [14.2, 21.0, 60.5, 171.4])
POOL = (ETHYL_ACETATE, METHYL_PROPANOATE, BUTANONE)
LEAD = NONE_FEATURES.index("lead, one nucleus")


def query(names: tuple[str, ...] = ("a", "b", "c"), *, truth: int = 0, printed: bool = False) -> FitQuery:
    return FitQuery((SHOWN,), tuple(m.stored for m in POOL), truth, names, printed)


def examples(queries: list[FitQuery]) -> NoneExamples:
    return none_examples(LikelihoodModel(), WEIGHTS, queries)


def separable(worse: float, seed: int = 0) -> NoneExamples:
    """Rankings in which the second feature is larger without the truth."""
    rng = np.random.default_rng(seed)
    absent = np.arange(400) % 2 == 1
    feature = np.where(absent, 0.5 + worse, 0.5) + rng.normal(0, 0.4, 400)
    return NoneExamples(np.column_stack((np.ones(400), feature)), absent, np.ones(400))


def test_none_fits_is_recognised_from_the_best_candidate() -> None:
    rankings = separable(1.5)

    weights, limit = fit_none_weights(rankings, (0, 1), 0.05)
    probability = 1 / (1 + np.exp(-(rankings.features @ weights)))

    assert weights[1] > 0
    assert (probability[~rankings.truth_is_absent] > limit).mean() <= 0.05
    assert (probability[rankings.truth_is_absent] > limit).mean() > 0.8


@pytest.mark.parametrize(("sign", "kept"), [(0, True), (1, False), (-1, True)])
def test_a_weight_of_the_wrong_sign_is_zero(sign: int, kept: bool) -> None:
    weights, _ = fit_none_weights(separable(-1.5), (0, sign), 0.05)

    assert (weights[1] < 0) == kept
    assert kept or weights[1] == 0


def test_heavier_rankings_count_more() -> None:
    rankings = separable(1.5)
    heavy = rankings._replace(weight=np.where(rankings.truth_is_absent, 9.0, 1.0))

    (plain, _), (weighted, _) = (fit_none_weights(x, (0, 1), 0.05) for x in (rankings, heavy))

    assert weighted[0] + weighted[1] > plain[0] + plain[1]


def test_each_query_is_ranked_with_and_without_its_truth() -> None:
    result = examples([query()])

    assert result.truth_is_absent.tolist() == [False, True]
    at = NONE_FEATURES.index("13C deviation")
    assert result.features[1, at] > result.features[0, at]


def test_tautomers_of_the_truth_are_removed_with_it_and_are_no_rivals() -> None:
    same, other = examples([query(("a", "a", "c"))]), examples([query()])

    assert same.features[0, LEAD] > other.features[0, LEAD]
    # Only butanone is left.
    assert same.features[1, LEAD] == pytest.approx(np.log(6.0))


def test_a_mixture_of_compounds_that_the_library_lacks_has_no_truth() -> None:
    result = examples([query().without_truth()])

    assert result.truth_is_absent.tolist() == [True]


def test_printed_lists_have_a_fifth_of_the_weight() -> None:
    weight = examples([query(), query(), query(), query(printed=True)]).weight

    assert weight[-2:].sum() / weight.sum() == pytest.approx(0.2)
    assert len(set(examples([query(printed=True)] * 2).weight)) == 1


def test_the_nuclei_shown_have_equal_weights() -> None:
    shown = np.array(["13C"] * 6 + ["1H"] * 3 + ["both"])

    weight = ranking_weights(np.zeros(10, np.bool_), shown)

    assert [weight[shown == nuclei].sum() for nuclei in ("13C", "1H", "both")] == pytest.approx([1.0, 1.0, 1.0])


def test_groups_of_queries_have_equal_weights() -> None:
    hard = query(("a", "a", "a"))

    once, often = (fit_posterior(LikelihoodModel(), WEIGHTS, [query()], [hard] * count) for count in (1, 20))
    assert once.none_weights == pytest.approx(often.none_weights, abs=1e-3)
    assert once != fit_posterior(LikelihoodModel(), WEIGHTS, [query(), *[hard] * 20])


def test_a_library_of_one_compound_gives_one_ranking() -> None:
    only = FitQuery((SHOWN,), (ETHANOL.stored,), 0)

    assert examples([only]).truth_is_absent.tolist() == [False]
