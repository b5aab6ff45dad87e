from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.config import SimulationConfig
from specmol_core.data.simulate import AtomShifts, SimulatedPair, simulate

EXACT = SimulationConfig(
    h1_error_ppm=0.0,
    c13_error_ppm=0.0,
    exchangeable_error_ppm=0.0,
    exchangeable_missing=0.0,
    impurity_probability=0.0,
    baseline_roll=0.0,
    h1_noise=(1e-9, 1e-9),
    c13_noise=(1e-9, 1e-9),
)
ETHANOL = AtomShifts({0: 18.2, 1: 58.3}, {0: [1.2, 1.2, 1.2], 1: [3.7, 3.7], 2: [5.0]})


def draw(smiles: str, shifts: AtomShifts, settings: SimulationConfig = EXACT, seed: int = 0) -> SimulatedPair:
    return simulate(Chem.MolFromSmiles(smiles), shifts, np.random.default_rng(seed), settings)


def near(trace: np.ndarray, nucleus: str, ppm: float, half: float) -> np.ndarray:
    return trace[np.abs(EXACT.axis(nucleus).grid() - ppm) < half]


@pytest.mark.parametrize(("proton", "carbon"), [(0.9, 8.1), (3.39, 49.9), (7.26, 128.4), (11.8, 210.0)])
def test_a_line_stands_at_its_shift(proton: float, carbon: float) -> None:
    pair = draw("C", AtomShifts({0: carbon}, {0: [proton] * 4}))

    for nucleus, trace, ppm in (("1H", pair.h1_trace, proton), ("13C", pair.c13_trace, carbon)):
        axis = EXACT.axis(nucleus)
        assert trace.argmax() == int(axis.position(ppm))
        assert trace.max() == pytest.approx(1.0, abs=1e-6)
    assert pair.h1_peaks.tolist() == [[np.float32(proton), 4.0]]
    assert pair.c13_peaks.tolist() == [[np.float32(carbon), 1.0]]


def test_shape_and_finiteness() -> None:
    settings = replace(SimulationConfig(), points=512)

    pair = draw("CCO", ETHANOL, settings)

    for trace in (pair.h1_trace, pair.c13_trace):
        assert trace.shape == (512,)
        assert trace.dtype == np.float32
        assert np.isfinite(trace).all()


def test_area_follows_the_number_of_protons() -> None:
    """Methyl tert-butyl ether: 9 protons at 1.2 ppm, 3 at 3.2 ppm, in lines wide against a point."""
    shifts = AtomShifts({}, {0: [3.2] * 3, **{i: [1.2] * 3 for i in (3, 4, 5)}})
    settings = replace(EXACT, h1_width_hz=(6.0, 6.0))

    ratios = []
    for seed in range(40):
        trace = draw("COC(C)(C)C", shifts, settings, seed).h1_trace
        ratios.append(near(trace, "1H", 1.2, 0.5).sum() / near(trace, "1H", 3.2, 0.5).sum())

    assert np.mean(ratios) == pytest.approx(3.0, rel=0.08)


def test_an_exchangeable_proton_has_the_area_of_any_other() -> None:
    settings = replace(EXACT, frequencies_mhz=(400.0,), h1_width_hz=(40.0, 40.0), exchangeable_width_ppm=(0.1, 0.1))
    ratios = []
    for seed in range(40):
        trace = draw("CCO", AtomShifts({}, {0: [1.2] * 3, 2: [6.0]}), settings, seed).h1_trace
        ratios.append(near(trace, "1H", 6.0, 2.0).sum() / near(trace, "1H", 1.2, 2.0).sum())

    assert np.mean(ratios) == pytest.approx(1 / 3, rel=0.05)


def test_equivalent_carbons_share_a_line() -> None:
    """Acetone: the two methyl carbons stand together at their mean."""
    pair = draw("CC(C)=O", AtomShifts({0: 30.0, 1: 206.0, 2: 31.0}))

    assert pair.c13_peaks.tolist() == [[30.5, 2.0], [206.0, 1.0]]
    lines = pair.c13_trace
    tops = np.flatnonzero((lines[1:-1] > lines[:-2]) & (lines[1:-1] > lines[2:]) & (lines[1:-1] > 0.05)) + 1
    np.testing.assert_allclose(EXACT.axis("13C").grid()[tops], [206.0, 30.5], atol=0.12)


def test_carbons_without_hydrogen_are_weak() -> None:
    heights = [
        near(draw("CC(C)=O", AtomShifts({0: 30.0, 1: 206.0, 2: 30.0}), seed=s).c13_trace, "13C", 206.0, 1.0).max()
        for s in range(30)
    ]

    # 0.15 to 0.6 of one carbon, beside a line of two.
    assert 0.1 < np.mean(heights) < 0.3


