from __future__ import annotations

from itertools import combinations

import numpy as np

from specmol_core.spectra.analysis.line_groups import disjoint_groups, pairs_at_distance


def test_pairs_are_those_of_all_combinations() -> None:
    at = np.random.default_rng(0).uniform(0.0, 100.0, 80)

    found = list(pairs_at_distance(at, 5.0, 12.0))

    expected = {(i, j) for i, j in combinations(np.argsort(at).tolist(), 2) if 5.0 <= at[j] - at[i] <= 12.0}
    assert set(found) == expected
    assert len(found) == len(expected)


def test_no_lines_have_no_pairs() -> None:
    assert list(pairs_at_distance(np.zeros(0), 1.0, 2.0)) == []


def test_a_line_is_in_one_group_and_the_most_even_group_has_it() -> None:
    unused = {0, 1, 2, 3, 4}

    found = list(disjoint_groups([(0.9, (0, 1, 2)), (0.1, (2, 3)), (0.5, (4, 9))], unused))

    assert found == [(2, 3)]
    assert unused == {0, 1, 4}
