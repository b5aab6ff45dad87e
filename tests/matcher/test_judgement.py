from __future__ import annotations

import math

import numpy as np
import pytest

from specmol_core.matcher.judgement import RankingOutcome, UnexplainedSignal, pairwise_judgement


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
            RankingOutcome("open", 3, 0.1),
            "open between 3 (probability 0.10 that the library lacks the compound)",
        ),
        (
            RankingOutcome("open", 1, 0.7),
            "open between 1 and none (probability 0.70 that the library lacks the compound)",
        ),
        (
            RankingOutcome("identified", 1, 0.004, "not distinguished"),
            "identified (probability 0.00 that the library lacks the compound); its stereoisomers are not "
            "distinguished",
        ),
        (
            RankingOutcome(
                "mixture?",
                0,
                0.1,
                "",
                (
                    *(UnexplainedSignal("13C", ppm, None) for ppm in (170.04, 130, 129, 128, 127, 60, 20)),
                    UnexplainedSignal("1H", 7.126, 2.0),
                ),
            ),
            "mixture? (the best candidate leaves unexplained: 13C 170.0, 130.0, 129.0, 128.0, 127.0, 60.0 and 1 more "
            "ppm, 1H 7.13 ppm; probability 0.10 that the library lacks the compound)",
        ),
        (RankingOutcome("none fits", 0, 0.987), "none fits (probability 0.99 that the library lacks the compound)"),
    ],
)
def test_verdict_in_words(verdict: RankingOutcome, words: str) -> None:
    assert verdict.describe() == words


def test_verdict_as_plain_values() -> None:
    verdict = RankingOutcome("mixture?", 0, 0.1, unexplained=(UnexplainedSignal("13C", 100.0, None),))

    assert verdict.as_dict() == {
        "name": "mixture?",
        "groups": 0,
        "none_fits_probability": 0.1,
        "configuration": "",
        "unexplained": [{"nucleus": "13C", "ppm": 100.0, "amount": None}],
        "probability": 0.0,
    }
