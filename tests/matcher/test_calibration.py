"""Sets of a stated confidence, and identifications at a stated error rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from specmol_core.errors import UsageError
from specmol_core.matcher.calibration import (
    LOG_ODDS,
    KindCalibration,
    ModelCalibration,
    binomial_interval,
    confidence_of,
    nonconformity,
)
from specmol_core.matcher.judgement import RankingOutcome

KIND = "peak lists, both nuclei"
NONE = np.zeros(len(LOG_ODDS), np.int64)


def calibration(
    fits: NDArray[np.float64], unlikely: NDArray[np.float64], wrong: NDArray[np.int64] = NONE, queries: int = 1000
) -> ModelCalibration:
    folds = {False: (np.sort(fits[::2]), np.sort(fits[1::2])), True: (np.sort(unlikely[::2]), np.sort(unlikely[1::2]))}
    return ModelCalibration(Path("x.json"), {KIND: KindCalibration(folds, queries, wrong, wrong // 2)})


def test_a_new_query_is_covered_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        known = calibration(rng.exponential(size=60), rng.exponential(size=60)).kinds[KIND]
        covered.append((rng.exponential(size=50) <= known.set_threshold(0.9, False, KIND)).mean())

    assert np.mean(covered) == pytest.approx(0.9, abs=0.02)
    assert np.mean(covered) >= 0.895


def test_the_threshold_is_the_slow_one() -> None:
    values = np.array([0.0, 0.3, 0.1, 2.0, 0.0, 1.0, 0.5, 0.7, 4.0])
    known = calibration(values, values).kinds[KIND]

    for level in (0.3, 0.5, 0.7):
        allowed = [t for t in sorted(values) if (values <= t).sum() >= (len(values) + 1) * level]
        assert known.set_threshold(level, False, KIND) == allowed[0]


def test_groups_of_equal_scores_enter_together_and_with_all_their_members() -> None:
    known = calibration(np.full(40, 1.0), np.full(40, 5.0))

    found = known.confidence_set(0.4, KIND, np.array([0.0, 1.0, 1.0, 1.1]), np.array([1, 3, 2, 7]), 0.0)

    assert (found.groups, found.candidates) == (3, 6)


@pytest.mark.parametrize(("third", "groups"), [(0.9, 3), (0.6, 3), (8.0, 2)])
def test_groups_that_share_the_probability_are_in_the_set(third: float, groups: int) -> None:
    """Even if the best group alone is right as often as the level asks for."""
    known = calibration(np.zeros(40), np.zeros(40))

    assert (
        known.confidence_set(0.95, KIND, np.array([0.0, 0.6, third, 12.0]), np.ones(4, np.int64), 0.0).groups == groups
    )


def test_the_set_is_larger_where_none_is_likely() -> None:
    known = calibration(np.zeros(40), np.full(40, 2.0))
    gaps, sizes = np.array([0.0, 2.5, 9.0]), np.ones(3, np.int64)

    assert known.confidence_set(0.9, KIND, gaps, sizes, 0.1).groups == 1
    found = known.confidence_set(0.9, KIND, gaps, sizes, 0.6)
    assert (found.groups, found.none_is_likely) == (2, True)
    assert "if the library holds the compound; that it does not is likely" in found.describe()


def test_the_least_level_has_the_smallest_set() -> None:
    known = calibration(np.arange(1.0, 41.0), np.arange(1.0, 41.0)).kinds[KIND]

    assert known.set_threshold(1e-12, False, KIND) == 1.0
    assert known.coverage(1e-12, False) == (1, 40)


def test_the_coverage_is_that_of_each_half_by_the_other() -> None:
    first, second = np.arange(20.0), np.arange(20.0) + 0.5
    known = KindCalibration({False: (first, second), True: (first, second)}, 40, NONE, NONE)

    # Of 20 values, the level 0.9 takes the 19th: 18.5 covers 19 of the first, 18.0 covers 18 of the second half.
    assert known.coverage(0.9, False) == (37, 40)


def test_a_level_that_the_calibration_is_too_small_for_is_refused() -> None:
    known = calibration(np.zeros(40), np.zeros(10)).kinds[KIND]

    assert known.set_threshold(0.95, False, KIND) == 0
    with pytest.raises(
        UsageError, match=r"40 queries of peak lists, both nuclei, enough for at most 0\.952; give a lower"
    ):
        known.set_threshold(0.96, False, KIND)
    with pytest.raises(UsageError, match="10 queries of peak lists, both nuclei for which none is likely"):
        known.set_threshold(0.9, True, KIND)


def test_a_kind_that_was_not_calibrated_is_refused() -> None:
    with pytest.raises(UsageError, match="has no queries of pictures, 1H alone; make it again"):
        calibration(np.zeros(4), np.zeros(4)).identification(0.1, "pictures, 1H alone", RankingOutcome("open", 2, 0.1))


def test_the_truth_that_was_never_scored_makes_the_set_the_whole_library() -> None:
    known = calibration(np.full(40, np.inf), np.zeros(40))

    assert known.confidence_set(0.5, KIND, np.array([0.0, 99.0]), np.array([1, 1]), 0.0).groups == 2


def test_the_error_rate_is_bounded_by_the_binomial_distribution() -> None:
    wrong = np.where(LOG_ODDS < 2.0, 30, 3).astype(np.int64)
    known = calibration(np.zeros(4), np.zeros(4), wrong, 1000)

    assert known.kinds[KIND].identification_threshold(0.01, KIND) == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert known.kinds[KIND].identification_threshold(0.05, KIND) == 0.5
    # With the limit as the true rate, so few errors have a probability of 2.5 %.
    assert binom.cdf(3, 1000, binomial_interval(3, 1000)[1]) == pytest.approx(0.025)
    with pytest.raises(UsageError, match=r"1000 queries of peak lists, both nuclei, enough for at least 0.0088"):
        known.identification(0.001, KIND, RankingOutcome("identified", 1, 0.0, probability=0.99))


def test_a_query_is_identified_from_the_threshold_of_the_calibration_on() -> None:
    known = calibration(np.zeros(4), np.zeros(4))

    found = [known.identification(0.05, KIND, RankingOutcome("probable", 1, 0.1, probability=p)) for p in (0.49, 0.51)]

    assert [decision.identified for decision in found] == [False, True]
    assert found[0].describe() == (
        "not identified at an error of at most 0.05 (probability 0.4900, needed 0.5000; peak lists, both nuclei)"
    )


@pytest.mark.parametrize(("name", "confidence"), [("identified", 0.7), ("none fits", 0.0), ("mixture?", 0.0)])
def test_no_answer_is_sure_if_none_fits_or_it_may_be_a_mixture(name: str, confidence: float) -> None:
    assert confidence_of(RankingOutcome(name, 1, 0.1, probability=0.7)) == confidence


def test_the_scores_say_less_the_more_likely_none_is() -> None:
    assert nonconformity(np.array([0.0, 8.0]), 0.75).tolist() == [0.0, 2.0]
