"""The compiled loops against plain numpy, and what a search finds."""

from __future__ import annotations

import numpy as np
import pytest
from support.mixture_spectra import mixture

from specmol_core.mixtures.cells import cell_spectrum, grid_of
from specmol_core.mixtures.chain import Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.crossing import crossed_states
from specmol_core.mixtures.kernels import species_columns, sweep
from specmol_core.mixtures.signals import Pattern, Signal
from specmol_core.mixtures.templates import build_templates

_SINGLE = Pattern(np.zeros(1), np.ones(1))


def _signal(ppm: float, nuclei: float, scale: float = 0.05) -> Signal:
    return Signal(ppm, scale, 4.0, nuclei, (), (_SINGLE,))


def _problem() -> Problem:
    config = QuantifyConfig()
    spectrum = mixture({"acetone": 1.0, "tert-butyl methyl ether": 0.5})
    grid = grid_of(spectrum, config, (9.0, 0.0))
    signals = [[_signal(2.2, 6)], [_signal(3.2, 3), _signal(1.2, 9)]]
    return Problem(cell_spectrum(spectrum, grid, 18, config), build_templates(signals, grid, 1.2), 2, config)


@pytest.mark.slow
def test_the_draw_of_a_position_follows_residual_and_prediction() -> None:
    """The probability of each position, counted over many sweeps, is that of a plain computation."""
    problem = _problem()
    t, c = problem.templates, problem.spectrum
    area = np.array([1.0, 0.0, 0.0]) * 6 / 10.5
    strides = np.array(c.grid.strides)
    logs = []
    low = int(t.centre[0]) - int(t.reach[0])
    places = range(low, low + 2 * int(t.reach[0]) + 1)
    for place in places:
        columns = np.zeros((2, 2, c.grid.cells))
        position = np.array([place, int(t.centre[1]), int(t.centre[2])])
        species_columns(t.values, t.table, t.owner, t.nuclei, position, np.zeros(3, np.int64), columns)
        rest = c.data - columns[:, 0] / 6 * area[0]
        cost = sum(0.5 * float((c.weight[s] * rest[s] ** 2)[:: strides[s]].sum()) for s in range(2))
        z = (place - t.centre[0]) / t.scale[0]
        logs.append(-cost / 20.0 - 0.5 * 5.0 * np.log1p(z * z / 4.0))
    probability = np.exp(np.array(logs) - max(logs))
    probability /= probability.sum()
    rng = np.random.default_rng(1)
    counts = np.zeros(len(probability))
    position, variant = np.round(t.centre).astype(np.int64), np.zeros(3, np.int64)
    for _ in range(4000):
        columns = np.zeros((2, 2, c.grid.cells))
        species_columns(t.values, t.table, t.owner, t.nuclei, position, variant, columns)
        sweep(
            (c.data - columns[:, 0] / 6 * area[0])[None], c.weight[None], strides, t.values, t.table, t.variants,
            t.centre, t.scale, t.dof, t.reach, t.partner, t.gap, t.gap_scale, area[None], 20.0, np.array([0]),
            rng.random((3, 2)), 1.0, 0, position, variant, np.zeros((1, 3), np.int64),
        )  # fmt: skip
        counts[position[0] - low] += 1

    assert np.abs(np.cumsum(counts / 4000) - np.cumsum(probability)).max() < 0.03


@pytest.mark.slow
def test_a_search_finds_the_places_of_the_signals() -> None:
    problem = _problem()

    best = problem.search(np.random.default_rng(0)).best

    shifts = [problem.spectrum.grid.ppm(float(p)) for p in best.position + problem.templates.fraction]
    assert shifts == pytest.approx([2.17, 3.22, 1.19], abs=0.006)
    assert best.amounts[0] / best.amounts[1] == pytest.approx(2.0, rel=0.03)


def test_equal_seeds_give_equal_searches() -> None:
    first, second = (_problem().search(np.random.default_rng(3)) for _ in range(2))

    assert np.array_equal(first.amounts, second.amounts)


def test_the_energy_of_a_wrong_place_is_higher() -> None:
    problem = _problem()
    right = problem.search(np.random.default_rng(0), _state(problem)).best
    wrong = State(right.position + np.array([20, 0, 0]), right.variant, right.amounts.copy())
    problem._finish(wrong, np.random.default_rng(0))

    assert wrong.energy > right.energy + 20


@pytest.mark.slow
def test_two_protons_of_one_carbon_stay_together() -> None:
    """Both predictions are wrong by the same error: the second signal follows the first."""
    config = QuantifyConfig()
    spectrum = mixture({"acetone": 1.0}, extra=[(2.60, 1, 0, 0.0)])
    grid = grid_of(spectrum, config, (9.0, 0.0))
    pair = [Signal(ppm, 0.1, 4.0, 1.0, (3,), (_SINGLE,)) for ppm in (2.38, 2.37)]
    templates = build_templates([pair], grid, 1.2)
    problem = Problem(cell_spectrum(spectrum, grid, 2, config), templates, 1, config)
    state = State(np.round(templates.centre).astype(np.int64), np.zeros(2, np.int64), np.full(1, 0.1))
    state.position[0] = round(grid.cell(2.60))
    apart, together = state.copy(), state.copy()
    together.position[1] = state.position[0]

    near, far = (problem._shift_cost(s, s.amounts) for s in (together, apart))

    z = abs(templates.centre[1] - state.position[0]) / templates.scale[0]
    alone = 0.5 * 5 * np.log1p(z * z / 4)
    assert near - far < alone - 5


def test_states_exchange_the_places_of_single_species() -> None:
    problem = _problem()
    best = problem.search(np.random.default_rng(0)).best
    first, second = best.copy(), best.copy()
    first.position[0] += 60
    second.position[1:] += 60

    crossed = crossed_states(problem, [first, second])

    assert [s.energy for s in crossed] == pytest.approx([best.energy] * 2, abs=2.0)


def test_an_absent_species_has_no_amount() -> None:
    problem = _problem()
    problem.absent[1] = True

    chain = problem.search(np.random.default_rng(0))

    assert not chain.amounts[:, 1].any()
    assert chain.best.amounts[0] > 0


def _state(problem: Problem) -> State:
    t = problem.templates
    return State(np.round(t.centre).astype(np.int64), np.zeros(3, np.int64), np.full(2, 0.1))
