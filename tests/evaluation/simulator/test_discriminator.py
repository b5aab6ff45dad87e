from __future__ import annotations

import numpy as np
import pytest

from specmol_core.evaluation.simulator.discriminator import Forest, discriminate, distinguishing_features


def groups_of(count: int, each: int) -> list[str]:
    return [f"compound {i}" for i in range(count) for _ in range(each)]


def table(shift: float, groups: int = 30) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Three rows a group, the first of them real, its first feature moved by ``shift`` standard deviations."""
    labels = np.tile([1, 0, 0], groups)
    rows = np.random.default_rng(0).normal(size=(3 * groups, 8))
    rows[:, 0] += shift * labels
    return rows, labels, groups_of(groups, 3)


def test_what_differs_is_told_apart() -> None:
    for found in discriminate(*table(8.0)).values():
        assert found.auc > 0.98
        assert found.low > 0.9
        assert found.high <= 1.0


def test_what_does_not_differ_is_not() -> None:
    for found in discriminate(*table(0.0)).values():
        assert 0.3 < found.auc < 0.7
        assert found.low < 0.5 < found.high + 0.15


def test_a_group_is_never_seen_before_it_is_scored() -> None:
    rng = np.random.default_rng(1)
    mark = rng.normal(size=(24, 6))
    label = rng.integers(0, 2, 24)
    rows = np.repeat(mark, 3, 0) + rng.normal(0.0, 1e-3, (72, 6))

    # Each group's rows are alike and share a random label: only by meeting a group again could it be known.
    found = discriminate(rows, np.repeat(label, 3), groups_of(24, 3))

    assert all(result.auc < 0.75 for result in found.values())


def test_the_forest_asks_more_than_one_question() -> None:
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (400, 3))
    labels = (rows[:, 0] * rows[:, 1] > 0).astype(np.int64)

    scores = Forest(trees=40, depth=6).fit(rows[:300], labels[:300]).score(rows[300:])

    assert ((scores > 0.5) == labels[300:]).mean() > 0.85


def test_one_question_of_a_tree_parts_at_the_middle() -> None:
    rows, labels = np.array([[1.0], [2.0], [3.0], [7.0], [8.0], [9.0]]), np.array([0, 0, 0, 1, 1, 1])
    gain, column, threshold = Forest(leaf=1)._split(rows, labels.astype(float))

    assert (gain, column, threshold) == (pytest.approx(1.5), 0, 5.0)


def test_the_result_repeats() -> None:
    assert discriminate(*table(1.0, 3), seed=3) == discriminate(*table(1.0, 3), seed=3)


def test_one_kind_alone_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="two kinds"):
        discriminate(np.zeros((4, 2)), np.ones(4, dtype=np.int64), ["a", "a", "b", "b"])


def test_the_most_telling_feature_comes_first() -> None:
    rows, labels, _ = table(-3.0)
    first = distinguishing_features(rows, labels, [f"f{i}" for i in range(8)])[0]

    assert first.name == "f0"
    assert first.auc < 0.1
    assert first.real < first.simulated
