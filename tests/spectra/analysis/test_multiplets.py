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


def test_a_coarse_axis_gives_no_couplings(draw: Draw) -> None:
    spectrum = draw("1H", [(7.0, 1.0), (2.0, 1.0)], points=600, width_hz=20.0)

    assert [s.multiplicity for s in group_signals(spectrum, pick_peaks(spectrum))] == ["", ""]


def test_no_lines_give_no_signals(draw: Draw) -> None:
    assert group_signals(draw("1H", [(7.0, 1.0)]), ()) == ()
