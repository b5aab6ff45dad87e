"""Refinement: a slower predictor rescores the best candidates, and the ranking is judged again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import RankConfig
from specmol_core.errors import UsageError
from specmol_core.matcher.protocol import Matcher, Rescorer
from specmol_core.matchnet_x.refine import refine_best
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.ranker import Ranker, Ranking
from specmol_core.shifts.csp5 import Csp5

__all__ = ["REFINERS", "Refinement", "load_refiner", "refine_ranking"]

REFINERS = {"csp5": Csp5}
"""Predictors for refinement, by name."""


class Refinement(NamedTuple):
    """A ranking after its best candidates have been rescored."""

    ranking: Ranking
    rescored: int
    """Number of rescored candidates; 0 if the ranking was already clear."""
    failed: tuple[str, ...]
    """Names of the candidates that could not be rescored (their SMILES if they have no name)."""


def load_refiner(name: str, matcher: Matcher) -> Rescorer:
    """Load the predictor of this name, to rescore the candidates of a model.

    Raises
    ------
    UsageError
        If no predictor has that name, its package is not installed, or the model does not use
        predicted shifts.
    """
    if name not in REFINERS:
        raise UsageError(f"--refine: unknown predictor {name!r}; choose one of {', '.join(REFINERS)}")
    if matcher.rescorer is None:
        raise UsageError(f"--refine: {matcher.model} does not use predicted shifts; use --model {RankConfig.model}")
    return matcher.rescorer(REFINERS[name]())


def refine_ranking(
    ranking: Ranking, ranker: Ranker, candidates: CandidateSet, refiner: Rescorer, max_candidates: int
) -> Refinement:
    """Rescore the best candidates of a ranking with a second predictor.

    See ``refine_best`` for how their scores change.

    Parameters
    ----------
    ranking, ranker, candidates
        A ranking, and the ranker that made it from these candidates.
    refiner
        The second predictor.
    max_candidates
        Largest number of candidates to rescore.
    """

    def rescore(indices: NDArray[np.int64]) -> NDArray[np.float64]:
        smiles = [candidates.smiles[int(row)] for row in ranking.rows[indices]]
        return refiner.scores(ranking.query, smiles)

    refined = refine_best(ranking.scores, rescore, max_candidates)
    failed = ranking.rows[refined.failed].tolist()
    names = tuple(candidates.name[row] or candidates.smiles[row] for row in failed)
    new_ranking = ranker.rejudge(ranking, refined.scores) if len(refined.rescored) else ranking
    return Refinement(new_ranking, len(refined.rescored), names)
