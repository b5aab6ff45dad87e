from __future__ import annotations

import math

import numpy as np
import pytest

from specmol_core.matcher.judgement import RankingOutcome, pairwise_judgement


def test_pairwise_probability_is_the_logistic_of_the_score() -> None:
    found = pairwise_judgement(np.array([2.0, 0.0, -1.5]))

    assert found.order.tolist() == [0, 1, 2]
    assert found.group.tolist() == [0, 1, 2]
    assert found.probability == pytest.approx([1 / (1 + math.exp(-s)) for s in (2.0, 0.0, -1.5)])
    assert found.verdict is None


def test_equal_scores_are_a_group() -> None:
    assert pairwise_judgement(np.array([3.0, 3.0, 1.0, 0.5, 0.5, 0.5])).group.tolist() == [0, 0, 1, 2, 2, 2]


def test_extreme_scores_have_a_probability() -> None:
    assert pairwise_judgement(np.array([1e4, 800.0, -800.0, -1e4])).probability.tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (RankingOutcome("identified", 1, 0.004), "identified (probability 0.00 that the library lacks the compound)"),
        (
            RankingOutcome("ambiguous", 3, 0.1),
            "ambiguous between 3 (probability 0.10 that the library lacks the compound)",
        ),
        (
            RankingOutcome("ambiguous", 1, 0.7),
            "ambiguous between 1 and none (probability 0.70 that the library lacks the compound)",
        ),
        (RankingOutcome("none fits", 0, 0.987), "none fits (probability 0.99 that the library lacks the compound)"),
    ],
)
def test_verdict_in_words(verdict: RankingOutcome, words: str) -> None:
    assert verdict.describe() == words


def test_verdict_as_plain_values() -> None:
    assert RankingOutcome("ambiguous", 3, 0.1).as_dict() == {
        "name": "ambiguous",
        "groups": 3,
        "none_fits_probability": 0.1,
    }
