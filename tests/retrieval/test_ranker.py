from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.fake_retrieval import FakeMatcher, FakeQuery, fake_pair, fake_records, parsed_record

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import CacheError, CheckpointError
from specmol_core.molecules.records import Candidate
from specmol_core.retrieval.cache.cache_file import open_cache
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.embed import embed_in_memory, embed_library
from specmol_core.retrieval.ranker import RankedCandidate, Ranker
from specmol_core.spectra.analysis.analysis import AnalysedPair

ALL = RankConfig(top=0, prefilter=0)


@pytest.fixture
def candidates(matcher: FakeMatcher) -> CandidateSet:
    return embed_in_memory(fake_records(300), matcher, EmbedConfig(batch_size=64))


def by_hand(matcher: FakeMatcher, candidates: CandidateSet, rows: NDArray[np.int64]) -> list[tuple[int, float]]:
    """Indices and scores, best first, computed one candidate at a time."""
    query, scored = matcher.query(fake_pair()), []
    for row in rows:
        one = np.array([row])
        (score,) = matcher.scores(query, candidates.payloads(one), candidates.joint[one])
        scored.append((int(candidates.index[row]), float(score)))
    return sorted(scored, key=lambda item: (-item[1], item[0]))


@pytest.mark.parametrize("block", [1, 7, 8192])
def test_agrees_with_scoring_one_by_one(matcher: FakeMatcher, candidates: CandidateSet, block: int) -> None:
    ranking = Ranker(matcher, candidates, replace(ALL, block_size=block)).rank(fake_pair())

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
    query = matcher.query(fake_pair()).joint
    nearest = np.argsort(-(candidates.joint.astype(np.float32) @ query))[:40]

    assert ranking.scored == 40
    assert [(c.index, c.score) for c in ranking.candidates] == by_hand(matcher, candidates, nearest)


@pytest.mark.slow
@pytest.mark.parametrize("prefilter", [0, 40, 120, 238])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 1.0])
def test_filter_and_prefilter_agree_with_their_definition(
    matcher: FakeMatcher, candidates: CandidateSet, share: float, prefilter: int
) -> None:
    allowed = np.flatnonzero(np.random.default_rng(0).random(len(candidates)) < share)
    ranking = Ranker(matcher, candidates, RankConfig(top=0, prefilter=prefilter)).rank(fake_pair(), allowed)

    query = matcher.query(fake_pair()).joint
    similar = sorted(allowed.tolist(), key=lambda row: -float(candidates.joint[row].astype(np.float32) @ query))
    expected = by_hand(matcher, candidates, np.array(similar[: prefilter or None], dtype=np.int64))
    assert [(c.index, c.score) for c in ranking.candidates] == expected
    assert ranking.scored == len(expected)


