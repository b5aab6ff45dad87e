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


def test_auc_at_its_ends() -> None:
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


def test_other_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        metrics.roc_auc([1, 2], [0.1, 0.2])


@pytest.mark.parametrize(
    ("scores", "truth", "rank"),
    [([3.0, 2.0, 1.0], 0, 1), ([3.0, 2.0, 1.0], 2, 3), ([1.0, 1.0, 1.0], 0, 3), ([-5.0, -4.0, -4.0], 1, 2)],
)
def test_ties_rank_before_the_truth(scores: list[float], truth: int, rank: int) -> None:
    assert metrics.rank_of_truth(scores, truth) == rank


def test_figures_of_ranks() -> None:
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
