from __future__ import annotations

import pytest

from specmol_core.spectra.readers.lists.carbon_types import hydrogens_from_signs, hydrogens_of_type, sign_of

SHIFTS = (170.1, 128.5, 60.3, 14.2)


@pytest.mark.parametrize(
    ("word", "hydrogens"),
    [("C", (0,)), ("Cq", (0,)), ("quaternary", (0,)), ("ch", (1,)), ("CH 2", (2,)), ("Methyl", (3,)),
     ("CH/CH3", (1, 3)), ("", ()), ("dd", ()), ("CDCl3", ()), ("H", ())],
)  # fmt: skip
def test_types_of_carbons(word: str, hydrogens: tuple[int, ...]) -> None:
    assert hydrogens_of_type(word) == hydrogens


def test_words_of_signs() -> None:
    assert [sign_of(word) for word in ("+", "(-)", "up", "negative", "", "0", "CH", "7.26")] == [
        1, -1, 1, -1, 0, 0, None, None,
    ]  # fmt: skip


def test_a_dept_shows_no_quaternary_carbon() -> None:
    expected = [(0,), (1, 3), (2,), (1, 3)]

    assert hydrogens_from_signs([0, 1, -1, 1], SHIFTS, "dept135") == expected
    # Without a name, a missing line tells the experiment.
    assert hydrogens_from_signs([0, 1, -1, 1], SHIFTS) == expected


@pytest.mark.parametrize("even", [1, -1])
def test_the_sense_of_an_apt_is_that_of_its_carboxyl_and_methyl_carbons(even: int) -> None:
    signs = [even, -even, even, -even]

    assert hydrogens_from_signs(signs, SHIFTS, "apt") == [(0, 2), (1, 3), (0, 2), (1, 3)]


def test_without_such_carbons_nothing_is_said() -> None:
    assert hydrogens_from_signs([1, -1], (128.5, 60.3), "apt") == [(), ()]
