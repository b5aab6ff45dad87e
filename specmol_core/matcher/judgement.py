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
    """What a ranking comes to."""

    name: str
    """identified, ambiguous or none fits."""
    groups: int
    """Groups of candidates that are all but certain, if the library holds the compound at all; 0 where none fits."""
    none_fits_probability: float
    """Probability that the library lacks the compound."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "groups": self.groups, "none_fits_probability": self.none_fits_probability}

    def describe(self) -> str:
        """The verdict in words."""
        missing_note = f"probability {self.none_fits_probability:.2f} that the library lacks the compound"
        if self.name == "ambiguous" and self.groups == 1:
            return f"ambiguous between 1 and none ({missing_note})"
        if self.name == "ambiguous":
            return f"ambiguous between {self.groups} ({missing_note})"
        return f"{self.name} ({missing_note})"


@dataclass(frozen=True)
class ScoredCandidates:
    """Access to scored candidates by their place, best first."""

    smiles: Callable[[int], str]
    payload: Callable[[int], bytes]
    """What the matcher keeps of a candidate."""


@dataclass(frozen=True)
class Judgement:
    """Candidates in their final order."""

    order: NDArray[np.int64]
    """(n,) places in the order of scores: members of a group follow each other."""
    group: NDArray[np.int64]
    """(n,) number of each one's group, rising from 0."""
    probability: NDArray[np.float64]
    """(n,) probability of each one's group."""
    verdict: RankingOutcome | None
    """None where the model gives no posterior."""


def pairwise_judgement(scores: NDArray[np.float64]) -> Judgement:
    """Each candidate by itself: its probability is the logistic function of its score, and equal scores are a group.

    Parameters
    ----------
    scores
        (n,) falling.
    """
    group = np.cumsum(np.diff(scores, prepend=scores[:1]) != 0).astype(np.int64)
    small = np.exp(-np.abs(scores))
    probability = np.where(scores >= 0, 1.0, small) / (1.0 + small)
    return Judgement(np.arange(len(scores)), group, probability, None)
