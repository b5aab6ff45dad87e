"""Posterior probabilities of candidates for a library that may lack the compound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.matchnet_x.assign import aligned_pairs
from specmol_core.matchnet_x.likelihood import LikelihoodModel, maybe_masked_lines, observed_lines
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import FIRST_EXCHANGING_KIND

__all__ = ["NONE_FEATURES", "Posterior", "PosteriorModel", "none_features"]

NONE_FEATURES = (
    "intercept", "unexplained", "unobserved", "13C shown", "13C deviation", "1H shown", "1H deviation",
    "surprise", "gap",
)  # fmt: skip
"""Features for the probability that the library lacks the compound, see :func:`none_features`."""
_LARGEST_DEVIATIONS = 3
"""Number of largest deviations in the surprise."""
_DEFAULT_GAP_NATS = 5.0
"""Score gap assumed if there is no second candidate; chosen to be neutral in the fit (nats)."""
_MIN_TAIL = 1e-12
"""Least tail probability in the surprise."""
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
        compound, the probabilities are the softmax of the scores. If even the best score is below
        0, lines by chance explain the spectra better, and the log-odds of none increase by that
        amount.

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
        chance = max(-float(scores.max()), 0.0)
        odds = float(np.clip(np.dot(self.none_weights, features) + chance, -30.0, 30.0))
        none = 1.0 / (1.0 + np.exp(-odds))
        share = np.exp(scores - scores.max())
        share /= share.sum()
        first = np.argmax(scores)
        is_best = np.arange(len(share)) == first if constitution is None else constitution == constitution[first]
        return Posterior(share * (1.0 - none), self._verdict(share, none, float(share[is_best].sum())))

    def _verdict(self, share: NDArray[np.float64], none: float, best_share: float) -> RankingOutcome:
        best = best_share * (1.0 - none)
        if none >= self.none_threshold:
            return RankingOutcome("none fits", 0, none, probability=best)
        ordered = np.sort(share)[::-1]
        if best >= PROBABLE:
            return RankingOutcome("identified" if best >= IDENTIFIED else "probable", 1, none, probability=best)
        count = int(np.searchsorted(np.cumsum(ordered), _OPEN_COVERAGE)) + 1
        return RankingOutcome("open", count, none, probability=best)


def none_features(
    model: LikelihoodModel, observed: Sequence[Observed], best: bytes, gap: float | None
) -> NDArray[np.float64]:
    """Values of NONE_FEATURES (features,): the fit of the best candidate, and its score gap.

    The features are shares, and deviations in uncertainties. The score is not a feature, because
    that of a correct candidate depends on the size of the molecule and on the accuracy of the
    prediction. The surprise compares the largest deviations with those expected for this number of
    signals: it is the mean log-ratio of expected and observed tail probability.

    Parameters
    ----------
    best
        Payload of the best candidate.
    gap
        Score difference to the best candidate of another constitution (nats); None if there is none.
    """
    signals = unexplained = unobserved = 0
    deviations_of_nucleus: dict[str, list[float]] = {"13C": [], "1H": []}
    for spectrum_signals in observed:
        lines, _ = observed_lines(model, spectrum_signals, best)
        pairs = aligned_pairs(model, spectrum_signals, lines)
        is_observable = ~maybe_masked_lines(model.parameters_for(spectrum_signals), spectrum_signals, lines)
        on_carbon = {
            i
            for i in np.flatnonzero(is_observable)
            if spectrum_signals.nucleus == "13C" or lines.kind[i] < FIRST_EXCHANGING_KIND
        }
        signals += len(spectrum_signals)
        unexplained += len(spectrum_signals) - len({entry for _, entry in pairs})
        unobserved += len(on_carbon - {line for line, _ in pairs})
        deviations_of_nucleus[spectrum_signals.nucleus] += [
            abs(float(spectrum_signals.ppm[j] - lines.ppm[i])) / max(float(lines.uncertainty_ppm[i]), 1e-6)
            for i, j in pairs
        ]
    size = max(signals, 1)
    values = [1.0, unexplained / size, unobserved / size]
    for deviations in deviations_of_nucleus.values():
        values += [float(bool(deviations)), float(np.log1p(deviations).mean()) if deviations else 0.0]
    all_deviations = np.array(deviations_of_nucleus["13C"] + deviations_of_nucleus["1H"])
    return np.array(
        [*values, _surprise(all_deviations), float(np.log1p(_DEFAULT_GAP_NATS if gap is None else max(gap, 0.0)))]
    )


def _surprise(deviations: NDArray[np.float64]) -> float:
    if not len(deviations):
        return 0.0
    largest = np.sort(deviations)[: -_LARGEST_DEVIATIONS - 1 : -1] / np.sqrt(3.0)
    # Two-sided tail of Student's distribution with three degrees of freedom, near the fitted
    # values.
    tail = 1.0 - 2.0 / np.pi * (np.arctan(largest) + largest / (1.0 + largest**2))
    expected = np.arange(1, len(largest) + 1) / (len(deviations) + 1)
    return float(np.log(expected / np.maximum(tail, _MIN_TAIL)).mean())
