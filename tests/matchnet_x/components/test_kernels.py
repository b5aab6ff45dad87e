"""The compiled alignment against a recursion over all choices."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.kernels import align_lines

Float = NDArray[np.float64]


def slow_alignment(match: Float, missing: Float, merged: float, split: Float, unassigned: Float) -> float:
    lines, width = match.shape

    @cache
    def best(i: int, j: int, shared: bool) -> float:
        """Best for lines from i and signals from j; ``shared``: the line before has the signal before."""
        options = []
        if i == lines and j == width:
            return 0.0
        if j < width:
            options.append(unassigned[j] + best(i, j + 1, False))
        if i < lines:
            options.append(missing[i] + best(i + 1, j, False))
            if j < width:
                options.append(match[i, j] + best(i + 1, j + 1, True))
            if shared:
                options.append(min(merged + match[i, j - 1], 0.0) + best(i + 1, j, True))
            if j + 1 < width:
                options.append(split[i, j + 1] + best(i + 1, j + 2, True))
        return max(options)

    return best(0, 0, False)


def drawn(rng: np.random.Generator, lines: int, width: int) -> tuple[Float, Float, float, Float, Float]:
    match = rng.normal(0.0, 4.0, (lines, width))
    split = np.where(rng.random((lines, 1)) < 0.5, rng.normal(0.0, 4.0, (lines, width)), -np.inf)
    return match, -5.0 * rng.random(lines), -2.0 * float(rng.random()), split, -5.0 * rng.random(width)


@pytest.mark.parametrize("seed", range(40))
def test_score_is_that_of_the_best_choice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = drawn(rng, int(rng.integers(0, 6)), int(rng.integers(0, 6)))
    signals = np.empty((len(terms[0]), 2), np.int64)

    assert align_lines(*terms, signals) == pytest.approx(slow_alignment(*terms))


@pytest.mark.parametrize("seed", range(40))
def test_signals_have_the_score(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    match, missing, merged, split, unassigned = drawn(rng, 5, 6)
    signals = np.empty((5, 2), np.int64)
    score = align_lines(match, missing, merged, split, unassigned, signals)

    total, used = 0.0, set()
    for i, (first, second) in enumerate(signals.tolist()):
        if first < 0:
            total += missing[i]
        elif second >= 0:
            assert second == first - 1
            assert not used & {first, second}
            total += split[i, first]
        elif first in used:
            total += min(merged + match[i, first], 0.0)
        else:
            total += match[i, first]
        used |= {first, second} - {-1}
    total += sum(unassigned[j] for j in range(6) if j not in used)
    assert total == pytest.approx(score)
