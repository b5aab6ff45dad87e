from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.by_hand import ETHYL_ACETATE, Molecule, molecule, observed, one_part

from specmol_core.matchnet_x.assign import aligned_pairs, assign, carbon_path, reading_notes
from specmol_core.matchnet_x.counted_carbons import CarbonGroups, GroupTerms, carbon_groups, group_path, group_ratios
from specmol_core.matchnet_x.likelihood import LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import unpack_lines

MODEL = LikelihoodModel()
Choice = tuple[int, ...]
TERT_BUTYL = molecule("CC(C)(C)C(C)=O", {0: 26.4, 1: 44.2, 2: 26.4, 3: 26.4, 4: 213.9, 5: 24.6}, {})
"""Pinacolone: three equivalent methyl carbons are one line."""
THREE_METHYLS = molecule(
    "Cc1ccc(C)c(C)c1", {0: 20.9, 1: 135.0, 2: 126.6, 3: 129.7, 4: 133.4, 5: 19.4, 6: 136.4, 7: 19.7, 8: 130.6}, {}
)
"""1,2,4-Trimethylbenzene: three methyl carbons that differ."""


def terms(rng: np.random.Generator, lines: int, width: int) -> GroupTerms:
    return GroupTerms(
        rng.normal(1.0, 4.0, (lines, width)).astype(np.float32),
        rng.uniform(-5.0, -0.5, lines).astype(np.float32),
        rng.normal(-1.0, 4.0, (lines, width)).astype(np.float32),
        -1.5,
        -2.5,
        rng.integers(1, 5, lines),
    )


def groups_of(carbons: Sequence[int]) -> CarbonGroups:
    width = len(carbons)
    return CarbonGroups(np.linspace(0.0, 10.0, width), np.array(carbons), np.arange(width), np.ones(width, np.int64))


