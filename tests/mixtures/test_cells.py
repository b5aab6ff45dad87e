"""Areas in cells: nothing is lost, and what says nothing has no weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.mixture_spectra import MHZ, mixture

from specmol_core.mixtures.cells import cell_areas, cell_spectrum, grid_of, line_width_hz
from specmol_core.mixtures.config import QuantifyConfig

_CONFIG = QuantifyConfig()


def test_the_areas_of_cells_are_those_of_the_lines() -> None:
    spectrum = mixture({"acetone": 1.0, "tert-butyl methyl ether": 1.0}, noise=1e-6)
    grid = grid_of(spectrum, _CONFIG, (9.0, 0.0))
    areas, _ = cell_areas(spectrum, grid)
    ppm = grid.centres()

    acetone, methoxy = (float(areas[np.abs(ppm - at) < 0.2].sum()) for at in (2.17, 3.22))
    assert acetone / methoxy == pytest.approx(2.0, rel=0.01)


def test_a_sloping_baseline_is_removed_and_a_crowd_of_lines_is_not() -> None:
    spectrum = mixture({"acetone": 1.0}, noise=1e-6)
    tilted = replace(
        spectrum, intensities=spectrum.intensities + np.linspace(4e4, 0, spectrum.axis.points).astype(np.float32)
    )
    grid = grid_of(spectrum, _CONFIG, (9.0, 0.0))
    flat, slope = (cell_areas(s, grid)[0] for s in (spectrum, tilted))
    near = np.abs(grid.centres() - 2.17) < 0.1

    assert float(slope[near].sum()) == pytest.approx(float(flat[near].sum()), rel=0.05)


def test_a_trough_and_its_surroundings_have_no_weight() -> None:
    spectrum = mixture({"acetone": 1.0})
    trace = spectrum.intensities.copy()
    trace[np.abs(spectrum.axis.grid() - 4.8) < 0.02] -= 5e5
    grid = grid_of(spectrum, _CONFIG, (9.0, 0.0))

    cells = cell_spectrum(replace(spectrum, intensities=trace), grid, 6, _CONFIG)

    at = np.argmin(np.abs(grid.centres() - 4.8))
    assert cells.weight[0][at] == 0
    assert cells.weight[0][np.argmin(np.abs(grid.centres() - 2.17))] > 0
    (high, low), *others = cells.excluded
    assert not others
    assert high > 4.8 > low


def test_excluded_ranges_have_no_weight() -> None:
    spectrum = mixture({"acetone": 1.0})
    grid = grid_of(spectrum, _CONFIG, (9.0, 0.0))
    cells = cell_spectrum(spectrum, grid, 6, _CONFIG, ((4.0, 3.0),))

    inside = (grid.centres() < 4.0) & (grid.centres() > 3.0)
    assert not cells.weight[:, inside].any()
    assert cells.weight[:, ~inside].all()


@pytest.mark.parametrize("width", [0.8, 2.0, 4.0])
def test_the_width_of_lines_is_measured(width: float) -> None:
    spectrum = mixture({"acetone": 1.0, "ethyl acetate": 1.0}, width_hz=width, points=65_536)

    assert line_width_hz(spectrum) == pytest.approx(width, rel=0.15)


def test_a_cell_and_its_shift_belong_together() -> None:
    grid = grid_of(mixture({"acetone": 1.0}), _CONFIG, (9.0, 0.0))

    assert grid.cell(grid.ppm(17.25)) == pytest.approx(17.25)
    assert grid.centres()[3] == pytest.approx(grid.ppm(3.0))
    assert grid.mhz == MHZ
