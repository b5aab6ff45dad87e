"""Profiles: area, place, and agreement with a trace that is computed plainly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from support.mixture_spectra import MHZ, mixture

from specmol_core.mixtures.cells import CellGrid, cell_spectrum, grid_of
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.kernels import species_columns
from specmol_core.mixtures.signals import Pattern, Signal
from specmol_core.mixtures.templates import Templates, build_templates


def _column(templates: Templates, grid: CellGrid) -> np.ndarray:
    columns = np.zeros((2, 1, grid.cells))
    position = np.round(templates.centre).astype(np.int64)
    species_columns(
        templates.values,
        templates.table,
        templates.owner,
        templates.nuclei,
        position,
        np.zeros(len(position), int),
        columns,
    )
    return columns[:, 0]


def test_the_profile_of_a_multiplet_is_that_of_its_spectrum() -> None:
    config = QuantifyConfig()
    spectrum = mixture({"isopropanol": 1.0}, noise=1e-6)
    grid = grid_of(spectrum, config, (9.0, 0.0))
    doublet = Pattern(np.array([3.05, -3.05]) / MHZ, np.array([3.0, 3.0]))
    share = np.array([1, 6, 15, 20, 15, 6, 1]) / 64
    septet = Pattern(np.arange(3, -4, -1) * 6.1 / MHZ, share)
    signals = [[Signal(4.02, 0.05, 4.0, 1.0, (), (septet,)), Signal(1.20, 0.05, 4.0, 6.0, (), (doublet,))]]

    columns = _column(build_templates(signals, grid, 1.2), grid) / 7
    data = cell_spectrum(spectrum, grid, 7, config).data

    for scale in range(2):
        assert np.abs(columns[scale] - data[scale]).max() < 0.05 * data[scale].max()


def test_a_measured_part_keeps_its_own_width() -> None:
    config = QuantifyConfig()
    grid = grid_of(mixture({"acetone": 1.0}), config, (9.0, 0.0))
    areas = gaussian_filter1d(np.eye(1, 41, 20)[0], 4.0)
    part = Pattern((20 - np.arange(41)) * grid.step, areas, measured=True)
    signal = Signal(grid.ppm(500.0), 0.01, 4.0, 1.0, (), (part,))

    column = _column(build_templates([[signal]], grid, 1.2), grid)[0]

    expected = np.zeros(grid.cells)
    expected[480:521] = areas / areas.sum()
    assert column == pytest.approx(gaussian_filter1d(expected, grid.blur[0]), abs=1e-3)


def test_areas_are_numbers_of_nuclei() -> None:
    grid = grid_of(mixture({"acetone": 1.0}), QuantifyConfig(), (9.0, 0.0))
    single = Pattern(np.zeros(1), np.ones(1))
    signals = [[Signal(5.0, 0.05, 4.0, 6.0, (), (single,)), Signal(4.0, 0.05, 4.0, 2.0, (), (single,))]]

    assert _column(build_templates(signals, grid, 1.2), grid).sum(axis=1) == pytest.approx([8.0, 8.0], rel=1e-6)


def test_each_form_has_a_column_of_its_own() -> None:
    grid = grid_of(mixture({"acetone": 1.0}), QuantifyConfig(), (9.0, 0.0))
    single = Pattern(np.zeros(1), np.ones(1))
    first, second = (Signal(2.0, 0.05, 4.0, 3.0, (), (single,), form=form) for form in (0, 1))

    templates = build_templates([[first, second], [first]], grid, 1.2)

    assert templates.owner.tolist() == [0, 1, 2]
    assert templates.parent.tolist() == [0, 0, 1]


def test_all_signals_follow_the_axis() -> None:
    grid = grid_of(mixture({"acetone": 1.0}), QuantifyConfig(), (9.0, 0.0))
    signal = Signal(2.0, 0.05, 4.0, 3.0, (), (Pattern(np.zeros(1), np.ones(1)),))

    moved = build_templates([[signal]], grid, 1.2, -0.15)

    assert grid.ppm(float(moved.centre[0] + moved.fraction[0])) == pytest.approx(1.85, abs=1e-6)
