"""Groups of candidates that the spectra cannot distinguish, their probabilities, and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Judgement", "RankingOutcome", "ScoredCandidates", "pairwise_judgement"]


@dataclass(frozen=True)
class RankingOutcome:
    """Verdict on a ranking.

    Examples
    --------
    >>> RankingOutcome("ambiguous", 2, 0.05).describe()
    'ambiguous between 2 (probability 0.05 that the library lacks the compound)'
    """

    name: str
    """``identified``, ``ambiguous`` or ``none fits``."""
    groups: int
    """Smallest number of groups that almost certainly include the compound, if the library has it;
    0 for ``none fits``."""
    none_fits_probability: float
    """Probability that the library lacks the compound."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"name": self.name, "groups": self.groups, "none_fits_probability": self.none_fits_probability}

    def describe(self) -> str:
        """Describe the verdict in words."""
        missing_note = f"probability {self.none_fits_probability:.2f} that the library lacks the compound"
        if self.name == "ambiguous" and self.groups == 1:
            return f"ambiguous between 1 and none ({missing_note})"
        if self.name == "ambiguous":
            return f"ambiguous between {self.groups} ({missing_note})"
        return f"{self.name} ({missing_note})"


@dataclass(frozen=True)
class ScoredCandidates:
    """Access to scored candidates by their index in the order of scores, best first."""

    smiles: Callable[[int], str]
    """Returns the SMILES of a candidate."""
    payload: Callable[[int], bytes]
    """Returns the payload of a candidate."""


@dataclass(frozen=True)
class Judgement:
    """Candidates in their final order."""

    order: NDArray[np.int64]
    """Indices in the order of scores (n,); the members of a group are consecutive."""
    group: NDArray[np.int64]
    """Number of each candidate's group (n,), ascending from 0."""
    probability: NDArray[np.float64]
    """Probability of each candidate's group (n,)."""
    verdict: RankingOutcome | None
    """Verdict; None if the model has no posterior."""


def pairwise_judgement(scores: NDArray[np.float64]) -> Judgement:
    """Judge each candidate by itself, for models without a posterior.

    The probability is the logistic function of the score, and equal scores are a group.

    Parameters
    ----------
    scores
        Scores (n,), descending.
    """
    group = np.cumsum(np.diff(scores, prepend=scores[:1]) != 0).astype(np.int64)
    small = np.exp(-np.abs(scores))
    probability = np.where(scores >= 0, 1.0, small) / (1.0 + small)
    return Judgement(np.arange(len(scores)), group, probability, None)
