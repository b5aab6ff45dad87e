"""Ranges of protonated solvents."""

from __future__ import annotations

from specmol_core.mixtures.suppressed import suppressed_ranges


def test_lines_of_ethanol_are_excluded() -> None:
    ranges = suppressed_ranges("ethanol", "1H")

    for ppm in (1.19, 3.60):
        assert any(high > ppm > low for high, low in ranges)
    assert not any(high > 2.3 > low for high, low in ranges)


def test_deuterated_and_unknown_solvents_exclude_nothing() -> None:
    assert suppressed_ranges("CD3OD", "1H") == suppressed_ranges(None, "1H") == suppressed_ranges("xyz", "1H") == ()
