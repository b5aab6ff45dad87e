"""Calibration of a model: sets of candidates with a stated coverage, and answers with a stated error rate.

A calibration holds what measured queries with known answers gave, for each kind of input. None of
their structures was in the training or the fit of the model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import UsageError
from specmol_core.matcher.judgement import RankingOutcome

__all__ = [
    "LOG_ODDS",
    "REMEDY",
    "ConfidenceSet",
    "Identification",
    "KindCalibration",
    "ModelCalibration",
    "binomial_interval",
    "confidence_of",
    "nonconformity",
]

LOG_ODDS = np.arange(121) / 10
"""Log-odds of the probability from which an answer may be called identified: the thresholds that are tried."""
NONE_IS_LIKELY = 0.5
"""Probability that the library lacks the compound from which queries are calibrated apart from the others."""
REMEDY = "make it again with specmol train calibration"


def nonconformity(gap: NDArray[np.float64], none_probability: float) -> NDArray[np.float64]:
    """Return how far groups are behind the best one (groups,): ``gap * (1 - none_probability)``.

    The more probable it is that none fits, the less the scores say about the others.

    Parameters
    ----------
    gap
        Score of the best group minus that of each group (groups,), nats.
    none_probability
        Probability that the library lacks the compound.
    """
    return gap * (1.0 - none_probability)


def _most_probable(gaps: NDArray[np.float64], level: float) -> int:
    """Least number of best groups that together have the probability; equal groups enter together."""
    share = np.exp(-gaps)
    last = int((np.cumsum(share) < level * share.sum()).sum())
    return int((gaps <= gaps[min(last, len(gaps) - 1)]).sum())


def confidence_of(verdict: RankingOutcome) -> float:
    """Return the probability by which an answer is called identified; 0 for *none fits* and *mixture?*."""
    return 0.0 if verdict.name in ("none fits", "mixture?") else verdict.probability


def binomial_interval(hits: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share after Clopper and Pearson, Biometrika 1934, 26, 404.

    Examples
    --------
    >>> [round(limit, 4) for limit in binomial_interval(0, 100)]
    [0.0, 0.0362]
    """
    from scipy.stats import beta

    tail = (1.0 - confidence) / 2
    low = float(beta.ppf(tail, hits, count - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(1.0 - tail, hits + 1, count - hits)) if hits < count else 1.0


@dataclass(frozen=True)
class ConfidenceSet:
    """The best groups of candidates, which hold the compound with a stated probability, if the library does."""

    level: float
    """Probability that was asked for."""
    groups: int
    """Number of groups in the set, the best ones."""
    candidates: int
    """Number of candidates in these groups."""
    kind: str
    """Kind of input."""
    none_is_likely: bool
    """Whether it is at least as probable as not that the library lacks the compound."""
    coverage: float
    """Share of calibration queries of this kind whose set held the compound; each half of the
    structures was measured with the threshold of the other half."""
    coverage_interval: tuple[float, float]
    """95 % interval of this share."""
    queries: int
    """Number of these queries."""

    def describe(self) -> str:
        """Describe the set in one sentence."""
        groups = (
            f"{self.groups} group{'s' * (self.groups != 1)}, {self.candidates} candidate{'s' * (self.candidates != 1)}"
        )
        caveat = "; that it does not is likely" if self.none_is_likely else ""
        low, high = self.coverage_interval
        return (
            f"{100 * self.level:g} % set: {groups}, if the library holds the compound{caveat} (measured coverage "
            f"{self.coverage:.3f}, {low:.3f} to {high:.3f}; {self.kind})"
        )


@dataclass(frozen=True)
class Identification:
    """Whether a query may be called identified at an error rate."""

    max_error: float
    """Largest share of wrong identifications among all queries, whatever share of the libraries lacks the compound."""
    identified: bool
    probability: float
    """Probability of the best constitution; 0 for the verdicts *none fits* and *mixture?*."""
    threshold: float
    """Probability from which queries of this kind are called identified."""
    kind: str
    """Kind of input."""

    def describe(self) -> str:
        """Describe the decision in one sentence."""
        decision = "identified" if self.identified else "not identified"
        return (
            f"{decision} at an error of at most {self.max_error:g} (probability {self.probability:.4f}, needed "
            f"{self.threshold:.4f}; {self.kind})"
        )


@dataclass(frozen=True)
class KindCalibration:
    """What calibration queries of one kind of input gave."""

    folds: Mapping[bool, tuple[NDArray[np.float64], NDArray[np.float64]]]
    """Nonconformity of the right group of each query, in rising order, for two halves of the structures; by
    whether none is likely."""
    queries: int
    """Number of queries. Each was ranked with its compound in the library, and without it."""
    wrong: NDArray[np.int64]
    """Number of queries that are called identified and wrong, of libraries with the compound, by LOG_ODDS."""
    called_without: NDArray[np.int64]
    """Number of queries that are called identified, of libraries without the compound, by LOG_ODDS."""

    def set_threshold(self, level: float, none_is_likely: bool, kind: str) -> float:
        """Return the largest nonconformity of a group in the set.

        It is the ceil((n + 1) level)-th smallest one of n queries (Vovk, Gammerman, Shafer, Algorithmic
        Learning in a Random World, 2005).

        Raises
        ------
        UsageError
            If there are too few queries for this level.
        """
        folds = self.folds[none_is_likely]
        fewest = min(map(len, folds))
        if _rank(fewest, level) > fewest:
            which = " for which none is likely" if none_is_likely else ""
            least = f"at most {math.floor(1000 * fewest / (fewest + 1)) / 1000:g}" if fewest else "no level"
            known = f"the calibration has {sum(map(len, folds))} queries of {kind}{which}, enough for {least}"
            raise UsageError(f"--confidence {level:g}: {known}; give a lower level, or calibrate on more queries")
        return _quantile(np.sort(np.concatenate(folds)), level)

    def coverage(self, level: float, none_is_likely: bool) -> tuple[int, int]:
        """Return the number of queries whose set held the compound, and of all; each half is measured by the other."""
        first, second = self.folds[none_is_likely]
        hits = int((first <= _quantile(second, level)).sum() + (second <= _quantile(first, level)).sum())
        return hits, len(first) + len(second)

    def identification_threshold(self, max_error: float, kind: str) -> float:
        """Return the probability from which an answer may be called identified.

        Both the share of wrong answers with the compound in the library, and the share of answers without
        it, have upper 97.5 % limits of at most ``max_error`` there and at all higher thresholds, so that
        both hold with 95 % confidence (Bates et al., J. ACM 2021, 68, 43).

        Raises
        ------
        UsageError
            If there are too few queries for this error rate.
        """
        limits = [
            binomial_interval(int(max(w, c)), self.queries)[1]
            for w, c in zip(self.wrong, self.called_without, strict=True)
        ]
        allowed = np.cumprod(np.array(limits[::-1]) <= max_error)[::-1].astype(bool)
        if not allowed.any():
            raise UsageError(
                f"--max-error {max_error:g}: the calibration has {self.queries} queries of {kind}, enough for at least "
                f"{math.ceil(1e4 * min(limits)) / 1e4:g}; give a higher rate, or calibrate on more queries"
            )
        return 1.0 / (1.0 + math.exp(-LOG_ODDS[int(allowed.argmax())]))


def _rank(count: int, level: float) -> int:
    return max(math.ceil((count + 1) * level - 1e-9), 1)


def _quantile(values: NDArray[np.float64], level: float) -> float:
    return float(values[_rank(len(values), level) - 1])


@dataclass(frozen=True)
class ModelCalibration:
    """The calibration of one checkpoint."""

    path: Path
    kinds: Mapping[str, KindCalibration]

    def confidence_set(
        self, level: float, kind: str, gaps: NDArray[np.float64], sizes: NDArray[np.int64], none_probability: float
    ) -> ConfidenceSet:
        """Return the set of a ranking.

        It holds the groups up to the conformal threshold, and at least as many as together have the
        probability ``level`` if the library holds the compound. The measured coverage is that of the
        threshold alone.

        Parameters
        ----------
        gaps
            Score of the best group minus that of each group, rising (groups,).
        sizes
            Number of candidates of each group (groups,).

        Raises
        ------
        UsageError
            If the calibration has too few queries for this level.
        """
        values, likely = self._of_kind(kind), bool(none_probability >= NONE_IS_LIKELY)
        threshold = values.set_threshold(level, likely, kind)
        groups = int((nonconformity(gaps, none_probability) <= threshold).sum())
        groups = max(groups, _most_probable(gaps, level))
        hits, count = values.coverage(level, likely)
        interval = binomial_interval(hits, count)
        return ConfidenceSet(level, groups, int(sizes[:groups].sum()), kind, likely, hits / count, interval, count)

    def identification(self, max_error: float, kind: str, verdict: RankingOutcome) -> Identification:
        """Return whether an answer may be called identified.

        Raises
        ------
        UsageError
            If the calibration has too few queries for this error rate.
        """
        threshold = self._of_kind(kind).identification_threshold(max_error, kind)
        confidence = float(confidence_of(verdict))
        return Identification(max_error, confidence >= threshold, confidence, threshold, kind)

    def _of_kind(self, kind: str) -> KindCalibration:
        if kind not in self.kinds:
            raise UsageError(f"{self.path}: has no queries of {kind}; {REMEDY}")
        return self.kinds[kind]
