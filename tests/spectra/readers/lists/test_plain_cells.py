from __future__ import annotations

import pytest

from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.lists.plain_cells import plain_rows


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ("167.34 ppm", "167.34"),
        ("167.34ppm", "167.34"),
        ("16836.1 Hz", "16836.1"),
        ("12.5 %", "12.5"),
        ("16,836.1", "16836.1"),
        ("16\u00a0836.1 Hz", "16836.1"),
        ("1'234'567.8", "1234567.8"),
        ("77.16*", "77.16"),
        ("77.16 \u2020", "77.16"),
        (" 7.26 ", "7.26"),
        ("9.8, 3.0", "9.8, 3.0"),
        ("7,26", "7,26"),
        ("CH3", "CH3"),
        ("8.0 Hz, 3.1 Hz", "8.0 Hz, 3.1 Hz"),
        ("", ""),
    ],
)
def test_cells_become_plain_numbers(cell: str, plain: str) -> None:
    assert plain_rows([TableRow(1, ("a", cell))]).rows == [TableRow(1, ("a", plain))]


def test_units_tell_the_columns() -> None:
    rows = [TableRow(1, ("title",)), TableRow(2, ("1", "1683 Hz", "16.7 ppm")), TableRow(3, ("2", "144 Hz", "1.4 ppm"))]

    found = plain_rows(rows)

    assert (found.ppm, found.hertz) == (2, 1)
    assert plain_rows([*rows, TableRow(4, ("3", "100", "1.0"))]).ppm == -1


def test_empty_columns_before_the_table_are_left_out() -> None:
    rows = [TableRow(1, ("", "ppm", "")), TableRow(2, ("", "7.26", "1.0")), TableRow(3, ("",))]

    assert [row.cells for row in plain_rows(rows).rows] == [("ppm", ""), ("7.26", "1.0"), ()]


def test_marks_are_named() -> None:
    rows = [TableRow(1, (f"{number}.5*",)) for number in range(8)]

    assert plain_rows(rows[:2]).notes == ["marks beside numbers were left out: 0.5*, 1.5*"]
    assert plain_rows(rows).notes[0].endswith("5.5* and 2 more")
    assert plain_rows([TableRow(1, ("1.5",))]).notes == []
