"""Refinement: the best candidates of a ranking predicted again by something slower, and the whole judged anew."""

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
"""Second predictors by name."""


class Refinement(NamedTuple):
    """A ranking after its best candidates have been predicted again."""

    ranking: Ranking
    rescored: int
    """Candidates that were predicted again; 0 where the choice was not open."""
    failed: tuple[str, ...]
    """Names of those that could not be, else their SMILES."""


def load_refiner(name: str, matcher: Matcher) -> Rescorer:
    """The second predictor of this name beside a model.

    Raises
    ------
    UsageError
        If there is none of that name, its package is not installed, or the model does not weigh predicted shifts.
    """
    if name not in REFINERS:
        raise UsageError(f"unknown predictor {name!r} to refine with; known are {', '.join(REFINERS)}")
    if matcher.rescorer is None:
        raise UsageError(f"--refine: {matcher.model} weighs no predicted shifts; use --model {RankConfig.model}")
    return matcher.rescorer(REFINERS[name]())


def refine_ranking(
    ranking: Ranking, ranker: Ranker, candidates: CandidateSet, refiner: Rescorer, max_candidates: int
) -> Refinement:
    """Predict the best candidates of a ranking again; how their scores change is said at ``refine_best``.

    Parameters
    ----------
    ranking, ranker, candidates
        A ranking, and the ranker that made it from these candidates.
    max_candidates
        Candidates that are predicted again at most.
    """

    def rescore(indices: NDArray[np.int64]) -> NDArray[np.float64]:
        smiles = [candidates.smiles[int(row)] for row in ranking.rows[indices]]
        return refiner.scores(ranking.query, smiles)

    refined = refine_best(ranking.scores, rescore, max_candidates)
    failed = ranking.rows[refined.failed].tolist()
    names = tuple(candidates.name[row] or candidates.smiles[row] for row in failed)
    new_ranking = ranker.rejudge(ranking, refined.scores) if len(refined.rescored) else ranking
    return Refinement(new_ranking, len(refined.rescored), names)