def test_the_quartet_of_ethanol_has_its_spacing() -> None:
    settings = replace(EXACT, frequencies_mhz=(300.0,), h1_width_hz=(0.8, 0.8), exchangeable_missing=1.0, points=8192)
    pair = draw("CCO", ETHANOL, settings)
    grid = settings.axis("1H").grid()

    trace = pair.h1_trace
    tops = np.flatnonzero((trace[1:-1] > trace[:-2]) & (trace[1:-1] > trace[2:]) & (trace[1:-1] > 0.05)) + 1
    quartet = grid[tops][np.abs(grid[tops] - 3.7) < 0.1]
    triplet = grid[tops][np.abs(grid[tops] - 1.2) < 0.1]

    assert (len(quartet), len(triplet)) == (4, 3)
    np.testing.assert_allclose(-np.diff(quartet) * 300, 7.0, atol=1.8)
    assert quartet.mean() == pytest.approx(3.7, abs=0.003)
    assert len(tops) == 7


def test_the_seed_is_the_only_chance() -> None:
    one, again, other = (draw("CCO", ETHANOL, SimulationConfig(), seed) for seed in (4, 4, 5))

    for name in ("h1_trace", "c13_trace", "h1_peaks", "c13_peaks"):
        assert getattr(one, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(one, name).tobytes() != getattr(other, name).tobytes()


def test_exchangeable_protons_may_be_missing() -> None:
    seen = draw("CCO", ETHANOL).h1_trace
    unseen = draw("CCO", ETHANOL, replace(EXACT, exchangeable_missing=1.0)).h1_trace

    assert near(seen, "1H", 5.0, 0.05).max() > 0.01
    assert near(unseen, "1H", 5.0, 0.05).max() < 0.001
    assert near(unseen, "1H", 3.7, 0.05).max() > 0.1


def test_their_protons_are_no_peaks_to_learn() -> None:
    assert sorted(draw("CCO", ETHANOL).h1_peaks[:, 1].tolist()) == [2.0, 3.0]


def test_noise_is_drawn_from_its_range() -> None:
    settings = replace(EXACT, h1_noise=(0.002, 0.05), c13_noise=(0.01, 0.01))
    sigmas = {"1H": [], "13C": []}
    for seed in range(30):
        pair = draw("CCO", ETHANOL, settings, seed)
        sigmas["1H"].append(near(pair.h1_trace, "1H", 10.0, 1.5).std())
        sigmas["13C"].append(near(pair.c13_trace, "13C", 180.0, 30).std())

    assert 0.002 * 0.8 < min(sigmas["1H"]) < 0.006
    assert 0.02 < max(sigmas["1H"]) < 0.05 * 1.2
    np.testing.assert_allclose(sigmas["13C"], 0.01, rtol=0.2)


def test_errors_of_the_shifts_have_their_size() -> None:
    settings = replace(EXACT, h1_error_ppm=0.2, c13_error_ppm=2.0)
    pairs = [draw("C", AtomShifts({0: 50.0}, {0: [4.0] * 4}), settings, seed) for seed in range(200)]

    for peaks, mean, sigma in (([p.h1_peaks for p in pairs], 4.0, 0.2), ([p.c13_peaks for p in pairs], 50.0, 2.0)):
        shifts = np.array([p[0, 0] for p in peaks])
        assert shifts.std() == pytest.approx(sigma, rel=0.2)
        assert shifts.mean() == pytest.approx(mean, abs=sigma / 4)


def test_impurities_are_drawn_and_never_reported() -> None:
    pair = draw("C", AtomShifts({0: 20.0}, {0: [3.0] * 4}), replace(EXACT, impurity_probability=1.0))

    for ppm in (7.26, 1.56, 0.0):
        assert near(pair.h1_trace, "1H", ppm, 0.1).max() > 0.04
    for ppm in (77.16, 0.0):
        assert near(pair.c13_trace, "13C", ppm, 0.3).max() > 0.04
    assert len(pair.h1_peaks) == len(pair.c13_peaks) == 1


def test_lines_outside_the_window_do_not_fold_in() -> None:
    pair = draw("CCO", AtomShifts({0: 300.0, 1: 20.0}, {0: [15.0] * 3, 1: [3.0] * 2}))

    assert pair.c13_trace.argmax() == int(EXACT.axis("13C").position(20.0))
    assert near(pair.c13_trace, "13C", 200.0, 29).max() < 1e-3
    assert near(pair.h1_trace, "1H", 3.0, 0.1).max() > 0.9
    assert near(pair.h1_trace, "1H", 9.0, 2.9).max() < 1e-3


def test_a_molecule_without_protons_gives_an_empty_trace() -> None:
    pair = draw("O=C=O", AtomShifts({1: 125.0}))

    assert len(pair.h1_peaks) == 0
    assert np.abs(pair.h1_trace).max() < 1e-6
    assert pair.c13_trace.argmax() == int(EXACT.axis("13C").position(125.0))
