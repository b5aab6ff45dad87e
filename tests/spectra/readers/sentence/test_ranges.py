from __future__ import annotations

import pytest

from specmol_core.spectra.readers.sentence.ranges import shift_ends


@pytest.mark.parametrize(
    ("first", "second", "ends"),
    [("7.51", "7.43", (7.51, 7.43)), ("7.51", "43", (7.51, 7.43)), ("7.5", "", (7.5, 7.5)), ("7", "7.5", (7.0, 7.5))],
)
def test_ends_of_a_range(first: str, second: str, ends: tuple[float, float]) -> None:
    found, notes = shift_ends(first, second, "1H", is_first=False)

    assert found == ends
    assert bool(notes) == (second == "43")


def test_a_dash_before_the_first_shift_is_no_minus_sign() -> None:
    assert shift_ends("-7.5", "", "1H", is_first=True)[0] == (7.5, 7.5)
    assert shift_ends("-7.5", "", "1H", is_first=False)[0] == (-7.5, -7.5)
    assert shift_ends("-2.1", "", "1H", is_first=True)[0] == (-2.1, -2.1)
