from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.slow_alignment import slow_path

from specmol_core.matchnet_x.alignment import AlignmentTerms, align, alignment_path
from specmol_core.matchnet_x.kernels import MAX_OUT_OF_ORDER

Pairs = Sequence[tuple[int, int]]


def terms(rng: np.random.Generator, lines: int, width: int) -> AlignmentTerms:
    log_p_out_of_order = rng.random(lines) * (np.arange(lines) < MAX_OUT_OF_ORDER) > 0.5
    split = np.where(rng.random((lines, width)) < 0.5, rng.normal(-1.0, 3.0, (lines, width)), -1e9)
    return AlignmentTerms(
        rng.normal(1.0, 3.0, (lines, width)).astype(np.float32),
        rng.uniform(-4.0, -0.5, lines).astype(np.float32),
        rng.uniform(-4.0, 0.0, lines).astype(np.float32),
        split.astype(np.float32),
        rng.uniform(-4.0, -0.5, width).astype(np.float32),
        np.where(log_p_out_of_order, rng.uniform(-3.0, 3.0, lines), -1e9).astype(np.float32),
    )


def value(t: AlignmentTerms, pairs: Pairs, log_p_out_of_order: Pairs = ()) -> float:
    """Log-likelihood of an alignment, added up term by term."""
    total = sum(
        float(e) for j, e in enumerate(t.log_p_unassigned) if j not in {j for _, j in (*pairs, *log_p_out_of_order)}
    )
    taken: set[int] = set()
    for line in range(len(t.missing)):
        entries = [j for i, j in pairs if i == line]
        if line in {i for i, _ in log_p_out_of_order}:
            total += float(t.log_p_out_of_order[line])
        elif not entries:
            total += float(t.missing[line])
        elif len(entries) == 2:
            total += float(t.split[line, entries[1]])
        else:
            total += float(t.match[line, entries[0]])
            total += float(t.merged[line]) if entries[0] in taken else 0.0
        taken |= set(entries)
    return total


def best_value(t: AlignmentTerms, pairs: Pairs) -> float:
    """The best value with missing lines out of order at unassigned entries."""
    free = [i for i in range(len(t.missing)) if i not in {i for i, _ in pairs} and t.log_p_out_of_order[i] > -1e9]
    left = [j for j in range(len(t.log_p_unassigned)) if j not in {j for _, j in pairs}]
    best = value(t, pairs)
    for count in range(1, min(len(free), len(left)) + 1):
        for lines in combinations(free, count):
            for entries in permutations(left, count):
                best = max(best, value(t, pairs, tuple(zip(lines, entries, strict=True))))
    return best


def value_of_path(t: AlignmentTerms, pairs: Pairs) -> float:
    """Log-likelihood of the pairs of a path, for the best choice of pairs out of order."""
    result = -np.inf
    for count in range(len(pairs) + 1):
        for chosen in combinations([p for p in pairs if t.log_p_out_of_order[p[0]] > -1e9], count):
            kept = [p for p in pairs if p not in chosen]
            shared = any({p[k] for p in chosen} & {p[k] for p in kept} for k in (0, 1))
            if not shared and len({i for i, _ in chosen}) == len({j for _, j in chosen}) == count:
                result = max(result, value(t, kept, chosen) if in_order(kept) and allowed(kept) else -np.inf)
    return result


def in_order(pairs: Pairs) -> bool:
    return all(j <= other for (_, j), (_, other) in pairwise(pairs))


def alignments(lines: int, width: int, line: int = 0, used: int = -1) -> list[list[tuple[int, int]]]:
    """Every alignment in order; ``used`` is the last entry with a line."""
    if line == lines:
        return [[]]
    result = alignments_missing(lines, width, line, used)
    for j in range(max(used, 0), width):
        result += [[(line, j), *rest] for rest in alignments(lines, width, line + 1, j)]
        if j > used and j + 1 < width:
            result += [[(line, j), (line, j + 1), *rest] for rest in alignments(lines, width, line + 1, j + 1)]
    return result


def alignments_missing(lines: int, width: int, line: int, used: int) -> list[list[tuple[int, int]]]:
    return alignments(lines, width, line + 1, used)


def allowed(pairs: Pairs) -> bool:
    """Whether lines that share an entry are neighbours, and the second is not split."""
    for (i, j), (k, other) in pairwise(pairs):
        if i != k and j == other and (k != i + 1 or sum(p[0] == k for p in pairs) > 1):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4), st.integers(0, 4))
def test_the_best_alignment_agrees_with_enumeration(seed: int, lines: int, width: int) -> None:
    t = terms(np.random.default_rng(seed), lines, width)
    best = max(best_value(t, pairs) for pairs in alignments(lines, width) if allowed(pairs))

    assert align(t) == pytest.approx(best, abs=1e-4)
    assert value_of_path(t, alignment_path(t)) == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("seed", range(20))
def test_long_lists_agree_with_the_plain_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = terms(rng, int(rng.integers(20, 40)), int(rng.integers(20, 40)))

    total, path = slow_path(t)

    assert align(t) == pytest.approx(total, abs=1e-3)
    assert alignment_path(t) == path


def test_lines_and_entries_out_of_order_can_be_pending() -> None:
    far, near = np.array([-20.0, -20.0, 3.0]), np.array([3.0, -20.0, -20.0])
    for first, second, expected in ((far, near, [(0, 2), (1, 0)]), (near, far, [(0, 0), (1, 2)])):
        parts = (
            [first, second], [-3.0, -3.0], [-9.0, -9.0], [[-1e9] * 3] * 2, [-4.0, -0.5, -4.0], [-1e9, -1.5],
        )  # fmt: skip
        t = AlignmentTerms(*(np.array(part, np.float32) for part in parts))

        assert alignment_path(t) == expected
        assert align(t) == pytest.approx(3.0 - 1.5 - 0.5 if first is far else 6.0 - 0.5)


def test_an_empty_list_costs_the_missing_lines() -> None:
    t = terms(np.random.default_rng(1), 3, 0)

    assert align(t) == pytest.approx(float(t.missing.sum()), abs=1e-5)
    assert align(terms(np.random.default_rng(1), 0, 0)) == 0.0
