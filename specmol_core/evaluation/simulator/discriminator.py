"""Classify measured against simulated feature rows, with cross-validation over groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.metrics import bootstrap_interval, fit_logistic, roc_auc

__all__ = ["Discrimination", "DistinguishingFeature", "Forest", "discriminate", "distinguishing_features"]

_FOLDS = 10
_RIDGE = 0.05
"""Weight of the squared coefficients. For a few dozen measured traces it leaves about ten effective
features."""
_BOOTSTRAP_ROUNDS = 1000


@dataclass(frozen=True)
class Discrimination:
    """How well two labels are distinguished; an AUC of 0.5 is chance, 1 is perfect."""

    auc: float
    """Area under the ROC curve on groups that the classifier was not fitted on."""
    low: float
    high: float
    """Upper end of the 95 % interval of ``auc``, from a bootstrap over groups; ``low`` is the lower
    end."""


@dataclass(frozen=True)
class DistinguishingFeature:
    """One feature, and how well it alone distinguishes measured from simulated rows."""

    name: str
    auc: float
    """Area under the ROC curve; above 0.5 if measured rows have the higher values."""
    real: float
    simulated: float
    """Medians."""
    weight: float
    """Weight in a logistic regression on all rows, per scale (half of the central 68 %) of the
    feature."""


@dataclass(frozen=True)
class _Node:
    feature: int
    threshold: float
    left: _Node | float
    right: _Node | float


class Forest:
    """Random forest (Breiman 2001); scores are the mean fraction of label 1 in the leaves.

    Parameters
    ----------
    trees
        Number of trees.
    depth
        Maximum depth of a tree.
    leaf
        Minimum number of rows in a leaf.
    """

    def __init__(self, trees: int = 100, depth: int = 5, leaf: int = 3, seed: int = 0) -> None:
        self._trees, self._depth, self._leaf, self._seed = trees, depth, leaf, seed
        self._roots: list[_Node | float] = []

    def fit(self, rows: NDArray[np.float64], labels: NDArray[np.int64]) -> Forest:
        """Fit the trees, each on equally many rows of both labels, drawn with replacement."""
        rng = np.random.default_rng(self._seed)
        rows_by_label = [np.flatnonzero(labels == k) for k in (0, 1)]
        count = min(map(len, rows_by_label))
        feature_count = max(int(np.sqrt(rows.shape[1])), 1)
        self._roots = []
        for _ in range(self._trees):
            drawn = np.concatenate([rng.choice(kind, count) for kind in rows_by_label])
            self._roots.append(
                self._grow(rows[drawn], labels[drawn].astype(np.float64), self._depth, feature_count, rng)
            )
        return self

    def score(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores (n,), 0 to 1, of rows (n, features)."""
        total = np.zeros(len(rows))
        for root in self._roots:
            self._fill(root, rows, np.arange(len(rows)), total)
        return total / max(len(self._roots), 1)

    def _grow(
        self,
        rows: NDArray[np.float64],
        labels: NDArray[np.float64],
        depth: int,
        feature_count: int,
        rng: np.random.Generator,
    ) -> _Node | float:
        mean = float(labels.mean())
        if depth == 0 or len(labels) < 2 * self._leaf or mean in (0.0, 1.0):
            return mean
        chosen = rng.choice(rows.shape[1], feature_count, replace=False)
        gain, best, threshold = self._split(rows[:, chosen], labels)
        if gain <= 1e-12:
            return mean
        feature = int(chosen[best])
        left = rows[:, feature] <= threshold
        return _Node(
            feature,
            threshold,
            self._grow(rows[left], labels[left], depth - 1, feature_count, rng),
            self._grow(rows[~left], labels[~left], depth - 1, feature_count, rng),
        )

    def _split(self, values: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[float, int, float]:
        """Return the best split of values (n, features): Gini gain * rows, column, threshold."""
        order = np.argsort(values, 0, kind="stable")
        ordered, sums = np.take_along_axis(values, order, 0), np.cumsum(labels[order], 0)
        rows = len(values)
        count = np.arange(1, rows)[:, None]
        allowed = (ordered[1:] > ordered[:-1]) & (count >= self._leaf) & (rows - count >= self._leaf)
        left, total = sums[:-1], sums[-1]
        gain = np.where(allowed, left**2 / count + (total - left) ** 2 / (rows - count) - total**2 / rows, -1.0)
        at, column = np.unravel_index(int(gain.argmax()), gain.shape)
        threshold = (ordered[at, column] + ordered[at + 1, column]) / 2
        return float(gain[at, column]), int(column), float(threshold)

    def _fill(
        self, node: _Node | float, rows: NDArray[np.float64], indices: NDArray[np.int64], total: NDArray[np.float64]
    ) -> None:
        if not isinstance(node, _Node):
            total[indices] += node
            return
        left = rows[indices, node.feature] <= node.threshold
        self._fill(node.left, rows, indices[left], total)
        self._fill(node.right, rows, indices[~left], total)


def discriminate(
    rows: NDArray[np.float64], labels: NDArray[np.int64], groups: Sequence[str], *, seed: int = 0
) -> dict[str, Discrimination]:
    """Cross-validate a logistic regression and a random forest over groups; return their results.

    All rows of a group are in one fold. The scores of a fold come from a classifier fitted on the
    other folds. The AUC is over the scores of all folds.

    Parameters
    ----------
    rows
        Features (n, features) of measured and simulated traces.
    labels
        (n,) 1 for measured, 0 for simulated.
    groups
        (n,) group of each row.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or only one label.
    """
    names = sorted(set(groups))
    if len(names) < 2 or len(set(labels.tolist())) < 2:
        raise ValueError("the classifier needs two labels and at least two groups")
    group_index = {name: i for i, name in enumerate(np.random.default_rng(seed).permutation(names).tolist())}
    group = np.array([group_index[name] for name in groups])
    fold = group % min(_FOLDS, len(names))
    scores = {"logistic regression": np.zeros(len(labels)), "random forest": np.zeros(len(labels))}
    for number in range(int(fold.max()) + 1):
        held_out = fold == number
        scores["logistic regression"][held_out] = _logistic(rows[~held_out], labels[~held_out], rows[held_out])
        scores["random forest"][held_out] = (
            Forest(seed=seed).fit(rows[~held_out], labels[~held_out]).score(rows[held_out])
        )
    members = [np.flatnonzero(group == i) for i in range(len(names))]
    results = {}
    for name, values in scores.items():

        def statistic(drawn: NDArray[np.int64], values: NDArray[np.float64] = values) -> float:
            sample = np.concatenate([members[i] for i in drawn])
            return roc_auc(labels[sample], values[sample])

        low, high = bootstrap_interval(statistic, len(names), rounds=_BOOTSTRAP_ROUNDS, seed=seed)
        results[name] = Discrimination(roc_auc(labels, values), low, high)
    return results


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[np.int64], test_rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the scores of a logistic regression on standardised features with balanced labels."""
    standard = _Standardiser.of(rows)
    fitted = _weights(standard, rows, labels)
    scores: NDArray[np.float64] = standard(test_rows) @ fitted[:-1] + fitted[-1]
    return scores


@dataclass(frozen=True)
class _Standardiser:
    """Scales each feature by its median and half of its central 68 %."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[np.float64]) -> _Standardiser:
        low, high = np.quantile(rows, (0.16, 0.84), axis=0)
        return cls(np.median(rows, 0), np.maximum((high - low) / 2, 1e-9))

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        # Values are limited to three scales, so that one outlier does not decide.
        return np.clip((rows - self.centre) / self.scale, -3, 3)


def _weights(standard: _Standardiser, rows: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    few, many = sorted((np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)), key=len)
    balanced = np.concatenate((np.resize(few, len(many)), many))
    return fit_logistic(standard(rows[balanced]), labels[balanced], _RIDGE)


def distinguishing_features(
    rows: NDArray[np.float64], labels: NDArray[np.int64], names: Sequence[str]
) -> list[DistinguishingFeature]:
    """Return each feature's AUC alone and its weight beside others, the most distinctive first."""
    weights = _weights(_Standardiser.of(rows), rows, labels)
    results = [
        DistinguishingFeature(
            name,
            roc_auc(labels, rows[:, column]),
            float(np.median(rows[labels == 1, column])),
            float(np.median(rows[labels == 0, column])),
            float(weights[column]),
        )
        for column, name in enumerate(names)
    ]
    return sorted(results, key=lambda t: -abs(t.auc - 0.5))
