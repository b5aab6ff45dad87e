"""Ranking: the joint space lets the most similar candidates through, the fusion model scores those."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import RankConfig
from specmol_core.errors import CheckpointError
from specmol_core.retrieval.candidates import CandidateSet
from specmol_core.retrieval.index import JointIndex
from specmol_core.retrieval.protocol import Matcher
from specmol_core.spectra.spectrum import Nucleus, SpectrumPair

__all__ = ["Ranked", "Ranker", "Ranking", "evidence_scores"]

_DECIMALS = 4
"""Decimals of a score."""


@dataclass(frozen=True)
class Ranked:
    """One candidate in its place."""

    rank: int
    """1 for the best; each rank is given once."""
    index: int
    """0-based record of the library."""
    name: str
    smiles: str
    formula: str
    score: float
    """Logit that this candidate and these spectra belong together: the evidence of the fusion model and of the
    joint space, weighed as the checkpoint says."""
    probability: float
    """Logistic function of the score."""


@dataclass(frozen=True)
class Ranking:
    """The answer to one query."""

    candidates: tuple[Ranked, ...]
    """Best first. Candidates of equal score keep the order of the library."""
    scored: int
    """Candidates that the fusion model scored; the others did not pass the prefilter."""
    nuclei: tuple[Nucleus, ...]
    """Which spectra the query had."""
    ties: tuple[tuple[int, int], ...]
    """First and last rank of each group of equal score: their order means nothing."""


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
        if candidates.manifest.checkpoint != matcher.id:
            raise ValueError("these candidates were embedded with another checkpoint")
        self._matcher, self._candidates, self._config = matcher, candidates, config

    def rank(self, pair: SpectrumPair) -> Ranking:
        """Rank the candidates against one pair of spectra; either may be missing.

        Raises
        ------
        CheckpointError
            If the model gives values that are not finite.
        """
        spectrum, query = self._matcher.spectrum_vectors(pair)
        self._check_finite(spectrum, query)
        rows = self._shortlist(query)
        scores = self._scores(spectrum, query, rows)
        # Rows rise with the records, so that the second key is the order of the library.
        order = np.lexsort((rows, -scores))
        top = order[: self._config.top or None]
        candidates = tuple(
            self._ranked(rank, int(rows[place]), float(scores[place])) for rank, place in enumerate(top, start=1)
        )
        nuclei = tuple(s.nucleus for s in (pair.h1, pair.c13) if s is not None)
        return Ranking(candidates, len(rows), nuclei, _ties(candidates))

    def _shortlist(self, query: NDArray[np.float32]) -> NDArray[np.int64]:
        """Rows to score, rising."""
        limit = self._config.prefilter
        if limit == 0 or len(self._candidates) <= limit:
            return np.arange(len(self._candidates), dtype=np.int64)
        return np.sort(self._index.search(query, limit))

    @cached_property
    def _index(self) -> JointIndex:
        config = self._config
        return JointIndex(self._candidates.joint, gpu=config.device != "cpu", limit=config.prefilter)

    def _scores(
        self, spectrum: NDArray[np.float32], query: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The match logit of each row, joined with its cosine in the joint space as training fitted it."""
        scores = np.empty(len(rows))
        for start in range(0, len(rows), self._config.block):
            block = rows[start : start + self._config.block]
            match, joint = self._candidates.match[block], self._candidates.joint[block]
            scores[start : start + len(block)] = evidence_scores(self._matcher, spectrum, query, match, joint)
        self._check_finite(scores)
        return scores

    def _ranked(self, rank: int, row: int, score: float) -> Ranked:
        c = self._candidates
        return Ranked(rank, int(c.index[row]), c.name[row], c.smiles[row], c.formula[row], score, _logistic(score))

    def _check_finite(self, *arrays: NDArray[np.floating]) -> None:
        if not all(np.isfinite(array).all() for array in arrays):
            reason = "gives values that are not finite for this query; take another checkpoint"
            raise CheckpointError(f"checkpoint {self._matcher.id[:12]}", reason)


def evidence_scores(
    matcher: Matcher,
    spectrum: NDArray[np.float32],
    query: NDArray[np.float32],
    match: NDArray[np.float16],
    joint: NDArray[np.float16],
) -> NDArray[np.float64]:
    """Score (n,) of each molecule: its match logit and its cosine in the joint space, weighed as training fitted them.

    Parameters
    ----------
    spectrum, query
        Vectors of the spectra for scoring and in the joint space.
    match, joint
        The same of the molecules, one a row.
    """
    logit_weight, cosine_weight, intercept = matcher.evidence
    logits, cosines = matcher.logits(spectrum, match), joint.astype(np.float32) @ query
    scores = (logit_weight * logits + cosine_weight * cosines + intercept).astype(np.float64)
    # What rounding in another order of sums can change is no evidence, and must not break a tie.
    rounded: NDArray[np.float64] = np.round(scores, _DECIMALS)
    return rounded


def _ties(candidates: tuple[Ranked, ...]) -> tuple[tuple[int, int], ...]:
    groups = [[c.rank for c in group] for _, group in groupby(candidates, key=lambda c: c.score)]
    return tuple((ranks[0], ranks[-1]) for ranks in groups if len(ranks) > 1)


def _logistic(score: float) -> float:
    """1 / (1 + exp(-score)), without overflow."""
    small = math.exp(-abs(score))
    return 1.0 / (1.0 + small) if score >= 0 else small / (1.0 + small)
