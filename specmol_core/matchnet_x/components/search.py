"""Search for the sets of candidates that explain spectra, over a shortlist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.explanation import Explanation, explain
from specmol_core.matchnet_x.components.protons import unassigned_protons
from specmol_core.matchnet_x.components.union import component_lines
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import unpack_lines

__all__ = ["ScoredSet", "best_sets", "scored_set"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

SHORTLIST = 250
"""Candidates that may be components."""
_EXACT = 200
"""Sets of each size that are scored exactly."""
_SEEDS = 60
"""Best sets to which a further component is added."""
_TYPICAL = 50
"""Candidates whose number of protons is taken as typical."""
_RATIO_SD, _MAX_RATIO_COST = 0.7, 4.0
"""Logarithm of the ratio of amounts by 1H over that by 13C: standard deviation, and largest cost."""


@dataclass(frozen=True)
class ScoredSet:
    """One set of candidates as the components of a mixture."""

    members: tuple[int, ...]
    """Indices of the candidates, ascending."""
    score: float
    """Log-likelihood ratio times the factors of the model."""
    explanations: tuple[Explanation, ...]
    """Of each spectrum."""


def scored_set(
    model: LikelihoodModel,
    factors: Sequence[float],
    observed: Sequence[Observed],
    payloads: Sequence[bytes],
    members: Sequence[int],
) -> ScoredSet:
    """Return the score of a set whose signals are all of the mixture's."""
    chosen = tuple(sorted(members))
    parts = tuple(
        explain(model, signals, component_lines([payloads[m] for m in chosen], signals.nucleus)) for signals in observed
    )
    score = sum(factor * part.score for factor, part in zip(factors, parts, strict=True))
    return ScoredSet(chosen, float(score - _ratio_cost(parts)), parts)


def _ratio_cost(parts: Sequence[Explanation]) -> float:
    """Return the cost of amounts that differ between the spectra."""
    logs = [np.log(np.maximum(part.amounts, 1e-12)) for part in parts]
    if len(logs) < 2 or not np.isfinite(logs).all():
        return 0.0
    difference = logs[0] - logs[1]
    difference = (difference - difference.mean()) / _RATIO_SD
    return float(np.minimum(0.5 * difference * difference, _MAX_RATIO_COST).sum())


def best_sets(
    model: LikelihoodModel,
    factors: Sequence[float],
    observed: Sequence[Observed],
    payloads: Sequence[bytes],
    count: int,
) -> list[ScoredSet]:
    """Return sets of up to ``count`` candidates, best first for each size.

    Each candidate is first scored by whether its own lines are there. For the best of these, the
    score of a set is estimated as the sum of the scores of its members and of the costs of the
    signals that none of them explains. The sets that are best by this estimate are scored exactly.
    """
    shortlist, gain, is_left = _presence(model, factors, observed, payloads)
    costs = _costs(model, factors, observed, [payloads[k] for k in shortlist[:_TYPICAL]], count)
    found: list[ScoredSet] = []
    seeds = [(k,) for k in range(len(shortlist))]
    for size in range(1, count + 1):
        estimates = _estimates(seeds, gain, is_left, costs) if size > 1 else {(k,): 0.0 for k in range(len(shortlist))}
        chosen = sorted(estimates, key=lambda members: -estimates[members])[:_EXACT] if size > 1 else list(estimates)
        exact = [
            scored_set(model, factors, observed, payloads, [int(shortlist[k]) for k in members]) for members in chosen
        ]
        order = np.argsort([-one.score for one in exact], kind="stable")
        found += [exact[k] for k in order]
        seeds = [chosen[k] for k in order[:_SEEDS]] if size > 1 else seeds
    return found


def _presence(
    model: LikelihoodModel, factors: Sequence[float], observed: Sequence[Observed], payloads: Sequence[bytes]
) -> tuple[Int, Float, NDArray[np.bool_]]:
    """Return the shortlist, the score of each member, and which signals (members, signals) it leaves.

    The columns are the signals of all spectra in turn.
    """
    scores = np.zeros(len(payloads))
    left: list[list[NDArray[np.bool_]]] = []
    for k, payload in enumerate(payloads):
        row = []
        for factor, signals in zip(factors, observed, strict=True):
            part = explain(model, signals, component_lines([payload], signals.nucleus), alone=False)
            scores[k] += factor * part.score
            row.append(~part.explained)
        left.append(row)
    shortlist = np.argsort(-scores, kind="stable")[:SHORTLIST]
    return shortlist, scores[shortlist], np.stack([np.concatenate(left[k]) for k in shortlist])


def _costs(
    model: LikelihoodModel,
    factors: Sequence[float],
    observed: Sequence[Observed],
    typical: Sequence[bytes],
    count: int,
) -> tuple[Float, Float]:
    """Return the costs (signals,) of leaving each signal, and of explaining it twice."""
    left, twice = [], []
    for factor, signals in zip(factors, observed, strict=True):
        parameters = model.parameters_for(signals)
        merged, one = parameters.merged, np.full(len(signals), parameters.log_p_unassigned)
        if signals.nucleus == "13C":
            merged += float(np.log(signals.merge_distance_ppm / parameters.window))
        else:
            protons = float(np.median([unpack_lines([payload], "1H").nuclei.sum() for payload in typical]))
            one = unassigned_protons(parameters.log_p_unassigned, signals, count * protons)
        left.append(factor * one)
        twice.append(np.full(len(signals), factor * merged))
    return np.concatenate(left), np.concatenate(twice)


def _estimates(
    seeds: Sequence[tuple[int, ...]], gain: Float, is_left: NDArray[np.bool_], costs: tuple[Float, Float]
) -> dict[tuple[int, ...], float]:
    """Return the estimated score of each seed with one candidate more, by the places in the shortlist."""
    left, twice = costs
    result: dict[tuple[int, ...], float] = {}
    for seed in seeds:
        still_left = is_left[list(seed)].all(axis=0)
        total = gain[list(seed)].sum() + gain + (is_left & still_left) @ left + (~is_left & ~still_left) @ twice
        for k in np.flatnonzero(~np.isin(np.arange(len(gain)), seed)).tolist():
            result[tuple(sorted((*seed, k)))] = float(total[k])
    return result
