"""Ranking: the joint space lets the most similar candidates through, the matcher scores those."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import RankConfig
from specmol_core.errors import CacheError, CheckpointError
from specmol_core.matcher.judgement import Judgement, RankingOutcome, ScoredCandidates
from specmol_core.matcher.protocol import EncodedQuery, Matcher
from specmol_core.molecules.records import Molecule
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.index import JointIndex, nearest_rows
from specmol_core.runtime.child_processes import resolve
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["RankedCandidate", "Ranker", "Ranking"]

_LONGEST = 5_000
"""Characters of the SMILES of a candidate."""


@dataclass(frozen=True)
class RankedCandidate:
    """One candidate in its place."""

    rank: int
    """1 for the best; each rank is given once."""
    index: int
    """0-based record of the library."""
    name: str
    smiles: str
    formula: str
    score: float
    """How much speaks for this candidate, as the matcher weighs its evidence: a logarithm of odds."""
    probability: float
    """That the compound is one of this candidate's group, given the library; of a matcher without a posterior, that
    this pair belongs together."""
    group: int
    """Group of candidates that the spectra cannot tell apart, from 1 for the best; often of one."""


@dataclass(frozen=True)
class Ranking:
    """The answer to one query."""

    candidates: tuple[RankedCandidate, ...]
    """Best first, groups together. Candidates of equal score keep the order of the library."""
    scored: int
    """Candidates that the matcher scored; the others did not pass the filter or the prefilter."""
    nuclei: tuple[Nucleus, ...]
    """Which spectra the query had."""
    ties: tuple[tuple[int, int], ...]
    """First and last rank of each group of equal score: their order means nothing."""
    verdict: RankingOutcome | None
    """What the ranking comes to; None where the matcher gives no posterior, or nothing was scored."""
    query: EncodedQuery = field(compare=False, repr=False)
    """What the matcher made of the spectra; no part of equality."""
    rows: NDArray[np.int64] = field(compare=False, repr=False)
    """All that were scored (scored,), best first, as rows of the candidate set; no part of equality."""
    scores: NDArray[np.float64] = field(compare=False, repr=False)
    """Their scores (scored,), in the same order; no part of equality."""


class Ranker:
    """Ranks the candidates of one library, query after query.

    Parameters
    ----------
    matcher, candidates, config
        The model, the embedded library, and how to rank.

    Raises
    ------
    ValueError
        If the candidates were embedded with another model.
    """

    def __init__(self, matcher: Matcher, candidates: CandidateSet, config: RankConfig) -> None:
        if candidates.manifest.checkpoint != matcher.embedding_id:
            raise ValueError("these candidates were embedded with another checkpoint")
        self._matcher, self._candidates, self._config = matcher, candidates, config
        self._sound: set[int] = set()

    def rank(self, pair: AnalysedPair, allowed: NDArray[np.int64] | None = None) -> Ranking:
        """Rank the candidates against one pair of spectra; either may be missing.

        Parameters
        ----------
        pair
            The spectra.
        allowed
            Rows of the candidate set that a constraint lets through, rising; None for all. The prefilter searches
            among these alone.

        Raises
        ------
        CheckpointError
            If the model gives values that are not finite.
        CacheError
            If the candidates come from a cache, and their evidence is none that the model makes.
        ValueError
            If ``allowed`` does not rise, or names a row that is not there.
        """
        query = self._matcher.query(pair)
        self._check_finite(query.joint)
        rows = self._shortlist(query.joint, self._checked_rows(allowed))
        nuclei = tuple(analysis.spectrum.nucleus for analysis in pair.analyses)
        return self._judge(query, nuclei, rows, self._score_rows(query, rows))

    def rejudge(self, ranking: Ranking, scores: NDArray[np.float64]) -> Ranking:
        """A ranking of this ranker with other scores (scored,) in the order of its own: order, groups and verdict."""
        return self._judge(ranking.query, ranking.nuclei, ranking.rows, scores)

    def _judge(
        self, query: EncodedQuery, nuclei: tuple[Nucleus, ...], rows: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> Ranking:
        # Rows rise with the records, so that the second key is the order of the library.
        order = np.lexsort((rows, -scores))
        rows, scores = rows[order], scores[order]
        if not len(rows):
            return Ranking((), 0, nuclei, (), None, query, rows, scores)
        judgement = self._matcher.judge(query, scores, self._slice_candidates(rows))
        rows, scores = rows[judgement.order], scores[judgement.order]
        count = min(self._config.top or len(rows), len(rows))
        candidates = tuple(
            self._ranked_candidate(position, int(rows[position]), float(scores[position]), judgement)
            for position in range(count)
        )
        return Ranking(candidates, len(rows), nuclei, _ties(candidates), judgement.verdict, query, rows, scores)

    def _slice_candidates(self, rows: NDArray[np.int64]) -> ScoredCandidates:
        candidate_set = self._candidates

        def payload(position: int) -> bytes:
            return bytes(candidate_set.payloads(rows[position : position + 1])[0])

        return ScoredCandidates(lambda position: self._smiles(int(rows[position])), payload)

    def _smiles(self, row: int) -> str:
        """The SMILES of a row; one that was read from a cache is checked, since RDKit sees it next."""
        smiles, path = self._candidates.smiles[row], self._candidates.path
        if path is None or row in self._sound:
            return smiles
        found: Molecule | str = "it is no SMILES of a candidate"
        # No candidate has open atoms, over which RDKit may sit for minutes.
        if len(smiles) <= _LONGEST and "*" not in smiles:
            found = resolve(self._matcher.parser)(smiles, "smiles", _LONGEST)
        if isinstance(found, str):
            raise CacheError(path, f"candidate {row}: {found}; delete it, or run `specmol embed --force`")
        self._sound.add(row)
        return smiles

    def _checked_rows(self, allowed: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """The rows that are allowed; None if all are."""
        count = len(self._candidates)
        if allowed is None:
            return None
        if len(allowed) and (allowed[0] < 0 or allowed[-1] >= count or (allowed[1:] <= allowed[:-1]).any()):
            raise ValueError(f"allowed rows must rise, from 0 to {count - 1} at most")
        return None if len(allowed) == count else allowed

    def _shortlist(self, query: NDArray[np.float32], allowed: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Rows to score, rising."""
        limit = self._config.prefilter
        count = len(self._candidates) if allowed is None else len(allowed)
        if limit == 0 or count <= limit:
            return np.arange(count, dtype=np.int64) if allowed is None else allowed
        if allowed is None:
            return np.sort(self._index.search(query, limit))
        return nearest_rows(self._candidates.joint, allowed, query, limit)

    @cached_property
    def _index(self) -> JointIndex:
        config = self._config
        return JointIndex(self._candidates.joint, gpu=config.device != "cpu", limit=config.prefilter)

    def _score_rows(self, query: EncodedQuery, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The matcher's score of each row."""
        scores = np.empty(len(rows))
        for start in range(0, len(rows), self._config.block_size):
            block = rows[start : start + self._config.block_size]
            scores[start : start + len(block)] = self._score_block(query, block)
        self._check_finite(scores)
        return scores

    def _score_block(self, query: EncodedQuery, block: NDArray[np.int64]) -> NDArray[np.float64]:
        candidates = self._candidates
        payloads, joint = candidates.payloads(block), candidates.joint[block]
        try:
            return self._matcher.scores(query, payloads, joint)
        except ValueError as error:
            # What this process has embedded is no one's fault but ours; what it has read may be anyone's.
            if candidates.path is None:
                raise
            reason = f"{error}; delete it, or run `specmol embed --force`"
            raise CacheError(candidates.path, reason) from error

    def _ranked_candidate(self, position: int, row: int, score: float, judgement: Judgement) -> RankedCandidate:
        c, probability, group = (
            self._candidates,
            float(judgement.probability[position]),
            int(judgement.group[position]) + 1,
        )
        return RankedCandidate(
            position + 1, int(c.index[row]), c.name[row], self._smiles(row), c.formula[row], score, probability, group
        )

    def _check_finite(self, *arrays: NDArray[np.floating]) -> None:
        if not all(np.isfinite(array).all() for array in arrays):
            reason = "gives values that are not finite for this query; take another checkpoint"
            raise CheckpointError(f"checkpoint {self._matcher.id[:12]}", reason)


def _ties(candidates: tuple[RankedCandidate, ...]) -> tuple[tuple[int, int], ...]:
    groups = [[c.rank for c in group] for _, group in groupby(candidates, key=lambda c: c.score)]
    return tuple((ranks[0], ranks[-1]) for ranks in groups if len(ranks) > 1)
