from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation import kernels
from specmol_core.simulation.grid import Grid
from specmol_core.simulation.lines import BroadLine
from specmol_core.simulation.lineshape import (
    add_broad_line,
    cell_extremes,
    decay_rates,
    line_signal,
    spectrum,
    strongest_height,
)
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(12.05, -2.0, 2048)


def decay(grid: Grid, samples: int, lorentz: float, gauss: float) -> np.ndarray:
    a, b = decay_rates(grid, lorentz, gauss)
    n = np.arange(samples)
    return np.exp(-a * n - b * n**2)


def padded(grid: Grid, signal: np.ndarray) -> np.ndarray:
    whole = np.zeros(grid.length, np.complex64)
    whole[: len(signal)] = signal
    return whole


def rendered(grid: Grid, ppm: float, lorentz: float, gauss: float) -> np.ndarray:
    samples = grid.length // 2
    signal = line_signal(grid, np.array([ppm]), np.ones(1), samples) * decay(grid, samples, lorentz, gauss)
    return spectrum(grid, padded(grid, signal))


@pytest.mark.slow
@pytest.mark.parametrize(("lorentz", "gauss"), [(0.8, 0.0), (0.5, 0.5), (2.0, 0.3), (0.0, 1.0)])
@pytest.mark.parametrize("mhz", [60.0, 400.0, 1000.0])
def test_line_height_does_not_depend_on_its_position_in_a_cell(lorentz: float, gauss: float, mhz: float) -> None:
    width = 0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + gauss**2)
    grid = Grid.of(AXIS, mhz, width, gauss)

    positions = 5.0 + np.arange(100) / 100 * AXIS.step
    heights = [cell_extremes(grid, rendered(grid, p, lorentz, gauss), signed=False).max() for p in positions]

    assert max(heights) / min(heights) < 1.02


def test_a_line_is_a_lorentzian_of_area_one() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    values = rendered(grid, 4.0, 2.0, 0.0)

    # A slow, direct implementation.
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


def test_broad_line_equals_a_decaying_line() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    n = 3000
    decay_of_line = np.ones(n, np.complex64)

    add_broad_line(grid, decay_of_line, BroadLine(3.2, 2.0, 7.0), 0.1, 1.0)

    slow = line_signal(grid, np.array([3.3]), np.array([2.0]), n) * decay(grid, n, 8.0, 0.0)
    np.testing.assert_allclose(decay_of_line - 1, slow, atol=2e-3)
    assert (decay_of_line[-100:] == 1).all()


@pytest.mark.parametrize("mhz", [60.0, 400.0, 900.0])
def test_spectrum_is_the_real_part_of_the_fourier_transform(mhz: float) -> None:
    grid = Grid.of(AXIS, mhz, 1.3)
    rng = np.random.default_rng(1)
    samples = grid.length // 2 - 7
    signal = (rng.normal(size=samples) + 1j * rng.normal(size=samples)).astype(np.complex64)
    halved = np.concatenate((signal[:1] / 2, signal[1:])).astype(np.complex128)

    found = spectrum(grid, padded(grid, signal), phase_deg=4.0, slope_deg=-6.0)

    whole = (2 * np.fft.ifft(halved, grid.length))[grid.pad : grid.pad + grid.window]
    phase = np.radians(4.0) + np.radians(-6.0) * np.linspace(-0.5, 0.5, grid.window)
    expected = (whole * np.exp(1j * phase)).real
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_decay_shape_is_the_product_of_its_parts() -> None:
    shape, n = np.empty(4000, np.complex64), np.arange(4000)

    total = kernels.decay_shape(shape, 1e-3, 2e-7, 0.2, 1e-5, -0.004, 700, 0.03, 0.05)

    sharp = np.exp(-1e-3 * n - 2e-7 * n**2)
    tail = np.where(n < 700, 0.2 * np.exp(-1e-5 * n**2) * np.exp(-0.004j * n), 0)
    expected = sharp * (0.8 + tail) * (1 + 0.03 * np.cos(0.05 * n))
    np.testing.assert_allclose(shape, expected, atol=1e-6)
    assert total == pytest.approx(np.abs(expected).sum(), rel=1e-6)


def test_noise_is_made_of_decaying_random_bytes() -> None:
    bytes_, signal = np.arange(-100, 100, dtype=np.int8), np.ones(90, np.complex64)

    kernels.add_noise(signal, bytes_, 0.01, 0.02, 80)

    values = (bytes_ + 0.5).reshape(-1, 2)[:80]
    expected = 1 + 0.01 * (values[:, 0] + 1j * values[:, 1]) * np.exp(-0.02 * np.arange(80))
    np.testing.assert_allclose(signal[:80], expected, rtol=1e-5)
    assert (signal[80:] == 1).all()


