"""Numbers and lists of the reproduction page."""

from __future__ import annotations

import pytest

from specmol_core.matchnet.reproduction.page_numbers import (
    escape_text,
    format_duration,
    format_range,
    format_share,
    join_names,
    join_words,
    markdown_table,
    round_half_up,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.0005, 3, "0.001"), (0.9005, 3, "0.901"), (2.675, 2, "2.68"), (44.1155694, 3, "44.116"), (5.0, 0, "5")],
)
def test_round_half_up(value: float, digits: int, text: str) -> None:
    assert round_half_up(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.99996, "> 0.9999"), (1.0, "1.0000"), (0.00004, "< 0.0001"), (0.0, "0.0000"), (0.98765, "0.9877")],
)
def test_a_share_below_one_is_not_shown_as_one(value: float, text: str) -> None:
    assert format_share(value, 4) == text


def test_ranges_and_lists() -> None:
    assert (format_range([8, 8]), format_range([40_139, 8000])) == ("8", "8,000 to 40,139")
    assert (join_words([]), join_words(["a"]), join_words(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert join_names(["matchnet", "matchnet-a"]) == "SpecMol-MatchNet and variant A"


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.4, "4 s"), (59.6, "1 min"), (923.4, "15 min"), (7200.0, "2.0 h"), (12_345.0, "3.4 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_cells_are_escaped() -> None:
    assert escape_text("a|b\n`c` <d>") == "a\\|b 'c' &lt;d&gt;"
    assert markdown_table(["a", "b"], [["1", "2"]]) == ["| a | b |", "| --- | :---: |", "| 1 | 2 |"]
