"""Lines are grouped into signals with integrals."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.drawn_spectra import Draw, Line

from specmol_core.spectra.analysis.multiplets import group_signals
from specmol_core.spectra.analysis.picking import pick_peaks


def test_ethyl_acetate(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    lines = [*multiplet(4.12, (7.1,) * 3, height=2.0), (2.04, 3.0), *multiplet(1.26, (7.1,) * 2, height=3.0)]
    spectrum = draw("1H", lines)

    signals = group_signals(spectrum, pick_peaks(spectrum))

    assert [s.multiplicity for s in signals] == ["q", "s", "t"]
    assert [s.ppm for s in signals] == pytest.approx([4.12, 2.04, 1.26], abs=0.001)
    assert [s.integral for s in signals] == pytest.approx([2, 3, 3], rel=0.06)
    assert signals[0].couplings_hz == pytest.approx((7.1,), abs=0.1)


def test_neighbours_closer_than_a_coupling_are_two_signals(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    lines = [*multiplet(7.30, (8.0,)), *multiplet(7.30 - 24 / 500, (8.0,))]
    spectrum = draw("1H", lines)

    assert [s.multiplicity for s in group_signals(spectrum, pick_peaks(spectrum))] == ["d", "d"]


def test_a_doublet_of_doublets_at_300_mhz_is_one_signal(draw: Draw, multiplet: Callable[..., list[Line]]) -> None:
    """Aspirin: the small coupling is as small as the width of the lines, and integrals are not doubled."""
    lines = [
        *multiplet(8.04, (7.8, 1.7), 300.0),
        *multiplet(7.53, (7.8, 7.8, 1.7), 300.0),
        *multiplet(7.28, (7.8, 7.8, 1.6), 300.0),
        *multiplet(7.07, (8.1, 0.95), 300.0),
        (2.29, 3.0),
    ]
    spectrum = draw("1H", lines, frequency_mhz=300.0, width_hz=1.0, noise=0.0005, window=(12.0, -2.0))

    signals = group_signals(spectrum, pick_peaks(spectrum))

    assert [s.multiplicity for s in signals] == ["dd", "td", "td", "dd", "s"]
    assert [s.integral for s in signals] == pytest.approx([1, 1, 1, 1, 3], rel=0.08)


def test_a_triplet_with_uneven_gaps_is_one_signal(draw: Draw) -> None:
    """Second-order effects: the gaps of a triplet differ by one hertz."""
    at = [6.80, 6.80 - 7.8 / 400, 6.80 - 16.6 / 400]
    lines = [(at[0], 0.30), (at[1], 0.50), (at[2], 0.23), (3.8, 3.0)]
    spectrum = draw("1H", lines, frequency_mhz=400.0)

    signals = group_signals(spectrum, pick_peaks(spectrum))

    assert [s.integral for s in signals] == pytest.approx([1, 3], rel=0.1)


def test_a_weak_line_beside_a_singlet_makes_no_doublet(draw: Draw) -> None:
    spectrum = draw("1H", [(5.86, 1.0), (5.86 - 10 / 500, 0.045), (3.5, 1.0)])

    assert group_signals(spectrum, pick_peaks(spectrum))[0].multiplicity == "s"


def test_feet_of_a_line_do_not_join_two_signals(draw: Draw) -> None:
    """Isopropylamine: weak lines of a poor field lie between NH2 and the doublet of CH3."""
    feet = [(1.0655 + k * 9 / 300, 0.01) for k in (1, 2)]
    spectrum = draw("1H", [(1.1378, 1.0), (1.0656, 1.0), (1.0446, 1.0), *feet], frequency_mhz=300.0, noise=0.0002)

    signals = group_signals(spectrum, pick_peaks(spectrum))

    assert [s.multiplicity for s in signals] == ["s", "d"]


def test_a_coarse_axis_gives_no_couplings(draw: Draw) -> None:
    spectrum = draw("1H", [(7.0, 1.0), (2.0, 1.0)], points=600, width_hz=20.0)

    assert [s.multiplicity for s in group_signals(spectrum, pick_peaks(spectrum))] == ["", ""]


def test_no_lines_give_no_signals(draw: Draw) -> None:
    assert group_signals(draw("1H", [(7.0, 1.0)]), ()) == ()
