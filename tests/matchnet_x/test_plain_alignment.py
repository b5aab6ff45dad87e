from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specmol_core.matchnet_x.plain_alignment import alignment_costs, matched_pairs

LISTS = st.lists(st.floats(0, 200).map(lambda v: round(v, 2)), max_size=5).map(sorted)


def slow_cost(predicted: list[float], observed: list[float], gap: float) -> float:
    """Every order-preserving matching, one by one."""
    n, m = len(predicted), len(observed)
    if not n or not m:
        return gap
    best = np.inf
    for k in range(min(n, m) + 1):
        for left in itertools.combinations(range(n), k):
            for right in itertools.combinations(range(m), k):
                cost = sum(abs(predicted[i] - observed[j]) for i, j in zip(left, right, strict=True))
                best = min(best, cost + (n + m - 2 * k) * gap / 2)
    return best / max(n, m)


@given(st.lists(LISTS, min_size=1, max_size=4), LISTS, st.sampled_from((1.0, 10.0)))
def test_costs_are_those_of_the_best_matching(candidates: list[list[float]], observed: list[float], gap: float) -> None:
    result = alignment_costs([np.array(c) for c in candidates], np.array(observed), gap)

    assert result == pytest.approx([slow_cost(c, observed, gap) for c in candidates], abs=1e-9)


@given(LISTS, LISTS)
def test_pairs_add_up_to_the_cost(predicted: list[float], observed: list[float]) -> None:
    pairs = matched_pairs(np.array(predicted), np.array(observed), 10.0)

    assert (np.diff(pairs, axis=0) > 0).all()
    if len(predicted) == len(observed):
        assert len(pairs) == len(predicted)
    else:
        cost = sum(abs(predicted[i] - observed[j]) for i, j in pairs)
        cost += (len(predicted) + len(observed) - 2 * len(pairs)) * 5.0
        if predicted and observed:
            expected = slow_cost(predicted, observed, 10.0) * max(len(predicted), len(observed))
            assert cost == pytest.approx(expected, abs=1e-9)
