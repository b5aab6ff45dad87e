"""Calibrations from ranked queries."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.ranking.calibrate import calibrate, kind_calibration, right_group_nonconformity
from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
from specmol_core.evaluation.ranking.pools import PosteriorOutcome, benchmark_spectra
from specmol_core.matcher.calibration import LOG_ODDS
from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.retrieval.models import load_model
from specmol_core.spectra.geometry import Geometry

SURE, UNSURE = (RankingOutcome("identified", 1, none, probability=1 - none) for none in (0.1, 0.6))
QUERY = BenchmarkQuery(
    "ethyl acetate",
    "CCOC(C)=O",
    ("CCCC(=O)O", "C1COCCO1", "CCOC(C)=O", "CC(O)C(C)=O"),
    ((14.2, 1.0), (21.0, 1.0), (60.4, 1.0), (171.1, 1.0)),
    ((1.26, 3.0, "t", (7.1,)), (2.04, 3.0, "s", ()), (4.12, 2.0, "q", (7.1,))),
    False,
)


def outcome(truth_group: int | None, verdict: RankingOutcome, truth: str = "CCO") -> PosteriorOutcome:
    return PosteriorOutcome(
        truth_group == 0, 0.5, verdict, replace(verdict, probability=0.2), "traces, 1H alone",
        np.array([0.0, 5.0]), np.array([1, 1]), truth_group, truth,
    )  # fmt: skip


def test_the_nonconformity_is_that_of_the_group_of_the_truth() -> None:
    assert right_group_nonconformity(outcome(1, UNSURE)) == pytest.approx(2.0)
    assert math.isinf(right_group_nonconformity(outcome(None, SURE)))


def test_queries_are_counted_by_whether_none_is_likely_and_by_their_confidence() -> None:
    found = kind_calibration([outcome(0, SURE), outcome(1, SURE), outcome(1, UNSURE), outcome(0, UNSURE, "C1CCCCC1")])

    assert {likely: sorted(np.concatenate(folds).tolist()) for likely, folds in found.folds.items()} == {
        False: [0.0, 4.5], True: [0.0, 2.0],
    }  # fmt: skip
    assert found.queries == 4
    # Of the two wrong answers one has the probability 0.9, log-odds 2.2, and one 0.4.
    assert found.wrong[LOG_ODDS <= 2.1].tolist() == [1] * 22
    assert not found.wrong[LOG_ODDS > 2.2].any()
    assert not found.called_without.any()


def test_structures_of_one_scaffold_are_in_one_half() -> None:
    found = kind_calibration([outcome(0, SURE, smiles) for smiles in ("Cc1ccccc1", "CCc1ccccc1", "Oc1ccccc1")])

    assert sorted(map(len, found.folds[False])) == [0, 3]


@pytest.mark.slow
def test_each_query_is_a_peak_list_a_trace_and_a_picture_by_both_nuclei_and_by_each(
    matchnet_x_checkpoint: Path,
) -> None:
    spectra = benchmark_spectra(QUERY, Geometry())
    drawn = type(spectra)(*(replace(s, peaks=()) for s in (spectra.h1, spectra.c13) if s is not None))
    inserted = MeasuredQuery("ethyl acetate", (QUERY.truth, *(s for s in QUERY.pool if s != QUERY.truth)), drawn)
    steps: list[tuple[int, int]] = []

    found = calibrate(
        [QUERY], [inserted], load_model(matchnet_x_checkpoint, None, "cpu"), lambda *step: steps.append(step)
    )

    assert sorted(found) == sorted(
        f"{source}, {nuclei}"
        for source in ("peak lists", "traces", "pictures")
        for nuclei in ("both nuclei", "13C alone", "1H alone")
    )
    assert all(kind.queries == 1 for kind in found.values())
    assert steps[-1] == (3, 3)
