"""Coverage and size of confidence sets, and the risk of answers against their share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import UsageError
from specmol_core.evaluation.ranking.pools import PosteriorOutcome
from specmol_core.matcher.calibration import ModelCalibration, binomial_interval, confidence_of

__all__ = ["risk_curve", "set_figures"]

_SHARES = tuple(share / 10 for share in range(1, 11))
"""Shares of the queries with the compound in the library that are called identified, in the curve."""


def set_figures(
    outcomes: Sequence[PosteriorOutcome], calibration: ModelCalibration, level: float, max_errors: Sequence[float]
) -> dict[str, Any]:
    """Return how confidence sets and identifications do on measured queries of one kind; empty without queries.

    Returns
    -------
    ``kind`` of input; ``level``; ``coverage`` (share of sets that hold the compound, of queries with the
    compound in the library) with its ``interval``; ``mean groups``, ``mean candidates`` and ``single``
    (share of sets of one group); ``refused``, the number of queries that the calibration has too few
    queries for; ``identified``, a list with an entry for each of ``max_errors``; and ``curve``, see
    :func:`risk_curve`.
    """
    if not outcomes:
        return {}
    covered, groups, candidates, refused = [], [], [], 0
    for outcome in outcomes:
        none = outcome.verdict.none_fits_probability
        try:
            chosen = calibration.confidence_set(level, outcome.kind, outcome.gaps, outcome.sizes, none)
        except UsageError:
            refused += 1
            continue
        covered.append(outcome.truth_group is not None and outcome.truth_group < chosen.groups)
        groups.append(chosen.groups)
        candidates.append(chosen.candidates)
    counted = max(len(covered), 1)
    return {
        "kind": outcomes[0].kind,
        "level": level,
        "coverage": sum(covered) / counted,
        "interval": list(binomial_interval(sum(covered), counted)),
        "mean groups": sum(groups) / counted,
        "mean candidates": sum(candidates) / counted,
        "single": groups.count(1) / counted,
        "refused": refused,
        "identified": [_identified(outcomes, calibration, error) for error in max_errors],
        "curve": risk_curve(outcomes),
    }


def _identified(
    outcomes: Sequence[PosteriorOutcome], calibration: ModelCalibration, max_error: float
) -> dict[str, Any]:
    """Shares of queries that are called identified at an error rate, with and without the compound; None if refused."""
    try:
        calls = [calibration.identification(max_error, o.kind, o.verdict) for o in outcomes]
    except UsageError:
        return {"max_error": max_error, "threshold": None}
    without = [calibration.identification(max_error, o.kind, o.verdict_without_truth).identified for o in outcomes]
    right = [o.truth_in_best_group for o in outcomes]
    wrong = sum(call.identified and not ok for call, ok in zip(calls, right, strict=True))
    count = len(outcomes)
    return {
        "max_error": max_error,
        "threshold": calls[0].threshold,
        "called": sum(call.identified for call in calls) / count,
        "wrong": wrong / count,
        "wrong interval": list(binomial_interval(wrong, count)),
        "called without the compound": sum(without) / count,
        "called without interval": list(binomial_interval(sum(without), count)),
    }


def risk_curve(outcomes: Sequence[PosteriorOutcome]) -> list[dict[str, float]]:
    """Return the risk of the most probable answers, for rising shares of the queries.

    Each query counts with its compound in the library. The threshold is the probability of the last
    answer that is called.

    Returns
    -------
    For each share: ``share``, ``threshold``, ``wrong`` (share of wrong answers among those called), and
    ``called without the compound`` (share of the same queries without their compound that reach the
    threshold).
    """
    confidence = np.array([confidence_of(outcome.verdict) for outcome in outcomes])
    without = np.array([confidence_of(outcome.verdict_without_truth) for outcome in outcomes])
    is_wrong: NDArray[np.bool_] = np.array([not outcome.truth_in_best_group for outcome in outcomes])
    falling = np.sort(confidence)[::-1]
    curve = []
    for share in _SHARES:
        threshold = float(falling[int(np.ceil(share * len(falling))) - 1])
        if threshold == 0.0:
            break
        called = confidence >= threshold
        curve.append(
            {
                "share": float(called.mean()),
                "threshold": threshold,
                "wrong": float(is_wrong[called].mean()),
                "called without the compound": float((without >= threshold).mean()),
            }
        )
    return curve
