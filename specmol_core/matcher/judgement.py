"""Groups of candidates that the spectra cannot distinguish, their probabilities, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Judgement",
    "RankingOutcome",
    "ScoredCandidates",
    "UnexplainedSignal",
    "describe_shifts",
    "pairwise_judgement",
]


_MAX_NAMED = 6
"""Most unexplained signals of a nucleus that a description names."""


@dataclass(frozen=True)
class UnexplainedSignal:
    """A strong signal that the best candidate does not explain."""

    nucleus: str
    ppm: float
    amount: float | None
    """1H: integral in protons of the best candidate. 13C: height in median heights of its lines. None
    if unknown."""


@dataclass(frozen=True)
class RankingOutcome:
    """Verdict on a ranking.

    Examples
    --------
    >>> RankingOutcome("open", 2, 0.05).describe()
    'open between 2 (probability 0.05 that the library lacks the compound)'
    """

    name: str
    """``identified`` (the constitution of the best candidate has a probability of at least 0.9),
    ``probable`` (at least 0.5), ``open``, ``mixture?`` (not none fits, but strong signals are
    unexplained) or ``none fits``."""
    groups: int
    """Smallest number of groups that almost certainly include the compound, if the library has it:
    1 for ``identified`` and ``probable``, 0 for ``mixture?`` and ``none fits``."""
    none_fits_probability: float
    """Probability that the library lacks the compound."""
    configuration: str = ""
    """Whether the spectra distinguish the stereoisomers of the best candidate that the library holds:
    ``distinguished`` or ``not distinguished``; empty if there are none."""
    unexplained: tuple[UnexplainedSignal, ...] = ()
    """Strong signals that the best candidate leaves unexplained; empty if they are few."""
    probability: float = 0.0
    """Probability of the constitution of the best candidate."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"unexplained": [asdict(signal) for signal in self.unexplained]}

    def describe(self) -> str:
        """Describe the verdict in words."""
        missing_note = f"probability {self.none_fits_probability:.2f} that the library lacks the compound"
        if self.name == "open":
            return f"open between {'1 and none' if self.groups == 1 else self.groups} ({missing_note})"
        if self.name == "mixture?":
            return (
                f"mixture? (the best candidate leaves unexplained: {describe_shifts(self.unexplained)}; {missing_note})"
            )
        note = f"; its stereoisomers are {self.configuration}" if self.configuration and self.groups == 1 else ""
        return f"{self.name} ({missing_note}){note}"


def describe_shifts(unexplained: Sequence[UnexplainedSignal]) -> str:
    """Return the shifts of signals in words, by nucleus."""
    parts = []
    for nucleus in ("13C", "1H"):
        shifts = [signal.ppm for signal in unexplained if signal.nucleus == nucleus]
        decimals = 1 if nucleus == "13C" else 2
        named = ", ".join(f"{ppm:.{decimals}f}" for ppm in shifts[:_MAX_NAMED])
        more = f" and {len(shifts) - _MAX_NAMED} more" if len(shifts) > _MAX_NAMED else ""
        parts += [f"{nucleus} {named}{more} ppm"] if shifts else []
    return ", ".join(parts)


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
    notes: tuple[str, ...] = ()
    """How the spectra were read for the best candidate, where there are several ways; one sentence each."""


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
