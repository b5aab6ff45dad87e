"""Several spectra of one series: the compiled loop against that of one spectrum, and what a search finds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from support.mixture_spectra import mixture

from specmol_core.mixtures.balance import reaction_balance
from specmol_core.mixtures.cells import cell_spectrum, grid_of
from specmol_core.mixtures.chain import Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.kernels import sweep
from specmol_core.mixtures.reaction import reaction_species
from specmol_core.mixtures.series_problem import SeriesProblem, SeriesState
from specmol_core.mixtures.signals import Pattern, Signal
from specmol_core.mixtures.templates import Templates, build_templates
from specmol_core.spectra.spectrum import Spectrum

_SINGLE = Pattern(np.zeros(1), np.ones(1))
_CONFIG = QuantifyConfig()


def _signal(ppm: float, nuclei: float, scale: float = 0.05) -> Signal:
    return Signal(ppm, scale, 4.0, nuclei, (), (_SINGLE,))


def _problem(spectra: list[Spectrum], signals: list[list[Signal]], roles: list[float]) -> SeriesProblem:
    grid = grid_of(spectra[0], _CONFIG, (9.0, 0.0))
    cells = [cell_spectrum(spectrum, grid, 18, _CONFIG) for spectrum in spectra]
    return SeriesProblem(cells, build_templates(signals, grid, 1.2), len(signals), _CONFIG, np.array(roles))


def _swept(
    t: Templates, residual: NDArray[np.float64], weight: NDArray[np.float64], strides: NDArray[np.int64],
    temperature: float, drift_reach: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    position, variant = np.round(t.centre).astype(np.int64), np.zeros(len(t.centre), np.int64)
    drift = np.zeros((len(residual), len(position)), np.int64)
    area = np.tile(t.nuclei / 10.5, (len(residual), 1))
    rng = np.random.default_rng(0)
    for _ in range(20):
        uniform = np.concatenate([rng.random((len(position), 2)), np.full((len(position), 2), 0.5)], axis=1)
        sweep(
            residual, weight, strides, t.values, t.table, t.variants, t.centre, t.scale, t.dof, t.reach, t.partner,
            t.gap, t.gap_scale, area, temperature, np.arange(len(position)), uniform, 4.0, drift_reach, position,
            variant, drift,
        )  # fmt: skip
    return position, drift


def test_two_equal_spectra_tell_twice_as_much_as_one() -> None:
    """At twice the temperature they give the draws of one spectrum."""
    spectrum = mixture({"acetone": 1.0, "tert-butyl methyl ether": 0.5})
    problem = _problem([spectrum], [[_signal(2.2, 6)], [_signal(3.2, 3), _signal(1.2, 9)]], [0, 0])
    c, strides = problem.spectrum, np.array(problem.spectrum.grid.strides)

    one, _ = _swept(problem.templates, c.data[None].copy(), c.weight[None], strides, 20.0)
    two, drift = _swept(problem.templates, np.stack([c.data] * 2), np.stack([c.weight] * 2), strides, 40.0)

    assert one.tolist() == two.tolist()
    assert not drift.any()


def test_a_signal_that_moves_between_spectra_is_followed() -> None:
    spectra = [mixture({"acetone": 1.0}), mixture({}, extra=[(2.182, 6, 0, 0.0)])]
    problem = _problem(spectra, [[_signal(2.2, 6)]], [0])
    state = problem.search(np.random.default_rng(0)).best

    assert isinstance(state, SeriesState)
    shifts = [problem.spectrum.grid.ppm(float(state.of_spectrum(n).position[0])) for n in range(2)]
    assert abs(shifts[0] - 2.17) < 0.006
    assert abs(shifts[1] - 2.182) < 0.006


def test_the_signal_that_falls_is_that_of_the_reactant() -> None:
    """Both are predicted at the other's place, and each spectrum alone would assign them so."""
    courses = [(0.9, 0.1), (0.6, 0.4), (0.2, 0.8)]
    spectra = [mixture({}, extra=[(2.20, 3 * a, 0, 0.0), (2.24, 3 * b, 0, 0.0)]) for a, b in courses]
    problem = _problem(spectra, [[_signal(2.24, 3)], [_signal(2.20, 3)]], [-1, 1])

    best = min((problem.search(rng).best for rng in np.random.default_rng(0).spawn(8)), key=lambda s: s.energy)

    fractions = best.amounts / best.amounts.sum(axis=1, keepdims=True)
    assert np.abs(fractions - np.array(courses)).max() < 0.05


def test_the_amounts_follow_the_spectra_from_the_start() -> None:
    spectra = [mixture({}, extra=[(2.20, 1 - x, 0, 0.0), (3.24, x, 0, 0.0)]) for x in (0.1, 0.4, 0.9)]
    problem = _problem(spectra, [[_signal(2.2, 1)], [_signal(3.2, 1)]], [-1, 1])

    for rng in np.random.default_rng(0).spawn(5):
        amounts = problem.random_state(rng).amounts
        assert (np.diff(amounts[:, 0]) < 0).all()
        assert (np.diff(amounts[:, 1]) > 0).all()
        assert np.allclose(amounts.sum(axis=1), 1.0)


def test_searches_at_the_same_time_have_balances_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two spectra of one search, a search with other amounts solves its own state."""
    spectra = [
        mixture({}, extra=[(2.2, 1 - x, 0, 0.0), (3.2, 1 - 0.8 * x, 0, 0.0), (4.2, x, 0, 0.0)]) for x in (0.2, 0.8)
    ]
    problem = _problem(spectra, [[_signal(s, 1)] for s in (2.2, 3.2, 4.2)], [-1, -1, 1])
    problem.balance = reaction_balance(reaction_species("CC(=O)OC(C)=O.CN>>CNC(C)=O")[0], np.arange(3))
    one, other = (problem.random_state(rng) for rng in np.random.default_rng(0).spawn(2))
    other.amounts *= [1.0, 9.0, 1.0]
    alone = one.copy()
    problem.solve(alone)
    columns, waiting = Problem.columns, [other]

    def interrupted(part: Problem, state: State) -> NDArray[np.float64]:
        if waiting:
            problem.solve(waiting.pop())
        return columns(part, state)

    monkeypatch.setattr(Problem, "columns", interrupted)
    problem.solve(one)

    assert not waiting
    assert one.energy == pytest.approx(alone.energy, rel=1e-12)
