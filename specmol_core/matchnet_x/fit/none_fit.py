"""Fit the probability that the library lacks the compound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.fit.coordinate_descent import FitQuery
from specmol_core.matchnet_x.likelihood import LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.matcher import ScoreFactors
from specmol_core.matchnet_x.misfit import NONE_SIGNS, none_features
from specmol_core.matchnet_x.posterior import PosteriorModel
from specmol_core.metrics import roc_auc

__all__ = [
    "NoneExamples",
    "fit_none_weights",
    "fit_posterior",
    "none_examples",
    "none_metrics",
    "query_scores",
    "ranking_weights",
]

_MAX_FALSE_ALARM_RATE = 0.05
"""Maximum share of rankings with the truth that get the verdict "none fits"."""
_PRINTED_SHARE = 0.2
"""Share of the weight of all rankings that those of the literature's lists have: they are few, and their
compounds are larger and predicted less well than those of databases."""
_RIDGE = 1e-4
"""Factor on half the squared weights in the loss; it keeps them finite."""


def query_scores(model: LikelihoodModel, factors: ScoreFactors, query: FitQuery) -> NDArray[np.float64]:
    """Return the score (candidates,) of each candidate of a query."""
    ratios = log_likelihood_ratios(model, query.observed, query.candidates)
    scores: NDArray[np.float64] = np.array(factors.factors_for(query.observed)) @ ratios
    return scores


class NoneExamples(NamedTuple):
    """Rankings with and without the truth among the candidates; arrays are (rankings,)."""

    features: NDArray[np.float64]
    """(rankings, features)."""
    truth_is_absent: NDArray[np.bool_]
    weight: NDArray[np.float64]


def fit_posterior(model: LikelihoodModel, factors: ScoreFactors, *groups: Sequence[FitQuery]) -> PosteriorModel:
    """Fit the posterior on groups of queries, and on each nucleus of queries with both.

    All groups have the same total weight.
    """
    examples = [none_examples(model, factors, (*queries, *_single_nuclei(queries))) for queries in groups if queries]
    joined = NoneExamples(
        np.concatenate([group.features for group in examples]),
        np.concatenate([group.truth_is_absent for group in examples]),
        np.concatenate([group.weight / group.weight.sum() for group in examples]),
    )
    weights, threshold = fit_none_weights(joined, NONE_SIGNS, _MAX_FALSE_ALARM_RATE)
    return PosteriorModel(tuple(weights.tolist()), threshold)


def _single_nuclei(queries: Sequence[FitQuery]) -> list[FitQuery]:
    """Return each nucleus of the queries with both as a query of its own."""
    both = [query for query in queries if len(query.observed) > 1]
    return [query._replace(observed=(signals,)) for query in both for signals in query.observed]


def fit_none_weights(
    examples: NoneExamples, signs: Sequence[int], max_false_alarm_rate: float
) -> tuple[NDArray[np.float64], float]:
    """Return the weights (features,) of a logistic regression, and the threshold of the verdict "none fits".

    Parameters
    ----------
    signs
        Sign of each weight: 1 for weights of at least 0, -1 for weights of at most 0, 0 for any.
    max_false_alarm_rate
        Maximum share of rankings with the truth that get the verdict "none fits".
    """
    from scipy.optimize import minimize

    features, label = examples.features, examples.truth_is_absent.astype(np.float64)
    share = examples.weight / examples.weight.sum()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = features @ weights
        probability = 0.5 * (1.0 + np.tanh(0.5 * odds))
        value = float(share @ (np.logaddexp(0.0, odds) - label * odds)) + 0.5 * _RIDGE * float(weights @ weights)
        return value, features.T @ (share * (probability - label)) + _RIDGE * weights

    bounds = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in signs]
    optimum = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    weights: NDArray[np.float64] = optimum.x
    present = ~examples.truth_is_absent
    probability = 1.0 / (1.0 + np.exp(-(features[present] @ weights)))
    order = np.argsort(probability)
    cumulative = np.cumsum(examples.weight[present][order])
    limit = probability[order][np.searchsorted(cumulative, (1.0 - max_false_alarm_rate) * cumulative[-1])]
    return weights, float(np.clip(limit, 0.05, 0.99))


def none_metrics(
    posterior: PosteriorModel, model: LikelihoodModel, factors: ScoreFactors, queries: Sequence[FitQuery]
) -> dict[str, float]:
    """Return the AUC of the probability of "none fits", and how often it is the verdict.

    The AUC is that of libraries without the truth against libraries with it.
    """
    features, absent, _ = none_examples(model, factors, queries)
    odds = features @ np.array(posterior.none_weights)
    calls_none = odds >= np.log(posterior.none_threshold / (1.0 - posterior.none_threshold))
    return {
        "AUC": roc_auc(absent.astype(np.int64), odds),
        "truth missing": float(calls_none[absent].mean()),
        "truth there": float(calls_none[~absent].mean()),
    }


def none_examples(model: LikelihoodModel, factors: ScoreFactors, queries: Sequence[FitQuery]) -> NoneExamples:
    """Return the rankings of each query with the truth among the candidates and without it."""
    rows, absent, printed, shown = [], [], [], []
    for query in queries:
        scores = query_scores(model, factors, query)
        names = query.compounds or tuple(map(str, range(len(scores))))
        for candidates in (range(len(scores)), query.others()) if query.truth >= 0 else (query.others(),):
            if not len(candidates):
                continue
            first, *rest = sorted(candidates, key=lambda i: -scores[i])
            lead = next((float(scores[first] - scores[i]) for i in rest if names[i] != names[first]), None)
            best = query.candidates[first]
            rows.append(none_features(model, query.observed, best, float(scores[first]), lead))
            absent.append(query.truth not in candidates)
            printed.append(query.printed)
            shown.append("both" if len(query.observed) > 1 else query.observed[0].nucleus)
    return NoneExamples(np.array(rows), np.array(absent), ranking_weights(np.array(printed), np.array(shown)))


def ranking_weights(printed: NDArray[np.bool_], shown: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return the weight (rankings,) of each ranking.

    Rankings by both nuclei, by 13C alone and by 1H alone have the same total weight, because most lists
    are of 13C alone.

    Parameters
    ----------
    printed
        Whether each is of a list of the literature.
    shown
        Nuclei of each.
    """
    weight = np.ones(len(printed))
    for nuclei in np.unique(shown):
        weight[shown == nuclei] /= (shown == nuclei).sum()
    if printed.any() and not printed.all():
        share = _PRINTED_SHARE / (1.0 - _PRINTED_SHARE)
        weight[printed] *= share * weight[~printed].sum() / weight[printed].sum()
    return weight
