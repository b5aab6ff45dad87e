"""Metrics of pair classification and of rankings, for labels of 0 and 1 and any finite scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "accuracy",
    "bootstrap_interval",
    "expected_calibration_error",
    "fit_logistic",
    "fit_softmax",
    "mean_reciprocal_rank",
    "precision_recall_f1",
    "rank_of_truth",
    "roc_auc",
    "top_k",
]


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, a tie counting half.

    From the rank sum of the positives (Mann and Whitney 1947), with mean ranks for ties. NaN where one class
    is missing.
    """
    truth, values = _labels(labels), np.asarray(scores, dtype=np.float64)
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[index]
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    wins = float(ranks[truth].sum()) - positives * (positives + 1) / 2
    return wins / (positives * negatives)


def accuracy(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Share of predictions (0 or 1) that equal their label; NaN without any."""
    truth, predictions = _labels(labels), _labels(predicted)
    return float((truth == predictions).mean()) if len(truth) else float("nan")


def precision_recall_f1(labels: ArrayLike, predicted: ArrayLike) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean of predictions (0 or 1); 0 where a quotient has no sense."""
    truth, predictions = _labels(labels), _labels(predicted)
    hits, called, positives = int((truth & predictions).sum()), int(predictions.sum()), int(truth.sum())
    precision = hits / called if called else 0.0
    recall = hits / positives if positives else 0.0
    f1 = 2 * hits / (called + positives) if called + positives else 0.0
    return precision, recall, f1


def rank_of_truth(scores: ArrayLike, truth: int) -> int:
    """Rank (1 is best) of candidate ``truth``; candidates that tie with it all rank before it."""
    values = np.asarray(scores, dtype=np.float64)
    return int((values >= values[truth]).sum())


def top_k(ranks: ArrayLike, k: int) -> float:
    """Share of ranks that are at most k."""
    return float((np.asarray(ranks) <= k).mean())


def mean_reciprocal_rank(ranks: ArrayLike) -> float:
    """Mean of 1 / rank."""
    return float((1.0 / np.asarray(ranks, dtype=np.float64)).mean())


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    count: int,
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval (Efron 1979) of a statistic of ``count`` cases.

    Parameters
    ----------
    statistic
        Value on the cases with the given indices, which repeat. A NaN is left out.
    """
    rng = np.random.default_rng(seed)
    values = np.array([statistic(rng.integers(0, count, count)) for _ in range(rounds)])
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> float:
    """Mean distance of probability and frequency over even bins of probability, weighted by their cases.

    Naeini et al. 2015. The last bin includes 1. NaN without cases.
    """
    truth, forecast = _labels(labels), np.asarray(probabilities, dtype=np.float64)
    if not len(truth):
        return float("nan")
    index = np.minimum((forecast * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(index, forecast - truth, bins)
    return float(np.abs(gaps).sum() / len(truth))


def _labels(values: ArrayLike) -> NDArray[np.bool_]:
    """Labels as booleans.

    Raises
    ------
    ValueError
        If one is neither 0 nor 1.
    """
    array = np.asarray(values)
    if not np.isin(array, (0, 1)).all():
        raise ValueError("a label is neither 0 nor 1")
    return array.astype(np.bool_)


def fit_logistic(features: NDArray[np.float64], labels: NDArray[np.int64], ridge: float = 1e-3) -> NDArray[np.float64]:
    """Weights and intercept (columns + 1,) of a logistic regression, by Newton's method.

    Minimises the mean cross-entropy plus ``ridge / 2`` times the squared weights; the intercept is free. The
    ridge keeps the weights finite where the labels can be parted without error.

    Parameters
    ----------
    features
        (n, columns).
    labels
        (n,) 0 or 1.
    """
    design = np.column_stack((features, np.ones(len(features))))
    penalty = np.diag([ridge] * features.shape[1] + [1e-9])
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (probability - labels) / len(labels) + penalty @ weights
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design / len(labels) + penalty
        step = np.linalg.solve(curvature, gradient)
        # A long step from a flat region overshoots; half steps of bounded length do not.
        weights = weights - step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return weights


def fit_softmax(features: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights (columns,) that give the truths of many lists the highest mean log-probability, none negative.

    The probability of item j of list i is the softmax over the list of ``weights @ features[:, i, j]``.

    Parameters
    ----------
    features
        (columns, lists, items).
    truth
        (lists,) the right item of each list.
    """
    rows = np.arange(len(truth))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.tensordot(weights, features, 1)
        scores -= scores.max(1, keepdims=True)
        softmax = np.exp(scores)
        softmax /= softmax.sum(1, keepdims=True)
        expected = (features * softmax).sum(2) - features[:, rows, truth]
        return float(-np.log(softmax[rows, truth] + 1e-300).mean()), expected.mean(1)

    from scipy.optimize import minimize

    start = np.ones(len(features))
    optimum = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(features))
    weights: NDArray[np.float64] = optimum.x
    return weights
