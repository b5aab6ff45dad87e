from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from fake_retrieval import FakeMatcher, fake_pair, fake_records, parsed_record
from numpy.typing import NDArray

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import CheckpointError
from specmol_core.molecules.records import Candidate
from specmol_core.retrieval.candidates import CandidateSet
from specmol_core.retrieval.embed import embed_in_memory
from specmol_core.retrieval.ranker import Ranked, Ranker

ALL = RankConfig(top=0, prefilter=0)


@pytest.fixture
def candidates(matcher: FakeMatcher) -> CandidateSet:
    return embed_in_memory(fake_records(300), matcher, EmbedConfig(batch_size=64))


def by_hand(matcher: FakeMatcher, candidates: CandidateSet, rows: NDArray[np.int64]) -> list[tuple[int, float]]:
    """Records and scores, best first, one candidate at a time."""
    spectrum, _ = matcher.spectrum_vectors(fake_pair())
    scored = [
        (int(candidates.index[r]), round(float(matcher.logits(spectrum, candidates.match[r : r + 1])[0]), 4))
        for r in rows
    ]
    return sorted(scored, key=lambda item: (-item[1], item[0]))


@pytest.mark.parametrize("block", [1, 7, 8192])
def test_agrees_with_scoring_one_by_one(matcher: FakeMatcher, candidates: CandidateSet, block: int) -> None:
    ranking = Ranker(matcher, candidates, replace(ALL, block=block)).rank(fake_pair())

    assert [(c.index, c.score) for c in ranking.candidates] == by_hand(matcher, candidates, np.arange(len(candidates)))
    assert [c.rank for c in ranking.candidates] == list(range(1, len(candidates) + 1))
    assert ranking.scored == len(candidates)


def test_candidate_carries_its_record(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    best = Ranker(matcher, candidates, ALL).rank(fake_pair()).candidates[0]
    record = parsed_record(best.index)
    assert isinstance(record, Candidate)

    assert (best.name, best.smiles, best.formula) == (record.name, record.smiles, record.formula)
    assert best.probability == pytest.approx(1 / (1 + math.exp(-best.score)))


def test_prefilter_scores_the_nearest_in_the_joint_space(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    ranking = Ranker(matcher, candidates, RankConfig(top=0, prefilter=40)).rank(fake_pair())
    _, query = matcher.spectrum_vectors(fake_pair())
    nearest = np.argsort(-(candidates.joint.astype(np.float32) @ query))[:40]

    assert ranking.scored == 40
    assert [(c.index, c.score) for c in ranking.candidates] == by_hand(matcher, candidates, nearest)


def test_small_library_is_scored_whole(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    whole = Ranker(matcher, candidates, ALL).rank(fake_pair())
    at_the_limit = Ranker(matcher, candidates, replace(ALL, prefilter=len(candidates))).rank(fake_pair())

    assert at_the_limit == whole


@pytest.mark.parametrize(("top", "shown"), [(1, 1), (20, 20), (10_000, 238), (0, 238)])
def test_top(matcher: FakeMatcher, candidates: CandidateSet, top: int, shown: int) -> None:
    ranking = Ranker(matcher, candidates, replace(ALL, top=top)).rank(fake_pair())

    assert len(ranking.candidates) == shown
    assert ranking.scored == 238


class ByFormula(FakeMatcher):
    """Scores the first value of a vector, rounded, so that many candidates tie."""

    def logits(self, spectrum: NDArray[np.float32], molecules: NDArray[np.float16]) -> NDArray[np.float32]:
        return np.sign(molecules[:, 0]).astype(np.float32) * 800


def test_ties_keep_the_order_of_the_library_and_are_told(candidates: CandidateSet) -> None:
    ranking = Ranker(ByFormula(), candidates, ALL).rank(fake_pair())
    positive = int((candidates.match[:, 0] > 0).sum())

    assert ranking.ties == ((1, positive), (positive + 1, len(candidates)))
    for first, last in ranking.ties:
        indices = [c.index for c in ranking.candidates[first - 1 : last]]
        assert indices == sorted(indices)
    assert (ranking.candidates[0].probability, ranking.candidates[-1].probability) == (1.0, 0.0)


def test_result_is_json(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    ranking = Ranker(matcher, candidates, RankConfig(top=3)).rank(fake_pair())
    values = json.loads(json.dumps(asdict(ranking)))

    assert list(values["candidates"][0]) == ["rank", "index", "name", "smiles", "formula", "score", "probability"]
    assert Ranked(**values["candidates"][0]) == ranking.candidates[0]


@pytest.mark.parametrize(("h1", "c13", "nuclei"), [(True, True, ("1H", "13C")), (True, False, ("1H",))])
def test_says_which_spectra_it_had(
    matcher: FakeMatcher, candidates: CandidateSet, h1: bool, c13: bool, nuclei: tuple[str, ...]
) -> None:
    assert Ranker(matcher, candidates, ALL).rank(fake_pair(h1=h1, c13=c13)).nuclei == nuclei


class Broken(FakeMatcher):
    def logits(self, spectrum: NDArray[np.float32], molecules: NDArray[np.float16]) -> NDArray[np.float32]:
        return np.full(len(molecules), np.nan, np.float32)


def test_scores_that_are_not_finite_are_the_checkpoints_fault(candidates: CandidateSet) -> None:
    with pytest.raises(CheckpointError, match="not finite"):
        Ranker(Broken(), candidates, ALL).rank(fake_pair())


def test_candidates_of_another_checkpoint(candidates: CandidateSet) -> None:
    with pytest.raises(ValueError, match="another checkpoint"):
        Ranker(FakeMatcher(seed=9), candidates, ALL)


class Weighed(FakeMatcher):
    evidence = (0.5, 3.0, -1.0)


def test_score_joins_logit_and_cosine_as_the_checkpoint_says(candidates: CandidateSet) -> None:
    pair = fake_pair()
    plain = {c.index: c.score for c in Ranker(FakeMatcher(), candidates, ALL).rank(pair).candidates}
    joined = Ranker(Weighed(), candidates, ALL).rank(pair).candidates
    _, query = FakeMatcher().spectrum_vectors(pair)
    cosine = dict(zip(candidates.index.tolist(), candidates.joint.astype(np.float64) @ query, strict=True))

    for candidate in joined:
        expected = 0.5 * plain[candidate.index] + 3.0 * cosine[candidate.index] - 1.0
        assert candidate.score == pytest.approx(expected, abs=2e-3)
