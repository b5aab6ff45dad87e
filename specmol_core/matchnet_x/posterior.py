"""Posterior probabilities of candidates for a library that may lack the compound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.matchnet_x.misfit import NONE_FEATURES

__all__ = ["Posterior", "PosteriorModel"]

IDENTIFIED, PROBABLE = 0.9, 0.5
"""Probability of the best constitution from which the outcome is *identified* and *probable*."""
_OPEN_COVERAGE = 0.95
"""Total probability of the candidates counted in an open outcome, given that the library holds the
compound."""


@dataclass(frozen=True)
class Posterior:
    """Probabilities of groups of candidates, and the outcome."""

    probability: NDArray[np.float64]
    """(groups,) probability that the compound is in each group; the sum with the probability of
    none is 1."""
    verdict: RankingOutcome


@dataclass(frozen=True)
class PosteriorModel:
    """Model of posterior probabilities, fitted on libraries with and without the true compound."""

    none_weights: tuple[float, ...] = (0.0,) * len(NONE_FEATURES)
    """Weights of NONE_FEATURES in the log-odds that the library lacks the compound."""
    none_threshold: float = 0.5
    """Probability of none from which the outcome is *none fits*."""

    def posterior(
        self,
        scores: NDArray[np.float64],
        features: NDArray[np.float64],
        constitution: NDArray[np.int64] | None = None,
    ) -> Posterior:
        """Probabilities of groups from their best scores.

        Scores are log-likelihood ratios times the fitted factors. Given that the library holds the
        compound, the probabilities are the softmax of the scores.

        Parameters
        ----------
        scores
            Best score (groups,) of each group, finite; at least one.
        features
            Features (len(NONE_FEATURES),) of the best candidate.
        constitution
            Number (groups,) of each group's constitution; None if all differ. The verdict is that on
            the constitution of the best group.
        """
        none = self.none_fits_probability(features)
        share = np.exp(scores - scores.max())
        share /= share.sum()
        first = np.argmax(scores)
        is_best = np.arange(len(share)) == first if constitution is None else constitution == constitution[first]
        return Posterior(share * (1.0 - none), self._verdict(share, none, float(share[is_best].sum())))

    def none_fits_probability(self, features: NDArray[np.float64]) -> float:
        """Probability that the library lacks the compound, from the features of the best candidate."""
        odds = float(np.clip(np.dot(self.none_weights, features), -30.0, 30.0))
        return float(1.0 / (1.0 + np.exp(-odds)))

    def explained_part_fits(self, features: NDArray[np.float64]) -> bool:
        """Whether the library would probably hold the compound if the candidate left no signal unexplained."""
        counted = np.array([not name.endswith("unexplained") for name in NONE_FEATURES])
        return self.none_fits_probability(features * counted) < PROBABLE

    def _verdict(self, share: NDArray[np.float64], none: float, best_share: float) -> RankingOutcome:
        best = best_share * (1.0 - none)
        if none >= self.none_threshold:
            return RankingOutcome("none fits", 0, none, probability=best)
        ordered = np.sort(share)[::-1]
        if best >= PROBABLE:
            return RankingOutcome("identified" if best >= IDENTIFIED else "probable", 1, none, probability=best)
        count = int(np.searchsorted(np.cumsum(ordered), _OPEN_COVERAGE)) + 1
        return RankingOutcome("open", count, none, probability=best)
