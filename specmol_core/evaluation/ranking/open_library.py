"""Rank queries in a whole library, and among candidates with similar predicted spectra."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import RankConfig
from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.ranking.pools import benchmark_spectra
from specmol_core.matcher.protocol import Matcher
from specmol_core.metrics import rank_of_truth
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.index import JointIndex
from specmol_core.retrieval.ranker import Ranker, Ranking
from specmol_core.spectra.analysis.analysis import analyse_unmasked

__all__ = ["LibraryRanks", "candidate_rows", "library_ranks", "near_decoy_ranks"]

_MAX_STEREOISOMERS = 50
"""Additional candidates to look up, in place of stereoisomers that are left out."""


@dataclass(frozen=True)
class LibraryRanks:
    """Ranks of the true compounds in a library; each (queries,)."""

    prefilter: NDArray[np.int64]
    """Rank in the joint space; if the prefilter removes the true compound, the size of the
    prefilter plus 1."""
    constitution_ranks: NDArray[np.int64]
    """Rank after scoring of the best stereoisomer of the true compound among other constitutions;
    the size of the library if the prefilter removes all of them."""
    stereoisomer_ranks: NDArray[np.int64]
    """Rank after scoring if stereoisomers of the true compound count as other candidates."""
    seconds: float
    """Time per query (s)."""


def candidate_rows(candidates: CandidateSet, smiles: Sequence[str]) -> list[int]:
    """Row of each structure; -1 if the library lacks it.

    Parameters
    ----------
    smiles
        Canonical SMILES, as those of the candidates.
    """
    requested = set(smiles)
    rows = {text: row for row in range(len(candidates)) if (text := candidates.smiles[row]) in requested}
    return [rows.get(text, -1) for text in smiles]


def library_ranks(
    queries: Sequence[BenchmarkQuery],
    matcher: Matcher,
    candidates: CandidateSet,
    truths: Sequence[int],
    config: RankConfig,
    advance: Callable[[int], None] = lambda done: None,
) -> LibraryRanks:
    """Rank each query against all candidates.

    The true compounds have no stereochemistry, so that a stereoisomer in the library may be the
    same compound.

    Parameters
    ----------
    truths
        Row of the true compound of each query; see :func:`candidate_rows`.
    advance
        Called with the number of finished queries.
    """
    ranker = Ranker(matcher, candidates, config)
    index = JointIndex(candidates.joint, gpu=False, limit=config.prefilter)
    prefilter_ranks, constitution_ranks, stereoisomer_ranks = [], [], []
    started = time.perf_counter()
    for number, (query, truth) in enumerate(zip(queries, truths, strict=True), 1):
        pair = analyse_unmasked(benchmark_spectra(query, matcher.geometry))
        ranking = ranker.rank(pair)
        near = index.search(matcher.query(pair).joint, config.prefilter)
        position = np.flatnonzero(near == truth)
        prefilter_ranks.append(int(position[0]) + 1 if len(position) else config.prefilter + 1)
        own = np.flatnonzero(ranking.rows == truth)
        stereoisomer_ranks.append(rank_of_truth(ranking.scores, int(own[0])) if len(own) else len(candidates))
        constitution_ranks.append(_constitution_rank(candidates, ranking, truth))
        advance(number)
    seconds = (time.perf_counter() - started) / max(len(queries), 1)
    return LibraryRanks(np.array(prefilter_ranks), np.array(constitution_ranks), np.array(stereoisomer_ranks), seconds)


def _constitution_rank(candidates: CandidateSet, ranking: Ranking, truth: int) -> int:
    """Rank of the best candidate with the constitution of the truth; others of equal score rank
    before it."""
    for position, row in enumerate(ranking.rows.tolist()):
        if _same_constitution(candidates, row, truth):
            not_below = ranking.rows[ranking.scores >= ranking.scores[position]].tolist()
            return 1 + sum(not _same_constitution(candidates, other, truth) for other in not_below)
    return len(candidates)


def _same_constitution(candidates: CandidateSet, row: int, truth: int) -> bool:
    if row == truth:
        return True
    if candidates.formula[row] != candidates.formula[truth]:
        return False
    return constitution_of_smiles(candidates.smiles[row]) == constitution_of_smiles(candidates.smiles[truth])


def near_decoy_ranks(
    queries: Sequence[BenchmarkQuery],
    matcher: Matcher,
    candidates: CandidateSet,
    truths: Sequence[int],
    count: int,
    advance: Callable[[int], None] = lambda done: None,
) -> NDArray[np.int64]:
    """Rank (queries,) of each true compound among ``count`` similar candidates.

    Similar candidates have predicted spectra near that of the true compound in the joint space. Its
    stereoisomers are left out, see :func:`library_ranks`.

    Parameters
    ----------
    truths
        Row of the true compound of each query; see :func:`candidate_rows`.
    advance
        Called with the number of finished queries.
    """
    search_count = count + _MAX_STEREOISOMERS
    index = JointIndex(candidates.joint, gpu=False, limit=search_count)
    ranks = []
    for number, (query, truth) in enumerate(zip(queries, truths, strict=True), 1):
        own = candidates.joint[truth].astype(np.float32)
        near = index.search(own / max(float(np.linalg.norm(own)), 1e-9), search_count).tolist()
        rows = np.array([truth, *[r for r in near if not _same_constitution(candidates, r, truth)][:count]])
        scores = matcher.scores(
            matcher.query(analyse_unmasked(benchmark_spectra(query, matcher.geometry))),
            candidates.payloads(rows),
            candidates.joint[rows],
        )
        ranks.append(rank_of_truth(scores, 0))
        advance(number)
    return np.array(ranks)
