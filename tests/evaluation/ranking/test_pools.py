"""Ranking of benchmark sets by any model, with its posterior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specmol_core.errors import SpectrumError
from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.ranking.pools import CandidatePool, PosteriorOutcome, benchmark_spectra, rank_benchmark
from specmol_core.evaluation.ranking.posterior_quality import posterior_figures
from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.retrieval.models import load_model
from specmol_core.spectra.analysis.analysis import analyse_unmasked
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Spectrum

QUERY = BenchmarkQuery(
    "ethyl acetate",
    "CCOC(C)=O",
    ("CCCC(=O)O", "C1COCCO1", "CCOC(C)=O", "CC(O)C(C)=O", "not a structure"),
    ((14.2, 1.0), (21.0, 1.0), (60.4, 1.0), (171.1, 1.0)),
    ((1.26, 3.0, "t", (7.1,)), (2.04, 3.0, "s", ()), (4.12, 2.0, "q", (7.1,))),
    False,
)


def test_the_truth_comes_first_by_each_nucleus(matchnet_x_checkpoint: Path) -> None:
    result = rank_benchmark([QUERY], load_model(matchnet_x_checkpoint, None, "cpu"))

    assert result.ranks == {"both": [1], "13C": [1], "1H": [1]}
    assert result.candidates == 5
    (judged,) = result.posterior_outcomes
    assert judged.truth_in_best_group
    assert judged.verdict_without_truth.none_fits_probability > judged.verdict.none_fits_probability


def test_a_query_without_a_nucleus_has_no_rank_there(matchnet_x_checkpoint: Path) -> None:
    result = rank_benchmark([replace(QUERY, h1=())], load_model(matchnet_x_checkpoint, None, "cpu"))

    assert {shown: len(ranks) for shown, ranks in result.ranks.items()} == {"both": 1, "13C": 1, "1H": 0}


@pytest.mark.slow
def test_the_papers_network_ranks_too_but_without_posterior(tiny_checkpoint: Path) -> None:
    result = rank_benchmark([QUERY], load_model(tiny_checkpoint, None, "cpu"))

    assert all(1 <= ranks[0] <= 5 for ranks in result.ranks.values())
    assert result.posterior_outcomes == []


def test_the_true_compound_ranks_last_if_an_image_is_unreadable(matchnet_x_checkpoint: Path) -> None:
    def refuse(spectrum: Spectrum) -> Spectrum:
        raise SpectrumError("plot.png", "shows nothing")

    result = rank_benchmark([QUERY], load_model(matchnet_x_checkpoint, None, "cpu"), transform=refuse)

    assert result.ranks["both"] == [5]


def test_a_candidate_that_the_model_cannot_express_is_below_all_others(matchnet_x_checkpoint: Path) -> None:
    matcher = load_model(matchnet_x_checkpoint, None, "cpu")
    pool = CandidatePool(matcher, QUERY.pool, 2)

    scores = pool.scores(matcher.query(analyse_unmasked(benchmark_spectra(QUERY, Geometry()))))

    assert scores[4] == -np.inf
    assert np.isfinite(scores[:4]).all()


def test_figures_of_a_posterior_that_is_always_right() -> None:
    there, missing = RankingOutcome("identified", 1, 0.0), RankingOutcome("none fits", 0, 1.0)

    result = posterior_figures([PosteriorOutcome(True, 1.0, there, missing)] * 4)

    assert result["calibration error"] == 0
    assert (result["none fits, truth present"], result["none fits, truth absent"]) == (0, 1)
    assert (result["identified"], result["identified, right"], result["open"]) == (1, 1, 0)


def test_figures_of_an_overconfident_posterior() -> None:
    sure = RankingOutcome("identified", 1, 0.1)

    result = posterior_figures([PosteriorOutcome(False, 0.9, sure, sure)] * 3)

    assert result["calibration error"] == pytest.approx(0.9)
    assert result["identified, right"] == 0
    assert result["reliability"] == [[0.9, pytest.approx(0.9), 0.0, 6]]


def test_rates_of_a_posterior_have_exact_intervals() -> None:
    there, missing = RankingOutcome("identified", 1, 0.0), RankingOutcome("none fits", 0, 1.0)
    probable = RankingOutcome("probable", 1, 0.0)

    result = posterior_figures(
        [PosteriorOutcome(True, 1.0, there, missing)] * 9 + [PosteriorOutcome(True, 1.0, probable, missing)]
    )

    intervals = result["intervals"]
    assert result["identified or probable"] == 1
    # Clopper and Pearson: the lower limit of 10 of 10 is 0.025 ** (1 / 10).
    assert intervals["identified or probable"] == [pytest.approx(0.025**0.1), 1.0]
    assert intervals["identified"] == [pytest.approx(0.5550, abs=1e-4), pytest.approx(0.9975, abs=1e-4)]
    assert intervals["calibration error"] == [0.0, 0.0]


def test_no_posterior_gives_no_figures() -> None:
    assert posterior_figures([]) == {}


def test_a_salt_is_predicted_in_the_solvent_by_its_organic_part(matchnet_x_checkpoint: Path) -> None:
    matcher = load_model(matchnet_x_checkpoint, None, "cpu")
    query = replace(QUERY, solvent="D2O")
    pool = CandidatePool(matcher, ("CC(=O)[O-].[K+]", "CC(=O)[O-]"), 0)

    salt, anion = pool.scores(matcher.query(analyse_unmasked(benchmark_spectra(query, Geometry()))))

    assert salt == anion
