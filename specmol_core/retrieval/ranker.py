"""Ranking: a prefilter in the joint space selects candidates, and the matcher scores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import RankConfig
from specmol_core.errors import CacheError, CheckpointError
from specmol_core.matcher.components import KnownCompound
from specmol_core.matcher.judgement import Judgement, RankingOutcome, ScoredCandidates
from specmol_core.matcher.protocol import EncodedQuery, Matcher
from specmol_core.matcher.scores import rounded_scores
from specmol_core.molecules.records import Molecule
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.index import JointIndex, nearest_rows
from specmol_core.retrieval.known import query_without_known
from specmol_core.runtime.child_processes import resolve
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["RankedCandidate", "Ranker", "Ranking"]

_MAX_CONDITIONED = 256
"""Most candidates that are scored again with payloads for the conditions of the query."""
_MAX_SMILES_LENGTH = 5_000
"""Longest SMILES of a candidate (characters)."""


@dataclass(frozen=True)
class RankedCandidate:
    """One candidate of a ranking."""

    rank: int
    """1 for the best; no two candidates have the same rank."""
    index: int
    """Number of the record in the library, counted from 0."""
    name: str
    smiles: str
    formula: str
    score: float
    """Score of the model; higher is better. That of ``matchnet-x`` is a log-likelihood ratio."""
    probability: float
    """Probability that the compound is in this candidate's group, given the library. For a model
    without a posterior: probability that spectra and candidate belong together."""
    group: int
    """Number of its group of candidates that the spectra cannot distinguish, 1 for the best group."""


@dataclass(frozen=True)
class Ranking:
    """The answer to one query."""

    candidates: tuple[RankedCandidate, ...]
    """Best first, groups together. Candidates with equal scores are in the order of the library."""
    scored: int
    """Number of scored candidates; constraints and prefilter excluded the others."""
    nuclei: tuple[Nucleus, ...]
    """Nuclei of the query's spectra."""
    ties: tuple[tuple[int, int], ...]
    """First and last rank of each set of equal scores, whose order is arbitrary."""
    verdict: RankingOutcome | None
    """Conclusion; None if the matcher has no posterior, or no candidate was scored."""
    query: EncodedQuery = field(compare=False, repr=False)
    """The matcher's encoding of the spectra; not compared."""
    rows: NDArray[np.int64] = field(compare=False, repr=False)
    """Rows of all scored candidates in the candidate set (scored,), best first; not compared."""
    scores: NDArray[np.float64] = field(compare=False, repr=False)
    """Scores of ``rows`` (scored,); not compared."""
    payloads: Mapping[int, bytes] = field(default_factory=dict, compare=False, repr=False)
    """Payloads for the conditions of the query, by row, in place of those of the library; not compared."""
    groups: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), compare=False, repr=False)
    """Number of the group of each of ``rows`` (scored,), rising from 0; not compared."""
    probabilities: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)
    """Probability of the group of each of ``rows`` (scored,); not compared."""
    notes: tuple[str, ...] = ()
    """How the matcher read the spectra, where there are several ways."""
    known: tuple[KnownCompound, ...] = ()
    """Compounds whose signals were taken from the spectra."""


