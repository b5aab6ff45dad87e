from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.matching.alignment import AlignmentTerms, align, alignment_path


def terms(rng: np.random.Generator, lines: int, width: int) -> AlignmentTerms:
    split = np.where(rng.random((lines, width)) < 0.5, rng.normal(-1.0, 3.0, (lines, width)), -1e9)
    return AlignmentTerms(
        rng.normal(1.0, 3.0, (lines, width)).astype(np.float32),
        rng.uniform(-4.0, -0.5, lines).astype(np.float32),
        rng.uniform(-4.0, 0.0, lines).astype(np.float32),
        split.astype(np.float32),
        rng.uniform(-4.0, -0.5, width).astype(np.float32),
    )


def value(t: AlignmentTerms, pairs: list[tuple[int, int]]) -> float:
    """What an alignment comes to, added up term by term."""
    total = sum(float(e) for j, e in enumerate(t.extra) if j not in {j for _, j in pairs})
    taken: set[int] = set()
    for line in range(len(t.missing)):
        entries = [j for i, j in pairs if i == line]
        if not entries:
            total += float(t.missing[line])
        elif len(entries) == 2:
            total += float(t.split[line, entries[1]])
        else:
            total += float(t.match[line, entries[0]])
            total += float(t.merged[line]) if entries[0] in taken else 0.0
        taken |= set(entries)
    return total


def alignments(lines: int, width: int, line: int = 0, used: int = -1) -> list[list[tuple[int, int]]]:
    """Every alignment without reordering; ``used`` is the last entry that a line has."""
    if line == lines:
        return [[]]
    found = alignments_missing(lines, width, line, used)
    for j in range(max(used, 0), width):
        found += [[(line, j), *rest] for rest in alignments(lines, width, line + 1, j)]
        if j > used and j + 1 < width:
            found += [[(line, j), (line, j + 1), *rest] for rest in alignments(lines, width, line + 1, j + 1)]
    return found


def alignments_missing(lines: int, width: int, line: int, used: int) -> list[list[tuple[int, int]]]:
    return alignments(lines, width, line + 1, used)


def allowed(pairs: list[tuple[int, int]]) -> bool:
    """Lines that share an entry follow each other directly, the second without a split."""
    for (i, j), (k, other) in pairwise(pairs):
        if i != k and j == other and (k != i + 1 or sum(p[0] == k for p in pairs) > 1):
            return False
    return True


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4), st.integers(0, 4))
def test_the_best_of_all_alignments_is_found(seed: int, lines: int, width: int) -> None:
    t = terms(np.random.default_rng(seed), lines, width)
    best = max(value(t, pairs) for pairs in alignments(lines, width) if allowed(pairs))

    assert align(t) == pytest.approx(best, abs=1e-4)
    assert value(t, alignment_path(t)) == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_the_path_of_long_lists_comes_to_the_same(seed: int) -> None:
    t = terms(np.random.default_rng(seed), 30, 26)

    assert value(t, alignment_path(t)) == pytest.approx(align(t), abs=1e-3)


def test_an_empty_list_costs_the_missing_lines() -> None:
    t = terms(np.random.default_rng(1), 3, 0)

    assert align(t) == pytest.approx(float(t.missing.sum()), abs=1e-5)
    assert align(terms(np.random.default_rng(1), 0, 0)) == 0.0
