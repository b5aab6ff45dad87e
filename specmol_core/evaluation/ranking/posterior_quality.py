"""How far the probabilities and verdicts of a ranking can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from specmol_core.evaluation.ranking.pools import PosteriorOutcome
from specmol_core.metrics import expected_calibration_error

__all__ = ["posterior_figures"]

_BINS = 10


def posterior_figures(outcomes: Sequence[PosteriorOutcome]) -> dict[str, Any]:
    """Calibration error, reliability and verdicts; empty without a posterior.

    The probability that is held against the facts is that of the best group, and the fact whether it holds the truth.
    Each query counts twice: with the truth among the candidates, where the best group may be right, and without it,
    where it never is.

    Returns
    -------
    ``truth in the best group``, which counts tautomers and other candidates that spectra cannot tell from the truth;
    ``calibration error`` and ``reliability`` (lower end of each bin of probability, mean probability, share that was
    right, cases); ``none fits`` with and without the truth; shares of ``identified`` and how
    many of them were right.
    """
    if not outcomes:
        return {}
    cases = [(j.probability, j.truth_in_best_group) for j in outcomes]
    cases += [(1.0 - j.verdict_without_truth.none_fits_probability, False) for j in outcomes]
    probability = np.array([p for p, _ in cases])
    right = np.array([r for _, r in cases])
    bin_index = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    identified = [j for j in outcomes if j.verdict.name == "identified"]
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
        "none fits, truth there": float(np.mean([j.verdict.name == "none fits" for j in outcomes])),
        "none fits, truth missing": float(np.mean([j.verdict_without_truth.name == "none fits" for j in outcomes])),
        "identified": len(identified) / len(outcomes),
        "identified, right": float(np.mean([j.truth_in_best_group for j in identified]))
        if identified
        else float("nan"),
        "identified, truth missing": float(np.mean([j.verdict_without_truth.name == "identified" for j in outcomes])),
        "ambiguous": float(np.mean([j.verdict.name == "ambiguous" for j in outcomes])),
    }
