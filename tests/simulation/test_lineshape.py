from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation.lineshape import (
    Grid,
    broad_signal,
    decay,
    extremes,
    line_signal,
    spectrum,
    strongest_height,
)
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(12.05, -2.0, 2048)


def rendered(grid: Grid, ppm: float, lorentz: float, gauss: float) -> np.ndarray:
    samples = grid.length // 2
    signal = line_signal(grid, np.array([ppm]), np.ones(1), samples) * decay(grid, samples, lorentz, gauss)
    return np.ascontiguousarray(spectrum(grid, signal.astype(np.complex64)).real)


@pytest.mark.parametrize(("lorentz", "gauss"), [(0.8, 0.0), (0.5, 0.5), (2.0, 0.3), (0.0, 1.0)])
@pytest.mark.parametrize("mhz", [60.0, 400.0, 1000.0])
def test_the_height_of_a_line_does_not_depend_on_its_place_in_a_cell(lorentz: float, gauss: float, mhz: float) -> None:
    width = 0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + gauss**2)
    grid = Grid.of(AXIS, mhz, width, gauss)

    places = 5.0 + np.arange(100) / 100 * AXIS.step
    heights = [extremes(grid, rendered(grid, p, lorentz, gauss), signed=False).max() for p in places]

    assert max(heights) / min(heights) < 1.02


def test_a_line_is_a_lorentzian_of_area_one() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    values = rendered(grid, 4.0, 2.0, 0.0)

    # The slow, obvious definition.
    index = np.arange(grid.window) + grid.pad
    hz = (index - float(grid.position(np.array(4.0)))) * grid.step_hz
    expected = grid.step_hz / np.pi * 1.0 / (hz**2 + 1.0)
    np.testing.assert_allclose(values, expected, atol=0.003 * expected.max())
    assert values.sum() == pytest.approx(1.0, abs=0.01)


def test_a_voigt_line_has_its_width() -> None:
    grid = Grid.of(AXIS, 400.0, 1.5)
    values = rendered(grid, 4.0, 1.0, 2.0)

    above = np.flatnonzero(values > values.max() / 2)
    # Olivero and Longbothum 1977.
    assert (above[-1] - above[0] + 1) * grid.step_hz == pytest.approx(0.5346 + np.sqrt(0.2166 + 4), abs=grid.step_hz)


def test_many_lines_agree_with_their_sum() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    rng = np.random.default_rng(0)
    ppm, area = rng.uniform(0, 10, 30), rng.uniform(0.1, 3, 30)
    n = 3000

    whole = line_signal(grid, ppm, area, n)

    turns = np.exp(-2j * np.pi * np.outer(np.arange(n), grid.position(ppm)) / grid.length)
    np.testing.assert_allclose(whole, turns @ area, atol=2e-3 * area.sum())


def test_a_broad_line_is_the_same_line_that_decays() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    n = 3000

    own = broad_signal(grid, 3.3, 2.0, 8.0, n)

    slow = line_signal(grid, np.array([3.3]), np.array([2.0]), len(own)) * decay(grid, len(own), 8.0, 0.0)
    np.testing.assert_allclose(own, slow, atol=2e-3)
    assert len(own) < n


def test_lines_outside_do_not_fold_in() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)

    for ppm in (-20.0, 15.0, 40.0):
        assert np.abs(line_signal(grid, np.array([ppm]), np.ones(1), 100)).max() == 0


def test_signed_extremes_keep_what_is_farthest_from_zero() -> None:
    grid = Grid.of(PpmAxis(10.0, 0.0, 4), 1.0, 1.0)
    values = np.zeros(grid.window, np.float32)
    values[5], values[grid.cells + 7], values[grid.cells + 9] = 2.0, -3.0, 1.0

    assert extremes(grid, values, signed=True).tolist() == [2.0, -3.0, 0.0, 0.0]
    assert extremes(grid, values, signed=False).tolist() == [2.0, 1.0, 0.0, 0.0]


def test_the_strongest_height_counts_overlap() -> None:
    grid = Grid.of(AXIS, 400.0, 1.0)
    half = 0.5 / 400.0

    assert strongest_height(grid, np.zeros(0), np.zeros(0), 1.0) == 0.0
    assert strongest_height(grid, np.array([2.0, 8.0]), np.array([1.0, 3.0]), 1.0) == pytest.approx(3.0, abs=1e-3)
    # A line half a width away adds half of its height.
    assert strongest_height(grid, np.array([2.0, 2.0 + half]), np.ones(2), 1.0) == pytest.approx(1.5)
    # Many small lines in one place outdo a single larger one.
    many = np.concatenate((np.full(300, 5.0), np.array([9.0])))
    assert strongest_height(grid, many, np.append(np.full(300, 0.1), 1.0), 1.0) == pytest.approx(30.0, abs=1e-3)


def test_a_coarser_grid_gives_the_same_signal_for_half_of_the_time() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    ppm, area = np.array([1.234, 7.7]), np.array([1.0, 2.0])
    n = grid.length // 8

    fine, coarse = line_signal(grid, ppm, area, n), line_signal(grid, ppm, area, n, coarser=2)

    np.testing.assert_allclose(coarse, fine, atol=0.04)
    np.testing.assert_allclose(coarse[: n // 4], fine[: n // 4], atol=1e-3)
