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
    "mean_interval",
    "mean_reciprocal_rank",
    "precision_recall_f1",
    "rank_of_truth",
    "roc_auc",
    "top_k",
]


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the ROC curve; NaN if one class is missing.

    It is the probability that a positive scores above a negative, with ties counted as one half. It is
    computed from the rank sum of the positives (Mann and Whitney 1947), with mean ranks for ties.

    Examples
    --------
    >>> float(roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))
    0.75
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
    """Return the share of predictions (0 or 1) that equal their label; NaN for no predictions."""
    truth, predictions = _labels(labels), _labels(predicted)
    return float((truth == predictions).mean()) if len(truth) else float("nan")


def precision_recall_f1(labels: ArrayLike, predicted: ArrayLike) -> tuple[float, float, float]:
    """Return precision, recall and F1 of predictions (0 or 1); a quotient with denominator 0 is 0."""
    truth, predictions = _labels(labels), _labels(predicted)
    hits, called, positives = int((truth & predictions).sum()), int(predictions.sum()), int(truth.sum())
    precision = hits / called if called else 0.0
    recall = hits / positives if positives else 0.0
    f1 = 2 * hits / (called + positives) if called + positives else 0.0
    return precision, recall, f1


def rank_of_truth(scores: ArrayLike, truth: int) -> int:
    """Return the rank (1 is best) of candidate ``truth``; candidates that tie with it rank before it."""
    values = np.asarray(scores, dtype=np.float64)
    return int((values >= values[truth]).sum())


def top_k(ranks: ArrayLike, k: int) -> float:
    """Return the share of ranks that are at most k."""
    return float((np.asarray(ranks) <= k).mean())


def mean_reciprocal_rank(ranks: ArrayLike) -> float:
    """Return the mean of 1 / rank."""
    return float((1.0 / np.asarray(ranks, dtype=np.float64)).mean())


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    count: int,
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval (Efron 1979) of a statistic of ``count`` cases.

    Parameters
    ----------
    statistic
        Returns the value for the cases with the given indices, which may repeat. NaN is ignored.
    """
    rng = np.random.default_rng(seed)
    values = np.array([statistic(rng.integers(0, count, count)) for _ in range(rounds)])
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def mean_interval(values: ArrayLike, *, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean of ``values`` (cases,), see ``bootstrap_interval``.

    >>> mean_interval([0.5, 0.5, 0.5])
    (0.5, 0.5)
    """
    cases = np.asarray(values)
    return bootstrap_interval(lambda rows: float(cases[rows].mean()), len(cases), seed=seed)


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error (Naeini et al. 2015); NaN for no cases.

    It is the mean absolute difference of probability and frequency over bins of equal width, weighted
    by their number of cases. The last bin includes 1.
    """
    truth, forecast = _labels(labels), np.asarray(probabilities, dtype=np.float64)
    if not len(truth):
        return float("nan")
    index = np.minimum((forecast * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(index, forecast - truth, bins)
    return float(np.abs(gaps).sum() / len(truth))


def _labels(values: ArrayLike) -> NDArray[np.bool_]:
    """Return labels as booleans.

    Raises
    ------
    ValueError
        If a label is neither 0 nor 1.
    """
    array = np.asarray(values)
    if not np.isin(array, (0, 1)).all():
        raise ValueError("a label is neither 0 nor 1")
    return array.astype(np.bool_)


def fit_logistic(features: NDArray[np.float64], labels: NDArray[np.int64], ridge: float = 1e-3) -> NDArray[np.float64]:
    """Return weights and intercept (columns + 1,) of a logistic regression, fitted by Newton's method.

    The loss is the mean cross-entropy plus ``ridge / 2`` times the squared weights, without the
    intercept. The ridge keeps the weights finite if the classes are perfectly separable.

    Parameters
    ----------
    features
        Features (n, columns).
    labels
        Labels (n,), 0 or 1.
    """
    design = np.column_stack((features, np.ones(len(features))))
    penalty = np.diag([ridge] * features.shape[1] + [1e-9])
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (probability - labels) / len(labels) + penalty @ weights
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design / len(labels) + penalty
        step = np.linalg.solve(curvature, gradient)
        # A long step from a flat region overshoots, so the length of a step is bounded.
        weights = weights - step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return weights


def fit_softmax(features: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the non-negative weights (columns,) that maximise the mean log-probability of the truths.

    The probability of item j of list i is the softmax over the list of ``weights @ features[:, i, j]``.

    Parameters
    ----------
    features
        Features (columns, lists, items).
    truth
        Index of the true item of each list (lists,).
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
