from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.readers.jcamp.checks import TableLines, check_abscissas


def lines(x: np.ndarray, start: np.ndarray, checks: bool = False) -> TableLines:
    number = np.arange(20, 20 + len(x))
    return TableLines(
        np.asarray(x, dtype=np.float64), np.asarray(start), np.full(len(x), checks) & (number > 20), number
    )


@pytest.mark.parametrize("step", [-1.0, 0.2923, -1.19669, 0.0031, -2e-5])
@pytest.mark.parametrize("decimals", [0, 1, 4])
def test_rounded_abscissas_pass_and_give_the_step(step: float, decimals: int) -> None:
    start = np.cumsum(np.random.default_rng(1).integers(8, 14, 300))
    x = np.round(-12.0 + step * start, decimals)

    result, misfit = check_abscissas(lines(x, start))

    assert misfit is None
    assert (result or 0.0) == pytest.approx(step, abs=10.0**-decimals / start[-1])


def test_six_significant_digits_pass() -> None:
    start = np.arange(0, 3000, 10)
    x = np.array([float(f"{12.0 - 0.005 * k:.6g}") for k in start])

    step, misfit = check_abscissas(lines(x, start))

    assert (step, misfit) == (pytest.approx(-0.005, rel=1e-4), None)


@pytest.mark.parametrize("late", [True, False])
def test_a_check_value_may_carry_its_own_abscissa_or_that_of_the_next_point(late: bool) -> None:
    start = np.arange(0, 200, 10)
    x = start - np.where(np.arange(20) > 0, 0 if late else 1, 0)

    assert check_abscissas(lines(x, start, checks=True)) == (pytest.approx(1.0, rel=0.01), None)


@pytest.mark.parametrize(("lost", "is_rounding"), [(1, True), (-1, True), (40, False)])
def test_lost_points_are_found_in_the_line_after_them(lost: int, is_rounding: bool) -> None:
    start = np.arange(0, 400, 10)
    x = start + np.where(np.arange(40) >= 25, lost, 0)

    _, misfit = check_abscissas(lines(x, start))

    assert str(misfit).startswith("line 45: wrong checksum: its abscissa")
    assert misfit is not None
    assert misfit.is_rounding == is_rounding


def test_one_wrong_abscissa_names_its_line() -> None:
    start = np.arange(0, 400, 10)
    x = np.round(8000.0 - 0.25 * start, 1)
    x[7] += 10

    _, misfit = check_abscissas(lines(x, start))

    assert misfit is not None
    assert misfit.line == 27


@pytest.mark.parametrize("cut", [np.trunc, np.floor, np.ceil, np.round])
@pytest.mark.parametrize("first", [-3786.6, 308.4, -20.2])
def test_abscissas_cut_to_whole_numbers_pass(cut, first: float) -> None:
    # Cut toward zero, the interval that contains zero is one short.
    start = np.cumsum(np.random.default_rng(4).integers(7, 13, 400))
    x = cut(first - np.sign(first) * start)

    step, misfit = check_abscissas(lines(x, start))

    assert misfit is None
    assert step == pytest.approx(-np.sign(first), abs=1e-3)


def test_a_point_lost_elsewhere_is_found_in_abscissas_cut_toward_zero() -> None:
    start = np.cumsum(np.random.default_rng(4).integers(7, 13, 400))
    x = np.trunc(-2000.4 + start) + np.where(np.arange(400) >= 300, 1, 0)

    _, misfit = check_abscissas(lines(x, start))

    assert misfit is not None
    assert misfit.line == 20 + 300


def test_two_lines_do_not_determine_the_step() -> None:
    assert check_abscissas(lines(np.array([1.0, 5.0]), np.array([0, 9]))) == (None, None)


def test_steps_of_nearly_one_unit_are_sometimes_rounded() -> None:
    start = np.arange(0, 20_000, 10)

    step, misfit = check_abscissas(lines(np.round(5000.3 - 1.0003 * start), start))

    assert (step, misfit) == (pytest.approx(-1.0003, abs=1e-4), None)