def test_filter_may_allow_no_candidate(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    for config in (ALL, RankConfig()):
        ranking = Ranker(matcher, candidates, config).rank(fake_pair(), np.zeros(0, np.int64))

        assert (ranking.candidates, ranking.scored, ranking.ties) == ((), 0, ())
        assert ranking.nuclei == ("1H", "13C")
        assert len(ranking.rows) == len(ranking.scores) == 0


@pytest.mark.parametrize("allowed", [[3, 2], [2, 2], [-1, 2], [2, 238]])
def test_invalid_filter_is_an_error(matcher: FakeMatcher, candidates: CandidateSet, allowed: list[int]) -> None:
    with pytest.raises(ValueError, match="must be ascending and within 0 to 237"):
        Ranker(matcher, candidates, ALL).rank(fake_pair(), np.array(allowed))


@pytest.mark.parametrize(("prefilter", "scored"), [(0, 238), (40, 40)])
def test_ranking_carries_all_that_were_scored(
    matcher: FakeMatcher, candidates: CandidateSet, prefilter: int, scored: int
) -> None:
    config = RankConfig(top=5, prefilter=prefilter)
    ranking = Ranker(matcher, candidates, config).rank(fake_pair())
    whole = Ranker(matcher, candidates, replace(config, top=0)).rank(fake_pair())

    assert ranking.rows.dtype == np.int64
    assert len(ranking.rows) == ranking.scored == scored
    assert candidates.index[ranking.rows].tolist() == [c.index for c in whole.candidates]
    assert ranking.scores.tolist() == [c.score for c in whole.candidates]
    assert whole.candidates[:5] == ranking.candidates


def test_small_library_is_scored_without_the_prefilter(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    whole = Ranker(matcher, candidates, ALL).rank(fake_pair())
    at_the_limit = Ranker(matcher, candidates, replace(ALL, prefilter=len(candidates))).rank(fake_pair())

    assert at_the_limit == whole


@pytest.mark.parametrize(("top", "shown"), [(1, 1), (20, 20), (10_000, 238), (0, 238)])
def test_top(matcher: FakeMatcher, candidates: CandidateSet, top: int, shown: int) -> None:
    ranking = Ranker(matcher, candidates, replace(ALL, top=top)).rank(fake_pair())

    assert len(ranking.candidates) == shown
    assert ranking.scored == 238


class ByFormula(FakeMatcher):
    """Scores the sign of the first number in the joint space, so that many candidates tie."""

    def scores(self, query: object, payloads: object, joint: NDArray[np.float16]) -> NDArray[np.float64]:
        return np.sign(joint[:, 0].astype(np.float64)) * 800


def test_ties_keep_the_order_of_the_library_and_are_reported(candidates: CandidateSet) -> None:
    ranking = Ranker(ByFormula(), candidates, ALL).rank(fake_pair())
    positive = int((candidates.joint[:, 0] > 0).sum())

    assert ranking.ties == ((1, positive), (positive + 1, len(candidates)))
    for first, last in ranking.ties:
        indices = [c.index for c in ranking.candidates[first - 1 : last]]
        assert indices == sorted(indices)
    assert (ranking.candidates[0].probability, ranking.candidates[-1].probability) == (1.0, 0.0)


def test_result_is_json(matcher: FakeMatcher, candidates: CandidateSet) -> None:
    ranking = Ranker(matcher, candidates, RankConfig(top=3)).rank(fake_pair())
    values = json.loads(json.dumps([asdict(candidate) for candidate in ranking.candidates]))

    assert list(values[0]) == ["rank", "index", "name", "smiles", "formula", "score", "probability", "group"]
    assert RankedCandidate(**values[0]) == ranking.candidates[0]


@pytest.mark.parametrize(("h1", "c13", "nuclei"), [(True, True, ("1H", "13C")), (True, False, ("1H",))])
def test_ranking_lists_the_nuclei_of_the_query(
    matcher: FakeMatcher, candidates: CandidateSet, h1: bool, c13: bool, nuclei: tuple[str, ...]
) -> None:
    assert Ranker(matcher, candidates, ALL).rank(fake_pair(h1=h1, c13=c13)).nuclei == nuclei


class Broken(FakeMatcher):
    def scores(self, query: object, payloads: Sequence[object], joint: object) -> NDArray[np.float64]:
        return np.full(len(payloads), np.nan)


def test_scores_that_are_not_finite_are_a_checkpoint_error(candidates: CandidateSet) -> None:
    with pytest.raises(CheckpointError, match="not finite"):
        Ranker(Broken(), candidates, ALL).rank(fake_pair())


class BrokenQuery(FakeMatcher):
    def query(self, pair: AnalysedPair) -> FakeQuery:
        return super().query(pair)._replace(joint=np.full(self.joint_width, np.inf, np.float32))


def test_query_that_is_not_finite_is_a_checkpoint_error(candidates: CandidateSet) -> None:
    with pytest.raises(CheckpointError, match="not finite"):
        Ranker(BrokenQuery(), candidates, RankConfig(prefilter=40)).rank(fake_pair())


def test_unreadable_payload_is_a_cache_error(tmp_path: Path, matcher: FakeMatcher, candidates: CandidateSet) -> None:
    class Picky(FakeMatcher):
        def scores(self, query: object, payloads: object, joint: object) -> NDArray[np.float64]:
            raise ValueError("its payload is odd")

    cache = embed_library(fake_records(30), matcher, EmbedConfig(), cache=tmp_path / "c.h5").cache
    with pytest.raises(CacheError, match=r"c\.h5: its payload is odd; delete it"):
        Ranker(Picky(), open_cache(cache), ALL).rank(fake_pair())

    # Without a cache, a payload that cannot be read is an internal error.
    with pytest.raises(ValueError, match="is odd"):
        Ranker(Picky(), candidates, ALL).rank(fake_pair())


def test_candidates_of_another_checkpoint_are_an_error(candidates: CandidateSet) -> None:
    with pytest.raises(ValueError, match="another checkpoint"):
        Ranker(FakeMatcher(seed=9), candidates, ALL)


SLOW = "c*c1*n2*n3cccn4c5nn1***c**5cc4c1*n*n*4ncc***cc**nc**ccnc*nn*c1nc4c*nc*c3*c2"


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("C((", "unparsable"),
        ("", "empty"),
        ("[Fe]", "outside the model"),
        (SLOW, "not that of a candidate"),
        ("C" * 9_999, "not that of a candidate"),
    ],
)
def test_invalid_smiles_in_a_cache_is_a_cache_error(
    tmp_path: Path, matcher: FakeMatcher, smiles: str, reason: str
) -> None:
    path = tmp_path / "c.h5"
    embed_library(fake_records(30), matcher, EmbedConfig(), cache=path)
    candidates = open_cache(path)
    good = ["C" * (row + 1) for row in range(len(candidates))]
    candidates.smiles = good  # type: ignore[assignment]
    assert len(Ranker(matcher, candidates, ALL).rank(fake_pair()).candidates) == len(candidates)

    candidates.smiles = [*good[:-1], smiles]  # type: ignore[assignment]
    with pytest.raises(CacheError, match=f"c.h5: candidate {len(good) - 1}: .*{reason}.*; delete it"):
        Ranker(matcher, candidates, ALL).rank(fake_pair())


