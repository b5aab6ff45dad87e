from __future__ import annotations

import numpy as np
import pytest

from specmol_core.evaluation.simulator.discriminator import Forest, discriminate, distinguishing_features


def groups_of(count: int, each: int) -> list[str]:
    return [f"compound {i}" for i in range(count) for _ in range(each)]


def table(shift: float, groups: int = 30) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return three rows per group.

    The first is real, with feature 0 moved by ``shift`` standard deviations.
    """
    labels = np.tile([1, 0, 0], groups)
    rows = np.random.default_rng(0).normal(size=(3 * groups, 8))
    rows[:, 0] += shift * labels
    return rows, labels, groups_of(groups, 3)


def test_different_rows_are_distinguished() -> None:
    for found in discriminate(*table(8.0)).values():
        assert found.auc > 0.98
        assert found.low > 0.9
        assert found.high <= 1.0


@pytest.mark.slow
def test_equal_rows_are_not_distinguished() -> None:
    for found in discriminate(*table(0.0)).values():
        assert 0.3 < found.auc < 0.7
        assert found.low < 0.5 < found.high + 0.15


@pytest.mark.slow
def test_groups_are_not_split_between_folds() -> None:
    rng = np.random.default_rng(1)
    mark = rng.normal(size=(24, 6))
    label = rng.integers(0, 2, 24)
    rows = np.repeat(mark, 3, 0) + rng.normal(0.0, 1e-3, (72, 6))

    # Rows of a group are similar and share a random label, so only a leaked group could be
    # predicted.
    found = discriminate(rows, np.repeat(label, 3), groups_of(24, 3))

    assert all(result.auc < 0.75 for result in found.values())


def test_forest_uses_interactions_of_features() -> None:
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (400, 3))
    labels = (rows[:, 0] * rows[:, 1] > 0).astype(np.int64)

    scores = Forest(trees=40, depth=6).fit(rows[:300], labels[:300]).score(rows[300:])

    assert ((scores > 0.5) == labels[300:]).mean() > 0.85


def test_single_split_is_at_the_midpoint() -> None:
    rows, labels = np.array([[1.0], [2.0], [3.0], [7.0], [8.0], [9.0]]), np.array([0, 0, 0, 1, 1, 1])
    gain, column, threshold = Forest(leaf=1)._split(rows, labels.astype(float))

    assert (gain, column, threshold) == (pytest.approx(1.5), 0, 5.0)


def test_result_is_reproducible() -> None:
    assert discriminate(*table(1.0, 3), seed=3) == discriminate(*table(1.0, 3), seed=3)


def test_single_label_is_refused() -> None:
    with pytest.raises(ValueError, match="two labels"):
        discriminate(np.zeros((4, 2)), np.ones(4, dtype=np.int64), ["a", "a", "b", "b"])


def test_most_distinctive_feature_is_first() -> None:
    rows, labels, _ = table(-3.0)
    first = distinguishing_features(rows, labels, [f"f{i}" for i in range(8)])[0]

    assert first.name == "f0"
    assert first.auc < 0.1
    assert first.real < first.simulated
