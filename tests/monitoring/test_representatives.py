"""Which spectra of a series are fitted together."""

from __future__ import annotations

from specmol_core.monitoring.representatives import representative_rows


def test_first_and_last_and_the_most_different_lines_are_chosen() -> None:
    rows = [{"A": a, "B": 1 - a} for a in (0.9, 0.89, 0.88, 0.5, 0.49, 0.1, 0.09)]

    assert representative_rows(rows, ["A", "B"], 3) == [0, 3, 6]


def test_lines_with_an_error_are_left_out() -> None:
    rows = [{"error": "is damaged"}, {"A": 0.5}, {"A": 0.4}]

    assert representative_rows(rows, ["A"]) == [1, 2]


def test_equal_lines_are_chosen_once() -> None:
    assert representative_rows([{"A": 0.5}] * 10, ["A"], 3) == [0, 9]


def test_times_make_the_order() -> None:
    """A table may name the last spectrum first."""
    rows = [{"A": a, "time_s": t} for a, t in ((0.1, 90.0), (0.9, 0.0), (0.5, 30.0), (0.49, 31.0))]

    assert representative_rows(rows, ["A"], 3) == [1, 2, 0]
    assert representative_rows(rows, ["A"]) == [1, 2, 3, 0]
