"""Measured coverage, and risk against the share of answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from specmol_core.evaluation.ranking.pools import PosteriorOutcome
from specmol_core.evaluation.ranking.set_quality import risk_curve, set_figures
from specmol_core.matcher.calibration import LOG_ODDS, KindCalibration, ModelCalibration
from specmol_core.matcher.judgement import RankingOutcome

KIND = "peak lists, both nuclei"
NO_ERRORS = np.zeros(len(LOG_ODDS), np.int64)
VALUES = np.full(30, 3.0)
KNOWN = ModelCalibration(
    Path("x.json"),
    {KIND: KindCalibration({False: (VALUES, VALUES), True: (VALUES[:2], VALUES[:2])}, 500, NO_ERRORS, NO_ERRORS)},
)


def outcome(truth_group: int, probability: float, without: float, none: float = 0.0) -> PosteriorOutcome:
    verdict, absent = (RankingOutcome("probable", 1, none, probability=p) for p in (probability, without))
    return PosteriorOutcome(
        truth_group == 0,
        probability,
        verdict,
        absent,
        KIND,
        np.array([0.0, 2.0, 4.0]),
        np.array([2, 1, 5]),
        truth_group,
    )


def test_figures_of_sets_and_identifications() -> None:
    cases = [outcome(0, 0.9, 0.1), outcome(1, 0.6, 0.7), outcome(2, 0.2, 0.1), outcome(0, 0.95, 0.1, none=0.9)]

    found = set_figures(cases, KNOWN, 0.9, (0.05, 1e-6))

    # The last one is of a kind with too few queries; the sets of the others have two groups.
    assert (found["coverage"], found["mean groups"], found["mean candidates"]) == (pytest.approx(2 / 3), 2, 3)
    assert (found["refused"], found["single"], found["kind"]) == (1, 0, KIND)
    first, refused = found["identified"]
    assert (first["threshold"], first["called"], first["wrong"]) == (0.5, 0.75, 0.25)
    assert first["called without the compound"] == 0.25
    assert refused == {"max_error": 1e-6, "threshold": None}


def test_the_curve_calls_the_most_probable_first() -> None:
    cases = [outcome(1 if k == 5 else 0, 1 - k / 10, 0.65 if k == 0 else 0.0) for k in range(10)]

    curve = risk_curve(cases)

    assert [point["share"] for point in curve] == pytest.approx([k / 10 for k in range(1, 11)])
    assert curve[4]["wrong"] == 0
    assert curve[5]["wrong"] == pytest.approx(1 / 6)
    assert [point["called without the compound"] for point in curve[:4]] == [0, 0, 0, pytest.approx(0.0)]
    assert curve[5]["called without the compound"] == pytest.approx(0.1)


def test_no_queries_give_no_figures() -> None:
    assert set_figures([], KNOWN, 0.9, (0.05,)) == {}
