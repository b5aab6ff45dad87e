"""Quality of the probabilities and outcomes of a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.evaluation.ranking.pools import PosteriorOutcome
from specmol_core.matcher.calibration import binomial_interval
from specmol_core.metrics import bootstrap_interval, expected_calibration_error

__all__ = ["posterior_figures"]

_BINS = 10


def posterior_figures(outcomes: Sequence[PosteriorOutcome]) -> dict[str, Any]:
    """Return calibration error, reliability and outcome rates; empty without outcomes.

    The probability of the best group is compared with whether that group contains the truth. Each
    query counts twice: with the truth among the candidates, and without it, where the best group is
    never right.

    Returns
    -------
    ``calibration error``; ``reliability`` (lower end of each probability bin, mean probability,
    fraction right, number of cases); ``truth in the best group``, which includes tautomers and
    other candidates that the spectra cannot distinguish from the truth; the rates of ``none
    fits``, ``identified``, ``probable``, ``mixture?`` and ``open``, also by whether the truth is among the
    candidates; and ``intervals``, the 95 % interval of each of these: exact binomial ones of the rates,
    that of a bootstrap over the queries of the calibration error.
    """
    if not outcomes:
        return {}
    probability = np.array([[j.probability, 1.0 - j.verdict_without_truth.none_fits_probability] for j in outcomes])
    right = np.array([[j.truth_in_best_group, False] for j in outcomes])

    def error(rows: NDArray[np.int64]) -> float:
        return expected_calibration_error(right[rows].ravel(), probability[rows].ravel(), _BINS)

    everything = np.arange(len(outcomes))
    rates = {name: (sum(cases), len(cases)) for name, cases in _cases(outcomes).items()}
    return {
        "calibration error": error(everything),
        "reliability": _reliability(probability.ravel(), right.ravel()),
        **{name: hits / count if count else float("nan") for name, (hits, count) in rates.items()},
        "intervals": {
            "calibration error": list(bootstrap_interval(error, len(outcomes))),
            **{name: list(binomial_interval(hits, count)) for name, (hits, count) in rates.items() if count},
        },
    }


def _cases(outcomes: Sequence[PosteriorOutcome]) -> dict[str, list[bool]]:
    """Whether each query of a rate counts, by the name of the rate."""
    cases = {
        "truth in the best group": [j.truth_in_best_group for j in outcomes],
        "none fits, truth present": [j.verdict.name == "none fits" for j in outcomes],
        "none fits, truth absent": [j.verdict_without_truth.name == "none fits" for j in outcomes],
        "mixture?": [j.verdict.name == "mixture?" for j in outcomes],
        "open": [j.verdict.name == "open" for j in outcomes],
        "identified or probable": [j.verdict.name in ("identified", "probable") for j in outcomes],
    }
    for name in ("identified", "probable"):
        cases[name] = [j.verdict.name == name for j in outcomes]
        cases[f"{name}, right"] = [j.truth_in_best_group for j in outcomes if j.verdict.name == name]
        cases[f"{name}, truth absent"] = [j.verdict_without_truth.name == name for j in outcomes]
    return cases


def _reliability(probability: NDArray[np.float64], right: NDArray[np.bool_]) -> list[list[float]]:
    bin_index = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    members = [(b, bin_index == b) for b in range(_BINS)]
    return [
        [b / _BINS, float(probability[rows].mean()), float(right[rows].mean()), int(rows.sum())]
        for b, rows in members
        if rows.any()
    ]
