from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from specmol_core.matchnet_x.misfit import NONE_FEATURES
from specmol_core.matchnet_x.posterior import PosteriorModel

ZERO = np.zeros(len(NONE_FEATURES))
MODEL = PosteriorModel((-2.0, *[0.0] * (len(NONE_FEATURES) - 1)), none_threshold=0.5)
ONE = np.eye(len(NONE_FEATURES))[NONE_FEATURES.index("13C shown")]


def shares(*parts: float) -> np.ndarray:
    """Scores of groups with these shares of the probability."""
    return np.log(np.array(parts)) + 7.0


def test_probabilities_are_a_softmax_times_that_of_a_match() -> None:
    result = MODEL.posterior(np.array([3.0, 1.0, 0.5]), ONE)

    none = 1 / (1 + math.exp(2.0))
    total = math.exp(3.0) + math.exp(1.0) + math.exp(0.5)
    assert result.verdict.none_fits_probability == pytest.approx(none)
    assert result.probability == pytest.approx([(1 - none) * math.exp(s) / total for s in (3.0, 1.0, 0.5)])


@pytest.mark.parametrize("scores", [[0.0], [1e4, -1e4], [-800.0] * 5])
@pytest.mark.parametrize("odds", [-1e6, -2.0, 0.0, 1e6])
def test_probabilities_and_none_add_up_to_one(scores: list[float], odds: float) -> None:
    result = replace(MODEL, none_weights=(odds, *MODEL.none_weights[1:])).posterior(np.array(scores), ONE)

    assert result.probability.sum() + result.verdict.none_fits_probability == pytest.approx(1.0)
    assert (result.probability >= 0).all()


CERTAIN = replace(MODEL, none_weights=(-30.0, *MODEL.none_weights[1:]))
"""The library holds the compound."""


@pytest.mark.parametrize(
    ("scores", "name", "groups"),
    [
        (shares(0.95, 0.05), "identified", 1),
        (shares(0.89, 0.11), "probable", 1),
        (shares(0.51, 0.29, 0.16, 0.04), "probable", 1),
        (shares(0.49, 0.31, 0.16, 0.04), "open", 3),
        (shares(0.49, 0.31, 0.14, 0.06), "open", 4),
        (shares(0.2, 0.2, 0.2, 0.2, 0.2), "open", 5),
        (np.array([50.0]), "identified", 1),
    ],
)
def test_verdict_by_the_probability_of_the_best(scores: np.ndarray, name: str, groups: int) -> None:
    verdict = CERTAIN.posterior(scores, ONE).verdict

    assert (verdict.name, verdict.groups) == (name, groups)


@pytest.mark.parametrize(
    ("odds", "name", "groups"),
    [(-5.0, "identified", 1), (-3.0, "probable", 1), (-0.2, "probable", 1), (-0.01, "open", 2), (1.9, "open", 2),
     (2.1, "none fits", 0)],
)  # fmt: skip
def test_the_probability_of_none_counts_against_the_best(odds: float, name: str, groups: int) -> None:
    lenient = replace(MODEL, none_threshold=1 / (1 + math.exp(-2.0)), none_weights=(odds, *MODEL.none_weights[1:]))

    # Of 0.93, a probability of none of 0.0067 leaves 0.924, one of 0.047 leaves 0.886, and one of 0.4975
    # less than a half.
    verdict = lenient.posterior(shares(0.93, 0.07), ONE).verdict

    assert (verdict.name, verdict.groups) == (name, groups)


def test_one_candidate_that_is_no_more_probable_than_none_is_open() -> None:
    verdict = (
        replace(MODEL, none_threshold=0.9, none_weights=(0.1, *MODEL.none_weights[1:]))
        .posterior(np.array([5.0]), ONE)
        .verdict
    )

    assert (verdict.name, verdict.groups) == ("open", 1)


@pytest.mark.parametrize(("odds", "name"), [(0.01, "none fits"), (-0.01, "probable")])
def test_none_fits_depends_only_on_its_probability(odds: float, name: str) -> None:
    result = replace(MODEL, none_weights=(odds, *MODEL.none_weights[1:])).posterior(np.array([5.0]), ONE)

    assert result.verdict.name == name
    assert result.verdict.groups == (name == "probable")


def test_an_unfitted_model_is_undecided() -> None:
    assert PosteriorModel().posterior(np.array([5.0, 1.0]), ZERO).verdict.none_fits_probability == 0.5


@pytest.mark.parametrize(("deviation", "fits"), [(0.0, True), (1.9, True), (2.1, False)])
def test_the_explained_part_fits_if_the_unexplained_signals_alone_make_none_probable(
    deviation: float, fits: bool
) -> None:
    weights = {"13C shown": -2.0, "13C largest unexplained": 3.0, "13C unexplained": 2.0, "13C deviation": 1.0}
    model = PosteriorModel(tuple(weights.get(name, 0.0) for name in NONE_FEATURES))
    values = {"13C shown": 1.0, "13C largest unexplained": 1.0, "13C unexplained": 1.0, "13C deviation": deviation}
    features = np.array([values.get(name, 0.0) for name in NONE_FEATURES])

    assert model.none_fits_probability(features) > 0.9
    assert model.explained_part_fits(features) == fits