def test_lines_outside_do_not_fold_in() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)

    for ppm in (-20.0, 15.0, 40.0):
        assert np.abs(line_signal(grid, np.array([ppm]), np.ones(1), 100)).max() == 0


def test_signed_extremes_keep_the_value_farthest_from_zero() -> None:
    grid = Grid.of(PpmAxis(10.0, 0.0, 4), 1.0, 1.0)
    values = np.zeros(grid.window, np.float32)
    values[5], values[grid.points_per_cell + 7], values[grid.points_per_cell + 9] = 2.0, -3.0, 1.0

    assert cell_extremes(grid, values, signed=True).tolist() == [2.0, -3.0, 0.0, 0.0]
    assert cell_extremes(grid, values, signed=False).tolist() == [2.0, 1.0, 0.0, 0.0]


def test_the_strongest_height_counts_overlap() -> None:
    grid = Grid.of(AXIS, 400.0, 1.0)
    half = 0.5 / 400.0

    assert strongest_height(grid, np.zeros(0), np.zeros(0), 1.0) == 0.0
    assert strongest_height(grid, np.array([2.0, 8.0]), np.array([1.0, 3.0]), 1.0) == pytest.approx(3.0, abs=1e-3)
    # A line half a width away adds half of its height.
    assert strongest_height(grid, np.array([2.0, 2.0 + half]), np.ones(2), 1.0) == pytest.approx(1.5)
    # Many small lines at one position exceed a single larger line.
    many = np.concatenate((np.full(300, 5.0), np.array([9.0])))
    assert strongest_height(grid, many, np.append(np.full(300, 0.1), 1.0), 1.0) == pytest.approx(30.0, abs=1e-3)


def test_coarser_grid_gives_nearly_the_same_signal() -> None:
    grid = Grid.of(AXIS, 400.0, 2.0)
    ppm, area = np.array([1.234, 7.7]), np.array([1.0, 2.0])
    n = grid.length // 8

    fine, coarse = line_signal(grid, ppm, area, n), line_signal(grid, ppm, area, n, coarsening=2)

    np.testing.assert_allclose(coarse, fine, atol=0.04)
    np.testing.assert_allclose(coarse[: n // 4], fine[: n // 4], atol=1e-3)


@pytest.mark.parametrize("noise_step", [1, 3, 100])
@pytest.mark.parametrize("signed", [True, False])
def test_cell_maxima_match_a_slow_implementation(signed: bool, noise_step: int) -> None:
    grid = Grid.of(PpmAxis(10.0, 0.0, 64), 100.0, 1.0)
    rng = np.random.default_rng(2)
    x = np.arange(grid.window)
    values = rng.normal(0, 0.01, grid.window)
    for position, height in ((200.3, 1.0), (403.6, -0.7), (811.1, 0.4)):
        values += height / (1 + ((x - position) / 2) ** 2)
    values = values.astype(np.float32)

    found = cell_extremes(grid, values, signed=signed, noise_step=noise_step, line=0.1)

    assert grid.points_per_cell > 12
    step = min(
        (k for k in range(1, grid.points_per_cell + 1) if grid.points_per_cell % k == 0),
        key=lambda k: abs(np.log(k / noise_step)),
    )

    def top(rows: np.ndarray, cell: int) -> float:
        at = cell * grid.points_per_cell + int(
            rows[cell * grid.points_per_cell : (cell + 1) * grid.points_per_cell].argmax()
        )
        if not rows[at] > 0.1:
            return float(rows[cell * grid.points_per_cell : (cell + 1) * grid.points_per_cell][step // 2 :: step].max())
        left, right = rows[max(at - 1, 0)], rows[min(at + 1, len(rows) - 1)]
        if left < rows[at] >= right and min(left, right) > 0.4 * rows[at]:
            a, b, c = 1 / left, 1 / rows[at], 1 / right
            return float(1 / (b - (a - c) ** 2 / (8 * (a + c - 2 * b))))
        return float(rows[at])

    up = np.array([top(values.astype(np.float64), cell) for cell in range(64)])
    down = np.array([top(-values.astype(np.float64), cell) for cell in range(64)])
    np.testing.assert_allclose(found, np.where(signed & (down > up), -down, up), rtol=1e-3)
