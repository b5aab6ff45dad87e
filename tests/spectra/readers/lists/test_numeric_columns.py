from __future__ import annotations

import pytest

from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.lists.numeric_columns import (
    ShiftsSecond,
    column_of_index,
    numbers_rows,
    proportional_columns,
    shifts_second,
)


def rows_of(*columns: str) -> list[TableRow]:
    """Rows of columns that are written as words."""
    return [TableRow(line, cells) for line, cells in enumerate(zip(*map(str.split, columns), strict=True), 1)]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("1 2 3", True),
        ("0 1", True),
        ("3 2 1", True),
        ("1. 2. 3.", True),
        ("11 12 13 14", True),
        ("11 12 13", False),
        ("1 2 4 6", True),
        ("1 2 9", False),
        ("3 1 4 2", True),
        ("7 5 4 1", False),
        ("128 77 29", False),
        ("1 1 2 3", False),
        ("1.0 2.0 3.0", False),
        ("1 x 3", False),
    ],
)
def test_a_column_that_numbers_the_rows(numbers: str, expected: bool) -> None:
    assert numbers_rows(rows_of(numbers), 0) is expected


@pytest.mark.parametrize(
    ("second", "nucleus", "expected"),
    [
        ("7.26 3.7 1.2", "1H", 0),
        ("100 90 80", "1H", -1),
        ("100 90 80", "13C", 0),
        ("100 90", "13C", -1),
        ("a b c", "13C", -1),
    ],
)
def test_numbers_of_rows_stand_before_decimals(second: str, nucleus: str, expected: int) -> None:
    numbers = "1 2 3" if len(second.split()) == 3 else "1 2"

    assert column_of_index(rows_of(numbers, second), nucleus) == expected


def test_frequencies_are_proportional_to_shifts() -> None:
    assert proportional_columns(rows_of("1 2 3", "2840.71 2120.53 1040.26", "7.10 5.30 2.60")) == (2, 1, 400.1)
    assert proportional_columns(rows_of("7.10 5.30 2.60", "1.0 2.0 3.0")) is None


UNSORTED = "0.3 0.9 0.2 0.8 0.7 0.4"
SHIFTS = "167.3 129.7 77.1 60.3 55.4 14.4"
FALLING = "100 45.2 30.1 20.7 11.3 2.6"


@pytest.mark.parametrize(
    ("first", "second", "nucleus", "expected"),
    [
        (UNSORTED, SHIFTS, "13C", ShiftsSecond(is_certain=True)),
        ("30.2 90.5 20.1 80.3 70.7 40.4", SHIFTS, "13C", ShiftsSecond(is_certain=False)),
        (UNSORTED, "7.6 7.4 6.9 4.2 3.8 1.3", "1H", ShiftsSecond(is_certain=False)),
        ("300 900 200 800 700 400", "7.6 7.4 6.9 4.2 3.8 1.3", "1H", ShiftsSecond(is_certain=True)),
        (SHIFTS, UNSORTED, "13C", None),
        ("60.3 167.3 77.1 129.7 14.4 55.4", FALLING, "13C", None),
        ("60.3 167.3", "77.1 129.7", "13C", None),
    ],
)
def test_shifts_may_stand_behind_intensities(
    first: str, second: str, nucleus: str, expected: ShiftsSecond | None
) -> None:
    assert shifts_second(rows_of(first, second), 0, nucleus) == expected
