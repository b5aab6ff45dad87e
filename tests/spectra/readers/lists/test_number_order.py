from __future__ import annotations

import pytest

from specmol_core.spectra.readers.lists.number_order import check_bare_numbers
from specmol_core.spectra.readers.source import RefusedError


def check(text: str, **known: bool) -> list[str]:
    words = text.split()
    return check_bare_numbers([float(word) for word in words], ["." not in word for word in words], **known)


@pytest.mark.parametrize("text", ["167.3 60.3 14.4", "14.4 60 167.3", "1 0.5", "167.3", "129.7 129.7 60.3"])
def test_shifts_in_order_are_a_list(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 167.34 0.1", "1 may number the shifts"),
        ("0 7.34 2.0", "0 may number the shifts"),
        ("1 167.3 2 115.8 6.31 3 144.2 7.64", "1, 2, 3 may number the shifts"),
        ("167.3 0.1 161.3 0.2 60.3 0.8", "two quantities in turn"),
        ("14.4 700.1 161.3 102.2 167.3 80.3", "two quantities in turn"),
        ("3 167.3 0.1 5 161.3 0.2", "two quantities in turn"),
    ],
)
def test_rows_of_a_table_are_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        check(text)


def test_a_list_without_order_is_said_unless_it_has_a_heading() -> None:
    assert "in no order" in check("167.3 60.3 144.2")[0]
    assert check("167.3 60.3 144.2", is_headed=True) == check("167.3 60.3 144.2", is_bare=False) == []


def test_a_whole_number_out_of_order_is_said() -> None:
    (warning,) = check("167.3 144.2 12 60.3 14.4", is_headed=True)

    assert warning.startswith("12 without decimals is out of order")
