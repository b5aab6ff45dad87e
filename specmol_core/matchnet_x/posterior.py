"""From scores to a verdict: how probable each candidate is, given that the library may lack the compound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.judgement import RankingOutcome
from specmol_core.matchnet_x.assign import aligned_pairs
from specmol_core.matchnet_x.likelihood import LikelihoodModel, maybe_masked_lines
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import FIRST_EXCHANGING_KIND, unpack_lines

__all__ = ["NONE_FEATURES", "Posterior", "PosteriorModel", "none_features"]

NONE_FEATURES = (
    "intercept", "unexplained", "unobserved", "13C shown", "13C deviation", "1H shown", "1H deviation",
    "surprise", "gap",
)  # fmt: skip
"""What the probability that the library lacks the compound rests on, see :func:`none_features`."""
_LARGEST_DEVIATIONS = 3
"""Largest deviations that the surprise is the mean of."""
_DEFAULT_GAP_NATS = 5.0
"""Gap to the next candidate of a library that has but one: that of which the fit makes nothing (nats)."""
_MIN_TAIL = 1e-12
_AMBIGUOUS_COVERAGE = 0.95
"""Share of the probability that the candidates of an ambiguous verdict hold together."""


@dataclass(frozen=True)
class Posterior:
    """Probabilities of groups of candidates, and what they come to."""

    probability: NDArray[np.float64]
    """(groups,) that the compound is one of the group; together with ``verdict.none_weights`` they are 1."""
    verdict: RankingOutcome


@dataclass(frozen=True)
class PosteriorModel:
    """What was fitted on libraries with and without the truth."""

    none_weights: tuple[float, ...] = (0.0,) * len(NONE_FEATURES)
    """Weights of NONE_FEATURES in the log-odds that the library lacks the compound."""
    none_threshold: float = 0.5
    """Probability from which the verdict is that none fits."""
    identified_threshold: float = 0.9
    """Probability of one group, given that the library holds the compound, from which it is identified, where it is
    also likelier than none."""

    def posterior(self, scores: NDArray[np.float64], features: NDArray[np.float64]) -> Posterior:
        """Probabilities of groups from the best score of each.

        The score of a candidate is a log-likelihood ratio at the fitted temperature: given that the library holds the
        compound, the groups share the probability by the softmax of their scores. Where even the best explains the
        spectra worse than lines by chance would, what it lacks speaks for none.

        Parameters
        ----------
        scores
            (groups,) finite; at least one.
        features
            (len(NONE_FEATURES),) of the best candidate.
        """
        # Lines by chance would explain the spectra better than a candidate whose ratio to them is below 1.
        chance = max(-float(scores.max()), 0.0)
        odds = float(np.clip(np.dot(self.none_weights, features) + chance, -30.0, 30.0))
        none = 1.0 / (1.0 + np.exp(-odds))
        share = np.exp(scores - scores.max())
        share /= share.sum()
        return Posterior(share * (1.0 - none), self._verdict(share, none))

    def _verdict(self, share: NDArray[np.float64], none: float) -> RankingOutcome:
        if none >= self.none_threshold:
            return RankingOutcome("none fits", 0, none)
        ordered = np.sort(share)[::-1]
        if ordered[0] >= self.identified_threshold:
            likelier = ordered[0] * (1.0 - none) > none
            return RankingOutcome("identified" if likelier else "ambiguous", 1, none)
        return RankingOutcome(
            "ambiguous", max(int(np.searchsorted(np.cumsum(ordered), _AMBIGUOUS_COVERAGE)) + 1, 2), none
        )


def none_features(
    model: LikelihoodModel, observed: Sequence[Observed], best: bytes, gap: float | None
) -> NDArray[np.float64]:
    """Values of NONE_FEATURES: how well the best candidate explains what is observed, and how far it leads.

    Shares and deviations in spreads, and no score: what a right candidate scores depends on how large the molecule is
    and how well its kind is predicted. The surprise holds the largest deviations against those that so many signals of
    a right candidate would show: the mean log-ratio of expected and observed tail probability.

    Parameters
    ----------
    best
        Its stored lines.
    gap
        Score by which it leads the next group of candidates (nats); None where there is no other.
    """
    signals = unexplained = unobserved = 0
    deviations_of_nucleus: dict[str, list[float]] = {"13C": [], "1H": []}
    for spectrum_signals in observed:
        lines = unpack_lines([best], spectrum_signals.nucleus)
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
    # Two-sided tail of Student's distribution of three degrees of freedom, near which the fitted ones lie.
    tail = 1.0 - 2.0 / np.pi * (np.arctan(largest) + largest / (1.0 + largest**2))
    expected = np.arange(1, len(largest) + 1) / (len(deviations) + 1)
    return float(np.log(expected / np.maximum(tail, _MIN_TAIL)).mean())