def value(t: GroupTerms, carbons: Sequence[int], choices: Sequence[Choice]) -> float:
    """Log-likelihood of one value, no value or two values for each line, added up by the definition."""
    taken = dict.fromkeys(range(len(carbons)), 0)
    total = 0.0
    for line, choice in enumerate(choices):
        nuclei = int(t.nuclei[line])
        if not choice:
            total += float(t.missing[line])
        elif len(choice) == 1 and taken[choice[0]] >= carbons[choice[0]]:
            total += t.merged + float(t.match[line, choice[0]])
        else:
            total += float(t.match[line, choice[0]] if len(choice) == 1 else t.split[line, choice[1]])
            shares = [nuclei] if len(choice) == 1 else [nuclei // 2, nuclei - nuclei // 2]
            for group, share in zip(choice, shares, strict=True):
                fits = min(share, carbons[group] - taken[group])
                total += 4.0 * (fits - 1) - (share - fits)
                taken[group] += fits
    return total + sum(t.log_p_unassigned if not taken[g] else taken[g] - n for g, n in enumerate(carbons))


def allowed(t: GroupTerms, carbons: Sequence[int], choices: Sequence[Choice]) -> bool:
    """Values rise with the lines; two values need a line of several carbons and room in the first value."""
    shown = [choice for choice in choices if choice]
    if any(before[-1] > after[0] for before, after in pairwise(shown)):
        return False
    taken = dict.fromkeys(range(len(carbons)), 0)
    for line, choice in enumerate(choices):
        if len(choice) == 2:
            if t.nuclei[line] == 1 or taken[choice[0]] >= carbons[choice[0]]:
                return False
            taken[choice[0]] += int(t.nuclei[line]) // 2
            taken[choice[1]] += int(t.nuclei[line]) - int(t.nuclei[line]) // 2
        elif choice:
            taken[choice[0]] += int(t.nuclei[line])
    return True


def best_value(t: GroupTerms, carbons: Sequence[int]) -> float:
    width = len(carbons)
    ways: list[Choice] = [(), *((j,) for j in range(width)), *((j, j + 1) for j in range(width - 1))]
    every = product(ways, repeat=len(t.missing))
    return max(value(t, carbons, choices) for choices in every if allowed(t, carbons, choices))


def kernel(t: GroupTerms, groups: CarbonGroups) -> float:
    out = np.empty(1)
    group_ratios(t, groups, np.array([0, len(t.missing)]), out)
    return float(out[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 4), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_the_alignment_is_the_best_of_all(seed: int, lines: int, carbons: list[int]) -> None:
    t, groups = terms(np.random.default_rng(seed), lines, len(carbons)), groups_of(carbons)

    assert kernel(t, groups) == pytest.approx(best_value(t, carbons), abs=1e-3)
    assert group_path(t, groups)[0] == pytest.approx(kernel(t, groups), abs=1e-3)


def test_candidates_are_independent() -> None:
    rng = np.random.default_rng(3)
    first, second = terms(rng, 3, 3), terms(rng, 4, 3)
    both = GroupTerms(
        np.concatenate([first.match, second.match]),
        np.concatenate([first.missing, second.missing]),
        np.concatenate([first.split, second.split]),
        first.merged,
        first.log_p_unassigned,
        np.concatenate([first.nuclei, second.nuclei]),
    )
    groups, out = groups_of([2, 1, 3]), np.empty(3)

    group_ratios(both, groups, np.array([0, 3, 3, 7]), out)

    empty = 3 * first.log_p_unassigned
    assert out.tolist() == pytest.approx([kernel(first, groups), empty, kernel(second, groups)])


@pytest.mark.parametrize(
    ("shown", "carbons", "text"),
    [
        (observed("13C", [14.1, 27.6, 27.6, 27.6]), [1, 3], "27.6 (3C)"),
        (observed("13C", [21.6, 60.0], [3, np.nan]), [3, 1], "21.6 (3C)"),
        (observed("13C", [21.6, 21.6, 60.0], [2, 1, 2]), [3, 2], "60 (2C), 21.6 (3C)"),
        (observed("13C", [21.6, 60.0], [500, 1]), [40, 1], "21.6 (40C)"),
    ],
)
def test_values_and_their_carbons(shown: Observed, carbons: list[int], text: str) -> None:
    groups = carbon_groups(shown)

    assert groups is not None
    assert groups.carbons.tolist() == carbons
    assert groups.describe() == text


@pytest.mark.parametrize(
    "shown",
    [
        observed("13C", [14.1, 27.6]),
        observed("13C", [14.1, 27.6], [1, 1]),
        observed("13C", []),
        observed("1H", [1.0, 1.0], [3, 3]),
        replace(observed("13C", [27.6, 27.6]), from_peak_list=False),
    ],
)
def test_other_lists_have_one_reading(shown: Observed) -> None:
    assert carbon_groups(shown) is None
    assert reading_notes(MODEL, [shown], ETHYL_ACETATE.stored) == ()


def ratio(shown: Observed, one: Molecule) -> float:
    return float(log_likelihood_ratios(MODEL, [shown], [one.stored])[0, 0])


@pytest.mark.parametrize("counts", [None, [1, 1, 1, 1, 1, 1]])
def test_three_equal_values_of_equivalent_carbons_are_no_contradiction(counts: list[int] | None) -> None:
    once = observed("13C", [24.6, 26.4, 44.2, 213.9])
    each = observed("13C", [24.6, 26.4, 26.4, 26.4, 44.2, 213.9], counts)

    assert ratio(each, TERT_BUTYL) > ratio(once, TERT_BUTYL)


def test_three_carbons_that_coincide_are_no_contradiction() -> None:
    rest = [126.6, 129.7, 130.6, 133.4, 135.0, 136.4]
    apart = observed("13C", [19.4, 19.7, 20.9, *rest])
    together = observed("13C", [20.0, *rest], [3, *[np.nan] * 6])
    uncounted = observed("13C", [20.0, *rest])

    assert ratio(together, THREE_METHYLS) > ratio(apart, THREE_METHYLS) - 12
    assert ratio(together, THREE_METHYLS) > ratio(uncounted, THREE_METHYLS) + 3


def test_a_repeated_value_may_be_two_signals() -> None:
    """The likelier reading of each candidate counts, so that no candidate is worse than by signals alone."""
    shown = observed("13C", [20.0, 20.0, 60.5, 171.4])
    amide = molecule("CN(C)C(C)=O", {0: 35.0, 2: 38.0, 3: 170.7, 4: 21.6}, {})

    for one in (ETHYL_ACETATE, amide):
        plain = ratio(replace(shown, ppm=np.array([20.0, 20.0 + 1e-6, 60.5, 171.4])), one)
        assert ratio(shown, one) >= plain - 1e-3


def test_every_copy_of_a_value_is_assigned() -> None:
    shown = observed("13C", [24.6, 26.4, 26.4, 26.4, 44.2, 213.9])
    lines = unpack_lines([TERT_BUTYL.stored], "13C")

    pairs = aligned_pairs(MODEL, shown, lines)
    result = assign(MODEL, [shown], one_part(TERT_BUTYL))

    assert carbon_path(MODEL, shown, lines)[1]
    assert [pairs[1, entry] for entry in (1, 2, 3)] == [1, 1, 1]
    assert result.unassigned_signals == result.missing_lines == ()
    assert sum(signal.nuclei or 0 for signal in result.signals) == 6


def test_three_lines_share_the_value_of_three_carbons() -> None:
    shown = observed("13C", [20.0, 126.6, 129.7, 130.6, 133.4, 135.0, 136.4], [3, *[np.nan] * 6])

    result = assign(MODEL, [shown], one_part(THREE_METHYLS))

    assert sorted(s.atoms for s in result.signals if s.ppm == 20.0) == [(0,), (5,), (7,)]
    assert result.unassigned_signals == result.missing_lines == ()


def test_the_note_names_the_reading() -> None:
    counted = observed("13C", [24.6, 26.4, 26.4, 26.4, 44.2, 213.9])
    signals = observed("13C", [14.2, 21.0, 60.5, 171.4], [2, 2, 2, 2])

    (first,) = reading_notes(MODEL, [counted], TERT_BUTYL.stored)
    (second,) = reading_notes(MODEL, [observed("1H", [1.0], [3]), signals], ETHYL_ACETATE.stored)

    assert first == "13C: repeated values and numbers of carbons in the list count as carbons: 26.4 (3C)"
    assert second.startswith("13C: each entry of the list was read as a signal")
    assert "171.4 (2C)" in second