class Ranker:
    """Ranks the candidates of one library against one query after another.

    Parameters
    ----------
    matcher, candidates, config
        Model, embedded library, and settings of the ranking.

    Raises
    ------
    ValueError
        If the candidates were embedded with another model.
    """

    def __init__(self, matcher: Matcher, candidates: CandidateSet, config: RankConfig) -> None:
        if candidates.manifest.checkpoint != matcher.embedding_id:
            raise ValueError("these candidates were embedded with another checkpoint")
        self._matcher, self._candidates, self._config = matcher, candidates, config
        self._checked_smiles: set[int] = set()

    def rank(self, pair: AnalysedPair, allowed: NDArray[np.int64] | None = None, known: Sequence[str] = ()) -> Ranking:
        """Rank the candidates against one pair of spectra; either may be missing.

        Parameters
        ----------
        pair
            The spectra.
        allowed
            Rows of the candidate set that satisfy the constraints, ascending; None for all. The
            prefilter searches only these.
        known
            SMILES of compounds whose signals are taken from the spectra first.

        Raises
        ------
        SpectrumError
            If the known compounds explain all signals.
        CheckpointError
            If the model gives values that are not finite.
        CacheError
            If the candidates come from a cache and the model cannot read their payloads.
        ValueError
            If ``allowed`` is not ascending, or holds a row that does not exist.
        """
        query, known_compounds = query_without_known(self._matcher, pair, known)
        self._check_finite(query.joint)
        rows = self._shortlist(query.joint, self._checked_rows(allowed))
        nuclei = tuple(analysis.spectrum.nucleus for analysis in pair.analyses)
        scores, payloads = self._rescore_best(query, rows, self._score_rows(query, rows))
        return replace(self._judge(query, nuclei, rows, scores, payloads), known=known_compounds)

    def rejudge(self, ranking: Ranking, scores: NDArray[np.float64]) -> Ranking:
        """Return a ranking of this ranker with new scores: new order, groups and verdict.

        Parameters
        ----------
        ranking
            A ranking of this ranker.
        scores
            New scores (scored,), in the order of ``ranking.rows``.
        """
        judged = self._judge(ranking.query, ranking.nuclei, ranking.rows, scores, ranking.payloads)
        return replace(judged, known=ranking.known)

    def best(self, ranking: Ranking, count: int) -> ScoredCandidates:
        """Return the best candidates of a ranking, with payloads for the conditions of its query."""
        rows = ranking.rows[:count]
        payloads = self._matcher.payloads_for(ranking.query, (self._smiles(int(row)) for row in rows))
        return self._slice_candidates(rows, {} if payloads is None else dict(zip(rows.tolist(), payloads, strict=True)))

    def record(self, ranking: Ranking, position: int) -> tuple[int, str, str, str]:
        """Return the number of the record, the name, SMILES and formula of the candidate at a position of a ranking."""
        row, c = int(ranking.rows[position]), self._candidates
        return int(c.index[row]), c.name[row], self._smiles(row), c.formula[row]

    def _judge(
        self,
        query: EncodedQuery,
        nuclei: tuple[Nucleus, ...],
        rows: NDArray[np.int64],
        scores: NDArray[np.float64],
        payloads: Mapping[int, bytes],
    ) -> Ranking:
        # Rows ascend with the records, so the second key is the order of the library.
        order = np.lexsort((rows, -scores))
        rows, scores = rows[order], scores[order]
        if not len(rows):
            return Ranking((), 0, nuclei, (), None, query, rows, scores)
        judgement = self._matcher.judge(query, scores, self._slice_candidates(rows, payloads))
        rows, scores = rows[judgement.order], scores[judgement.order]
        count = min(self._config.top or len(rows), len(rows))
        candidates = tuple(
            self._ranked_candidate(position, int(rows[position]), float(scores[position]), judgement)
            for position in range(count)
        )
        ties = _ties(candidates)
        return Ranking(
            candidates, len(rows), nuclei, ties, judgement.verdict, query, rows, scores, payloads,
            judgement.group, judgement.probability, judgement.notes,
        )  # fmt: skip

    def _slice_candidates(self, rows: NDArray[np.int64], payloads: Mapping[int, bytes]) -> ScoredCandidates:
        candidate_set = self._candidates

        def payload(position: int) -> bytes:
            row = int(rows[position])
            return payloads[row] if row in payloads else bytes(candidate_set.payloads(rows[position : position + 1])[0])

        return ScoredCandidates(lambda position: self._smiles(int(rows[position])), payload)

    def _smiles(self, row: int) -> str:
        """Return the SMILES of a row, checked if it comes from a cache, because RDKit parses it next."""
        smiles, path = self._candidates.smiles[row], self._candidates.path
        if path is None or row in self._checked_smiles:
            return smiles
        result: Molecule | str = "its SMILES is not that of a candidate"
        # No candidate has a wildcard atom, which RDKit may process for minutes.
        if len(smiles) <= _MAX_SMILES_LENGTH and "*" not in smiles:
            result = resolve(self._matcher.parser)(smiles, "smiles", _MAX_SMILES_LENGTH)
        if isinstance(result, str):
            raise CacheError(path, f"candidate {row}: {result}; delete it, or run `specmol embed --force`")
        self._checked_smiles.add(row)
        return smiles

    def _checked_rows(self, allowed: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """Return the allowed rows; None if all are allowed."""
        count = len(self._candidates)
        if allowed is None:
            return None
        if len(allowed) and (allowed[0] < 0 or allowed[-1] >= count or (allowed[1:] <= allowed[:-1]).any()):
            raise ValueError(f"allowed rows must be ascending and within 0 to {count - 1}")
        return None if len(allowed) == count else allowed

    def _shortlist(self, query: NDArray[np.float32], allowed: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Return the rows to score, ascending."""
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
        """Return the matcher's score of each row (rows,)."""
        scores = np.empty(len(rows))
        for start in range(0, len(rows), self._config.block_size):
            block = rows[start : start + self._config.block_size]
            scores[start : start + len(block)] = self._score_block(query, block)
        self._check_finite(scores)
        return scores

    def _rescore_best(
        self, query: EncodedQuery, rows: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], dict[int, bytes]]:
        """Score the best candidates with payloads for the conditions of the query.

        Returns the scores (rows,) and the new payloads by row. If a new score is below that of a
        candidate that is not scored again, the scores of all such candidates fall by the same amount,
        so that they stay last, in their order.
        """
        best = np.argsort(-scores, kind="stable")[:_MAX_CONDITIONED]
        payloads = self._matcher.payloads_for(query, (self._smiles(int(row)) for row in rows[best]))
        if payloads is None or not len(best):
            return scores, {}
        result = scores.copy()
        result[best] = self._matcher.scores(query, payloads, self._candidates.joint[rows[best]])
        rest = np.ones(len(rows), np.bool_)
        rest[best] = False
        if rest.any():
            result[rest] = rounded_scores(scores[rest] + min(0.0, result[best].min() - scores[rest].max()))
        self._check_finite(result)
        return result, dict(zip(rows[best].tolist(), payloads, strict=True))

    def _score_block(self, query: EncodedQuery, block: NDArray[np.int64]) -> NDArray[np.float64]:
        candidates = self._candidates
        payloads, joint = candidates.payloads(block), candidates.joint[block]
        try:
            return self._matcher.scores(query, payloads, joint)
        except ValueError as error:
            # Without a cache this is an internal error; the content of a cache may have any origin.
            if candidates.path is None:
                raise
            reason = f"{error}; delete it, or run `specmol embed --force`"
            raise CacheError(candidates.path, reason) from error

    def _ranked_candidate(self, position: int, row: int, score: float, judgement: Judgement) -> RankedCandidate:
        c = self._candidates
        probability, group = float(judgement.probability[position]), int(judgement.group[position]) + 1
        return RankedCandidate(
            position + 1, int(c.index[row]), c.name[row], self._smiles(row), c.formula[row], score, probability, group
        )

    def _check_finite(self, *arrays: NDArray[np.floating]) -> None:
        if not all(np.isfinite(array).all() for array in arrays):
            reason = "gives values that are not finite for this query; use another checkpoint"
            raise CheckpointError(f"checkpoint {self._matcher.id[:12]}", reason)


def _ties(candidates: tuple[RankedCandidate, ...]) -> tuple[tuple[int, int], ...]:
    groups = [[c.rank for c in group] for _, group in groupby(candidates, key=lambda c: c.score)]
    return tuple((ranks[0], ranks[-1]) for ranks in groups if len(ranks) > 1)
