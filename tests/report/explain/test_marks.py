"""The marks in the image of a spectrum."""

from __future__ import annotations

import pytest

from specmol_core.matcher.assignment import AssignedSignal
from specmol_core.report.explain.marks import atom_numbers, observed_marks, predicted_marks


@pytest.mark.parametrize(
    ("atoms", "written"),
    [((), ""), ((3,), "4"), ((7, 3), "4,8"), ((4, 5), "5,6"), ((4, 5, 6, 9), "5–7,10"), ((2, 2), "3")],
)
def test_atoms_are_numbered_from_one(atoms: tuple[int, ...], written: str) -> None:
    assert atom_numbers(atoms) == written


def test_lines_that_coincide_share_a_mark() -> None:
    signals = [
        AssignedSignal("1H", 7.3, 7.5, 0.1, (1,), 1.0, "m"),
        AssignedSignal("1H", 7.3, 7.25, 0.1, (2, 6), 2.0, "m"),
        AssignedSignal("1H", 8.1, 8.1, 0.1, (3,), 1.0, "dd"),
    ]

    first, second = observed_marks(signals)

    assert (first.ppm, first.atoms, first.shift) == (8.1, "4", "8.10 dd 1H")
    # It is unknown which number of nuclei is that of the whole.
    assert (second.atoms, second.shift) == ("2,3,7", "7.30 m")
    assert second.deviation_in_uncertainties == pytest.approx(-2.0)
    assert [mark.ppm for mark in predicted_marks(signals)] == [8.1, 7.5, 7.25]


def test_the_integral_of_a_trace_is_that_of_inspect() -> None:
    signals = [
        AssignedSignal("1H", 7.3, 7.5, 0.1, (1,), 1.0, "m", integral=3.0),
        AssignedSignal("1H", 7.3, 7.25, 0.1, (2, 6), 2.0, "m", integral=3.0),
        AssignedSignal("1H", 1.2, 1.3, 0.1, (0,), 3.0, "t", integral=2.9),
    ]

    assert [mark.shift for mark in observed_marks(signals)] == ["7.30 m 3.0H", "1.20 t 2.9H"]


def test_signals_that_do_not_count_have_no_mark() -> None:
    weak = AssignedSignal("1H", 2.17, None, None, (), 0.0, "s", integral=0.0, is_counted=False)

    assert observed_marks([weak]) == []


def test_line_with_two_signals_has_one_stick() -> None:
    signals = [AssignedSignal("1H", 3.1, 3.0, 0.1, (1,)), AssignedSignal("1H", 2.7, 3.0, 0.1, (1,))]

    assert [mark.atoms for mark in observed_marks(signals)] == ["2", "2"]
    (stick,) = predicted_marks(signals)
    assert stick.deviation_in_uncertainties == pytest.approx(-3.0)


def test_unmatched_marks_are_flagged() -> None:
    signals = [AssignedSignal("13C", None, 50.0, 1.0, (0,)), AssignedSignal("13C", 77.16, None, None, ())]

    (observed,), (predicted,) = observed_marks(signals), predicted_marks(signals)

    assert (observed.atoms, observed.shift, observed.matched) == ("?", "77.2", False)
    assert (predicted.atoms, predicted.shift, predicted.matched) == ("1", "50.0", False)
    assert observed.deviation_in_uncertainties is predicted.deviation_in_uncertainties is None


def test_shift_is_never_minus_zero() -> None:
    (mark,) = observed_marks([AssignedSignal("1H", -0.001, 0.0, 0.1, (0,))])

    assert mark.shift == "0.00"