class Conditioned(FakeMatcher):
    """A matcher whose payloads for a query are others than those of the library."""

    def payloads_for(self, query: FakeQuery, smiles: Iterable[str]) -> list[bytes]:
        return [np.full(3, -(len(text) + 0.25 * int(text.split()[1])), "<f2").tobytes() for text in smiles]


@pytest.mark.parametrize("count", [100, 600])
def test_best_candidates_are_scored_for_the_conditions_of_the_query(count: int) -> None:
    candidates = embed_in_memory(fake_records(count), Conditioned(), EmbedConfig())
    before = Ranker(FakeMatcher(), candidates, ALL).rank(fake_pair())

    after = Ranker(Conditioned(), candidates, ALL).rank(fake_pair())

    best = before.rows[:256]
    assert set(after.payloads) == set(best.tolist())
    query, matcher = Conditioned().query(fake_pair()), Conditioned()
    payloads = matcher.payloads_for(query, [candidates.smiles[row] for row in best])
    rescored = dict(zip(best.tolist(), matcher.scores(query, payloads, candidates.joint[best]).tolist(), strict=True))
    found = dict(zip(after.rows.tolist(), after.scores.tolist(), strict=True))
    assert {row: found[row] for row in rescored} == rescored
    # The others stay behind, in their order.
    rest = before.rows[256:].tolist()
    assert [row for row in after.rows.tolist() if row not in rescored] == rest
    assert not rest or max(found[row] for row in rest) <= min(rescored.values())
    assert list(after.payloads.values()) == payloads
