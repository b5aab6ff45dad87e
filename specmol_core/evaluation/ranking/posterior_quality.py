"""Quality of the probabilities and outcomes of a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from specmol_core.evaluation.ranking.pools import PosteriorOutcome
from specmol_core.metrics import expected_calibration_error

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
    other candidates that the spectra cannot distinguish from the truth; and the rates of ``none
    fits``, ``identified``, ``probable``, ``mixture?`` and ``open``, also by whether the truth is among the
    candidates.
    """
    if not outcomes:
        return {}
    cases = [(j.probability, j.truth_in_best_group) for j in outcomes]
    cases += [(1.0 - j.verdict_without_truth.none_fits_probability, False) for j in outcomes]
    probability = np.array([p for p, _ in cases])
    right = np.array([r for _, r in cases])
    bin_index = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    identified, probable = ([j for j in outcomes if j.verdict.name == name] for name in ("identified", "probable"))
    return {
        "calibration error": expected_calibration_error(right, probability, _BINS),
        "reliability": [
            [
                b / _BINS,
                float(probability[bin_index == b].mean()),
                float(right[bin_index == b].mean()),
                int((bin_index == b).sum()),
            ]
            for b in range(_BINS)
            if (bin_index == b).any()
        ],
        "truth in the best group": float(np.mean([j.truth_in_best_group for j in outcomes])),
        "none fits, truth present": float(np.mean([j.verdict.name == "none fits" for j in outcomes])),
        "none fits, truth absent": float(np.mean([j.verdict_without_truth.name == "none fits" for j in outcomes])),
        "identified": len(identified) / len(outcomes),
        "identified, right": _share_right(identified),
        "probable": len(probable) / len(outcomes),
        "probable, right": _share_right(probable),
        "identified, truth absent": float(np.mean([j.verdict_without_truth.name == "identified" for j in outcomes])),
        "probable, truth absent": float(np.mean([j.verdict_without_truth.name == "probable" for j in outcomes])),
        "mixture?": float(np.mean([j.verdict.name == "mixture?" for j in outcomes])),
        "open": float(np.mean([j.verdict.name == "open" for j in outcomes])),
    }


def _share_right(outcomes: Sequence[PosteriorOutcome]) -> float:
    return float(np.mean([j.truth_in_best_group for j in outcomes])) if outcomes else float("nan")
