from __future__ import annotations

import math

import numpy as np
import pytest

from specmol_core import metrics


def slow_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    wins = [1.0 if p > n else 0.5 if p == n else 0.0 for p in scores[labels == 1] for n in scores[labels == 0]]
    return sum(wins) / len(wins)


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_auc_counts_pairs(levels: int) -> None:
    rng = np.random.default_rng(levels)
    labels = rng.integers(0, 2, 60)
    scores = rng.integers(-levels, levels, 60) + 0.3 * labels * rng.integers(0, 2, 60)

    assert metrics.roc_auc(labels, scores) == pytest.approx(slow_auc(labels, scores), abs=1e-12)


def test_auc_of_perfect_and_constant_scores() -> None:
    assert metrics.roc_auc([0, 0, 1], [-3.0, -2.0, -1.0]) == 1.0
    assert metrics.roc_auc([1, 0], [0.0, 1.0]) == 0.0
    assert metrics.roc_auc([1, 0, 1, 0], [2.0] * 4) == 0.5
    assert math.isnan(metrics.roc_auc([1, 1], [0.0, 1.0]))


def test_confusion_by_hand() -> None:
    labels, guess = [1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0]

    assert metrics.precision_recall_f1(labels, guess) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert metrics.accuracy(labels, guess) == pytest.approx(5 / 7)
    assert metrics.precision_recall_f1([1, 0], [0, 0]) == (0.0, 0.0, 0.0)
    assert metrics.precision_recall_f1([0, 0], [0, 1]) == (0.0, 0.0, 0.0)
    assert math.isnan(metrics.accuracy([], []))


def test_labels_other_than_0_and_1_are_an_error() -> None:
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        metrics.roc_auc([1, 2], [0.1, 0.2])


@pytest.mark.parametrize(
    ("scores", "truth", "rank"),
    [([3.0, 2.0, 1.0], 0, 1), ([3.0, 2.0, 1.0], 2, 3), ([1.0, 1.0, 1.0], 0, 3), ([-5.0, -4.0, -4.0], 1, 2)],
)
def test_ties_rank_before_the_truth(scores: list[float], truth: int, rank: int) -> None:
    assert metrics.rank_of_truth(scores, truth) == rank


def test_metrics_of_ranks() -> None:
    ranks = [1, 2, 4, 10]

    assert [metrics.top_k(ranks, k) for k in (1, 3, 10)] == [0.25, 0.5, 1.0]
    assert metrics.mean_reciprocal_rank(ranks) == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 10) / 4)


def test_bootstrap_of_a_mean() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)

    low, high = metrics.bootstrap_interval(lambda i: float(values[i].mean()), 400, rounds=2000)

    error = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - error, abs=0.03)
    assert high == pytest.approx(values.mean() + error, abs=0.03)
    assert metrics.bootstrap_interval(lambda i: float(values[i].mean()), 400, rounds=2000) == (low, high)


def test_bootstrap_without_a_value() -> None:
    assert all(math.isnan(v) for v in metrics.bootstrap_interval(lambda i: float("nan"), 3, rounds=5))


def slow_calibration(labels: np.ndarray, chances: np.ndarray, bins: int) -> float:
    total = 0.0
    for k in range(bins):
        top = k == bins - 1
        inside = [(t, c) for t, c in zip(labels, chances, strict=True) if k <= c * bins and (c * bins < k + 1 or top)]
        if inside:
            frequency = sum(t for t, _ in inside) / len(inside)
            total += len(inside) / len(labels) * abs(frequency - sum(c for _, c in inside) / len(inside))
    return total


def test_calibration_error() -> None:
    rng = np.random.default_rng(2)
    chances = np.append(rng.random(200), [0.0, 1.0])
    labels = (rng.random(202) < chances**2).astype(int)

    assert metrics.expected_calibration_error(labels, chances, 10) == pytest.approx(
        slow_calibration(labels, chances, 10)
    )
    assert metrics.expected_calibration_error([1, 0, 1, 0], [0.5] * 4) == pytest.approx(0.0)


def test_logistic_regression_minimises_the_loss() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 2))
    labels = (rng.random(400) < 1 / (1 + np.exp(-(2 * features[:, 0] - features[:, 1] + 0.5)))).astype(np.int64)

    def loss(weights: np.ndarray) -> float:
        scores = features @ weights[:2] + weights[2]
        return float(np.mean(np.log1p(np.exp(scores)) - labels * scores) + 0.5e-3 * (weights[:2] ** 2).sum())

    found = metrics.fit_logistic(features, labels)

    assert found == pytest.approx([2.0, -1.0, 0.5], abs=0.6)
    for axis in range(3):
        for sign in (-1, 1):
            assert loss(found) < loss(found + sign * 0.01 * np.eye(3)[axis])


def test_logistic_regression_of_separable_labels_is_finite() -> None:
    found = metrics.fit_logistic(np.array([[-1.0], [-2.0], [1.0], [3.0]]), np.array([0, 0, 1, 1]))

    assert np.isfinite(found).all()
    assert found[0] > 0


def test_softmax_weights_minimise_the_loss_and_are_not_negative() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(30, size=200)
    features = rng.normal(size=(3, 200, 30))
    features[0, np.arange(200), truth] += 1.5
    features[2, np.arange(200), truth] -= 1.0

    def loss(weights: np.ndarray) -> float:
        scores = np.tensordot(weights, features, 1)
        return float(np.mean(np.log(np.exp(scores).sum(1)) - scores[np.arange(200), truth]))

    found = metrics.fit_softmax(features, truth)

    assert found[0] > 1
    assert found[2] == 0
    assert all(loss(found) <= loss(np.maximum(found + s * 0.01 * np.eye(3)[0], 0)) for s in (-1, 1))
