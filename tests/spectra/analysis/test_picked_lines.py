"""Picked lines as arrays."""

from __future__ import annotations

import numpy as np

from specmol_core.spectra.analysis.picked_lines import PickedLines, bridged, tails_of

POINTS = np.arange(4000.0)


def lines(*parts: tuple[float, float, float]) -> PickedLines:
    return PickedLines(*np.array(parts).T)


def trace_of(*parts: tuple[float, float, float]) -> np.ndarray:
    return np.asarray(sum(height / (1 + (2 * (POINTS - at) / width) ** 2) for at, height, width in parts))


def test_a_line_whose_wings_are_high_is_wider_than_measured() -> None:
    true = (1000.0, 1.0, 100.0), (2000.0, 1.0, 5.0), (3000.0, 1.0, 5.0), (3012.0, 1.0, 5.0)
    measured = lines((1000.0, 1.0, 20.0), *true[1:])

    assert measured.are_wider(trace_of(*true)).tolist() == [True, False, False, False]


def test_lines_of_a_multiplet_are_not() -> None:
    triplet = ((2000.0, 1.0, 5.0), (2010.0, 2.0, 5.0), (2020.0, 1.0, 5.0))

    assert not lines(*triplet).are_wider(trace_of(*triplet)).any()


def test_tails_and_bridges_leave_what_is_no_line() -> None:
    narrow = (1500.0, 30.0, 6.0)
    trace = trace_of(narrow) + 0.001 * POINTS

    tails, is_core = tails_of(len(trace), lines(narrow))

    assert is_core[1500 - 23 : 1500 + 23].all()
    assert not is_core[:1400].any()
    assert np.abs(bridged(trace - tails, is_core) - 0.001 * POINTS).max() < 0.05
    assert np.array_equal(bridged(trace, np.ones(4000, np.bool_)), np.zeros(4000))
