"""Multiplicities and couplings of simulated first-order multiplets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from support.slow_first_order import slow_explanation

from specmol_core.spectra.analysis.first_order import STRUCTURES, first_order_pattern, fit_first_order

CASES = {
    "s": (),
    "d": (8.0,),
    "t": (7.0, 7.0),
    "q": (7.1, 7.1, 7.1),
    "sept": (6.8,) * 6,
    "dd": (15.9, 1.6),
    "td": (7.8, 7.8, 1.5),
    "dt": (15.6, 6.9, 6.9),
    "ddd": (8.2, 4.8, 1.8),
    "ddt": (16.5, 9.4, 5.2, 5.2),
}


@pytest.mark.parametrize("name", CASES)
def test_multiplicity_and_couplings_of_a_simulated_multiplet(
    name: str, multiplet: Callable[..., list[tuple[float, float]]]
) -> None:
    lines = sorted(multiplet(0.0, CASES[name], 1.0))

    result = fit_first_order(np.array([a for a, _ in lines]), np.array([h for _, h in lines]), 0.8)

    assert result is not None
    assert result.multiplicity == name
    assert result.couplings_hz == pytest.approx(sorted(set(CASES[name]), reverse=True), abs=0.05)


def test_a_tilted_doublet_is_a_doublet_and_uneven_lines_are_no_multiplet() -> None:
    assert fit_first_order(np.array([0.0, 8.0]), np.array([1.0, 0.6]), 1.0).multiplicity == "d"  # type: ignore[union-attr]
    assert fit_first_order(np.array([0.0, 3.0, 11.0]), np.array([1.0, 1.0, 1.0]), 1.0) is None


def test_a_weak_line_beside_a_strong_one_is_no_doublet() -> None:
    assert fit_first_order(np.array([0.0, 8.0]), np.array([1.0, 0.05]), 1.0) is None


def test_lines_that_are_seen_apart_are_not_merged_by_their_width() -> None:
    """A doublet of doublets at 300 MHz: its small coupling is below the width of its lines."""
    result = fit_first_order(np.array([0.0, 0.95, 8.05, 9.0]), np.array([0.94, 0.95, 1.07, 1.11]), 1.7)

    assert result is not None
    assert (result.multiplicity, result.couplings_hz) == ("dd", pytest.approx((8.05, 0.95), abs=0.05))


def test_intensities_are_binomial() -> None:
    at, share = first_order_pattern((3,), (7.0,))

    assert at == pytest.approx([-10.5, -3.5, 3.5, 10.5])
    assert share == pytest.approx([1 / 3, 1, 1, 1 / 3])


@pytest.mark.parametrize("seed", range(300))
def test_the_search_agrees_with_its_plain_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    structure = STRUCTURES[seed % len(STRUCTURES)]
    at, heights = first_order_pattern(structure, tuple(np.sort(rng.uniform(1.0, 16.0, len(structure)))[::-1]))
    shown = heights > rng.uniform(0.0, 0.2)
    at = np.sort(at + rng.normal(0.0, rng.choice([0.0, 0.1, 0.3]), len(at)))[shown]
    heights = heights[shown] * rng.uniform(0.8, 1.2, shown.sum())
    width = float(rng.uniform(0.5, 3.0))

    assert fit_first_order(at, heights, width) == slow_explanation(at, heights, width)
