from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from support.fake_retrieval import FakeMatcher, fake_pair, fake_records

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import UsageError
from specmol_core.matchnet_x.refine import Refiner
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.embed import embed_in_memory
from specmol_core.retrieval.ranker import Ranker
from specmol_core.retrieval.refinement import load_refiner, refine_ranking


class Chosen:
    """A refiner that scores one molecule best, and fails on another."""

    def __init__(self, best: str, fails: str = "") -> None:
        self.best, self.fails = best, fails
        self.asked: list[str] = []

    def scores(self, query: Any, smiles: Sequence[str]) -> NDArray[np.float64]:
        self.asked += smiles
        return np.array([np.nan if s == self.fails else 5.0 * (s == self.best) for s in smiles])


@pytest.fixture
def candidates(matcher: FakeMatcher) -> CandidateSet:
    return embed_in_memory(fake_records(60), matcher, EmbedConfig())


@pytest.mark.parametrize("top", [0, 3])
def test_best_candidates_are_reordered_and_the_rest_stays(
    matcher: FakeMatcher, candidates: CandidateSet, top: int
) -> None:
    ranker = Ranker(matcher, candidates, RankConfig(top=top, prefilter=0))
    ranking = ranker.rank(fake_pair())
    before = [candidates.smiles[row] for row in ranking.rows]
    chosen = Chosen(before[3])

    found, rescored_count, failed = refine_ranking(ranking, ranker, candidates, cast(Refiner, chosen), 5)

    assert chosen.asked == before[:5]
    assert (rescored_count, failed) == (5, ())
    assert found.candidates[0].smiles == before[3]
    assert [c.rank for c in found.candidates] == list(range(1, (top or len(before)) + 1))
    assert [c.score for c in found.candidates] == sorted((c.score for c in found.candidates), reverse=True)
    rest = {int(row): score for row, score in zip(ranking.rows[5:], ranking.scores[5:], strict=True)}
    kept = [(row, score) for row, score in zip(found.rows.tolist(), found.scores, strict=True) if row in rest]
    assert kept == list(rest.items())
    assert (found.scored, found.nuclei, found.query) == (ranking.scored, ranking.nuclei, ranking.query)


def test_candidate_that_cannot_be_rescored_is_named_and_keeps_its_score(
    matcher: FakeMatcher, candidates: CandidateSet
) -> None:
    ranker = Ranker(matcher, candidates, RankConfig(top=0, prefilter=0))
    ranking = ranker.rank(fake_pair())
    second = ranking.candidates[1]

    found, _, failed = refine_ranking(ranking, ranker, candidates, cast(Refiner, Chosen("", second.smiles)), 4)

    assert failed == (second.name,)
    assert {c.smiles: c.score for c in found.candidates}[second.smiles] == second.score


def test_clear_leader_leaves_the_ranking_unchanged(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    ranker = Ranker(matcher, candidates, RankConfig(top=0, prefilter=0))
    ranking = ranker.rank(fake_pair())

    assert refine_ranking(ranking, ranker, candidates, cast(Refiner, Chosen("")), 1) == (ranking, 0, ())


def test_unusable_refiner_is_an_error(matcher: FakeMatcher) -> None:
    with pytest.raises(UsageError, match=r"unknown predictor 'guess'; choose one of csp5"):
        load_refiner("guess", matcher)
    with pytest.raises(UsageError, match=r"fake does not use predicted shifts; use --model matchnet-x"):
        load_refiner("csp5", matcher)
