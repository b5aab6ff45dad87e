from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.ranges import IDEAL, LogNormal
from specmol_core.simulation.simulate import EXPERIMENTS, PARAMETERS, SimulatedPair, simulate

EXACT = SimulationConfig(h1_error_ppm=0.0, c13_error_ppm=0.0, ranges=IDEAL)
ETHANOL = AtomShifts({0: 18.2, 1: 58.3}, {0: [1.2, 1.2, 1.2], 1: [3.7, 3.7], 2: [5.0]})


def draw(smiles: str, shifts: AtomShifts, settings: SimulationConfig = EXACT, seed: int = 0) -> SimulatedPair:
    return simulate(Chem.MolFromSmiles(smiles), shifts, np.random.default_rng(seed), settings)


def near(trace: np.ndarray, nucleus: str, ppm: float, half: float) -> np.ndarray:
    return trace[np.abs(EXACT.axis(nucleus).grid() - ppm) < half]


@pytest.mark.parametrize(("proton", "carbon"), [(0.9, 8.1), (3.39, 49.9), (7.26, 128.4), (11.8, 210.0)])
def test_line_is_at_its_shift(proton: float, carbon: float) -> None:
    pair = draw("C", AtomShifts({0: carbon}, {0: [proton] * 4}))

    for nucleus, trace, ppm in (("1H", pair.h1_trace, proton), ("13C", pair.c13_trace, carbon)):
        axis = EXACT.axis(nucleus)
        assert trace.argmax() == int(axis.position(ppm))
        assert trace.max() == 1.0
    assert pair.h1_peaks.tolist() == [[np.float32(proton), 4.0]]
    assert pair.c13_peaks.tolist() == [[np.float32(carbon), 1.0]]
    assert (pair.h1_atoms, pair.c13_atoms) == (((0,),), ((0,),))


def test_shape_and_finiteness() -> None:
    pair = draw("CCO", ETHANOL, SimulationConfig(points=512))

    for trace in (pair.h1_trace, pair.c13_trace):
        assert trace.shape == (512,)
        assert trace.dtype == np.float32
        assert np.isfinite(trace).all()


@pytest.mark.parametrize("frequency", [60.0, 1000.0])
def test_fields_from_60_to_1000_mhz(frequency: float) -> None:
    pair = draw("CCO", ETHANOL, SimulationConfig(frequency_mhz=frequency))

    assert pair.h1_trace.max() == 1.0
    assert pair.parameters["h1_mhz"] == frequency
    assert pair.parameters["c13_mhz"] == pytest.approx(frequency * 0.2514502)


def test_area_follows_the_number_of_protons() -> None:
    """Methyl tert-butyl ether: 9 protons at 1.2 ppm, 3 at 3.2 ppm, in lines wider than a point."""
    shifts = AtomShifts({}, {0: [3.2] * 3, **{i: [1.2] * 3 for i in (3, 4, 5)}})
    settings = replace(EXACT, ranges=replace(IDEAL, h1=replace(IDEAL.h1, lorentz_hz=LogNormal(8.0))))

    trace = draw("COC(C)(C)C", shifts, settings).h1_trace
    assert near(trace, "1H", 1.2, 0.5).sum() / near(trace, "1H", 3.2, 0.5).sum() == pytest.approx(3.0, rel=0.03)


def test_equivalent_carbons_share_a_line() -> None:
    """Acetone: the two methyl carbons have one line at their mean shift."""
    pair = draw("CC(C)=O", AtomShifts({0: 30.0, 1: 206.0, 2: 31.0}))

    assert pair.c13_peaks.tolist() == [[30.5, 2.0], [206.0, 1.0]]
    assert pair.c13_atoms == ((0, 2), (1,))
    lines = pair.c13_trace
    tops = np.flatnonzero((lines[1:-1] > lines[:-2]) & (lines[1:-1] > lines[2:]) & (lines[1:-1] > 0.05)) + 1
    np.testing.assert_allclose(EXACT.axis("13C").grid()[tops], [206.0, 30.5], atol=0.12)


def test_quartet_of_ethanol_has_the_right_spacing() -> None:
    settings = replace(EXACT, frequency_mhz=300.0, points=8192)
    settings = replace(settings, ranges=replace(IDEAL, exchange=replace(IDEAL.exchange, missing_probability=1.0)))
    pair = draw("CCO", ETHANOL, settings)
    grid = settings.axis("1H").grid()

    trace = pair.h1_trace
    tops = np.flatnonzero((trace[1:-1] > trace[:-2]) & (trace[1:-1] > trace[2:]) & (trace[1:-1] > 0.05)) + 1
    quartet = grid[tops][np.abs(grid[tops] - 3.7) < 0.1]
    triplet = grid[tops][np.abs(grid[tops] - 1.2) < 0.1]

    assert (len(quartet), len(triplet)) == (4, 3)
    np.testing.assert_allclose(-np.diff(quartet) * 300, 7.0, atol=1.8)
    assert quartet.mean() == pytest.approx(3.7, abs=0.003)


def test_result_depends_only_on_the_seed() -> None:
    one, repeated, other = (draw("CCO", ETHANOL, SimulationConfig(), seed) for seed in (4, 4, 5))

    for name in ("h1_trace", "c13_trace", "h1_peaks", "c13_peaks", "parameters"):
        assert getattr(one, name).tobytes() == getattr(repeated, name).tobytes()
        assert getattr(one, name).tobytes() != getattr(other, name).tobytes()


def test_exchangeable_protons_may_be_missing() -> None:
    gone = replace(EXACT, ranges=replace(IDEAL, exchange=replace(IDEAL.exchange, missing_probability=1.0)))
    seen, unseen = draw("CCO", ETHANOL).h1_trace, draw("CCO", ETHANOL, gone).h1_trace

    assert near(seen, "1H", 5.0, 0.05).max() > 0.01
    assert near(unseen, "1H", 5.0, 0.05).max() < 0.001
    assert near(unseen, "1H", 3.7, 0.05).max() > 0.1


def test_exchangeable_protons_are_not_in_the_peak_list() -> None:
    assert sorted(draw("CCO", ETHANOL).h1_peaks[:, 1].tolist()) == [2.0, 3.0]


def test_peaks_refer_to_the_recorded_axis() -> None:
    """With a wrong reference the lines are shifted, and the peak list has the shifted positions."""
    wrong = replace(IDEAL, h1=replace(IDEAL.h1, reference_ppm=0.1), c13=replace(IDEAL.c13, reference_ppm=1.0))
    pair = draw("C", AtomShifts({0: 50.0}, {0: [4.0] * 4}), replace(EXACT, ranges=wrong), seed=1)

    assert pair.h1_peaks[0, 0] == pytest.approx(4.0 + pair.parameters["h1_reference_ppm"])
    assert abs(pair.h1_peaks[0, 0] - 4.0) > 0.01
    for nucleus, trace, peaks in (("1H", pair.h1_trace, pair.h1_peaks), ("13C", pair.c13_trace, pair.c13_peaks)):
        assert trace.argmax() == int(EXACT.axis(nucleus).position(float(peaks[0, 0])))


@pytest.mark.slow
def test_uncertainties_of_the_prediction_are_used() -> None:
    shifts = AtomShifts({0: 50.0}, {0: [4.0] * 4}, {0: 2.0}, {0: 0.2})
    peaks = np.array([draw("C", shifts, seed=s).c13_peaks[0, 0] for s in range(200)])

    assert np.median(np.abs(peaks - 50)) == pytest.approx(0.74 * 2.0, rel=0.3)


def test_dept_135_signs() -> None:
    """Ethylbenzene: CH2 is negative, CH and CH3 positive, quaternary carbon and solvent absent."""
    shifts = AtomShifts({0: 15.6, 1: 28.9, 2: 144.3, 3: 127.9, 4: 128.9, 5: 125.6, 6: 128.9, 7: 127.9},
                        {0: [1.2] * 3, 1: [2.6] * 2, **{i: [7.2] for i in range(3, 8)}})  # fmt: skip
    ranges = replace(IDEAL, c13=replace(IDEAL.c13, solvent_probability=1.0, solvent_height=LogNormal(1.0)))
    pair = draw("CCc1ccccc1", shifts, replace(EXACT, experiment="DEPT-135", ranges=ranges))
    trace = pair.c13_trace

    assert near(trace, "13C", 28.9, 0.3).min() < -0.3
    for ppm in (15.6, 125.6, 127.9, 128.9):
        assert near(trace, "13C", ppm, 0.3).max() > 0.3
    for ppm in (144.3, 77.16):
        assert np.abs(near(trace, "13C", ppm, 1.0)).max() < 0.02
    assert sorted(pair.c13_peaks[:, 0].round(1).tolist()) == pytest.approx([15.6, 28.9, 125.6, 127.9, 128.9])
    assert pair.parameters["experiment"] == b"DEPT-135"


def test_every_experiment_of_a_molecule_without_ch() -> None:
    """Ethanol has no CH, so its DEPT-90 spectrum is empty."""
    shifts = AtomShifts({0: 20.0, 1: 30.0}, {0: [1.0] * 3, 1: [2.0] * 2})
    for experiment in EXPERIMENTS:
        pair = draw("CCO", shifts, replace(EXACT, experiment=experiment))
        assert (len(pair.c13_peaks) == 0) == (experiment == "DEPT-90")
        assert pair.c13_trace.any() == (experiment != "DEPT-90")


def test_a_chosen_solvent_shows_its_lines() -> None:
    shown = replace(IDEAL, c13=replace(IDEAL.c13, solvent_probability=1.0, solvent_height=LogNormal(0.5)))
    pair = draw("CCO", ETHANOL, replace(EXACT, solvent="DMSO-d6", ranges=shown))

    assert near(pair.c13_trace, "13C", 39.52, 0.4).max() > 0.3
    assert pair.parameters["solvent"] == b"DMSO-d6"
    assert pair.parameters["c13_solvent_height"] == 0.5


def test_satellites_of_a_strong_line() -> None:
    """Satellites of 0.5 % are at half of 125 Hz on either side of a methyl singlet."""
    settings = replace(EXACT, points=16384, ranges=replace(IDEAL, satellites=True))
    trace = draw("CC(C)=O", AtomShifts({}, {0: [2.0] * 3, 2: [2.0] * 3}), settings).h1_trace
    grid = settings.axis("1H").grid()

    for side in (-1, 1):
        satellite_ppm = 2.0 + side * 125 / 2 / 400
        part = np.abs(grid - satellite_ppm) < 0.01
        assert grid[part][trace[part].argmax()] == pytest.approx(satellite_ppm, abs=0.002)
        assert trace[part].max() == pytest.approx(0.0054, rel=0.1)


def test_lines_outside_the_window_do_not_fold_in() -> None:
    pair = draw("CCO", AtomShifts({0: 300.0, 1: 20.0}, {0: [15.0] * 3, 1: [3.0] * 2}))

    assert pair.c13_trace.argmax() == int(EXACT.axis("13C").position(20.0))
    assert near(pair.c13_trace, "13C", 200.0, 29).max() < 1e-3
    assert near(pair.h1_trace, "1H", 3.0, 0.1).max() > 0.9
    assert near(pair.h1_trace, "1H", 9.0, 2.9).max() < 1e-3


def test_a_molecule_without_protons_gives_an_empty_trace() -> None:
    pair = draw("O=C=O", AtomShifts({1: 125.0}), SimulationConfig())

    assert len(pair.h1_peaks) == 0
    assert not pair.h1_trace.any()
    assert pair.c13_trace.max() == 1.0


def test_every_drawn_parameter_is_recorded() -> None:
    pair = draw("CCO", ETHANOL, SimulationConfig())

    assert pair.parameters.dtype == PARAMETERS
    assert pair.parameters["solvent"]
    for name in ("h1_lorentz_hz", "h1_noise", "c13_lorentz_hz", "c13_noise", "c13_solvent_height", "h1_acquisition_s"):
        assert pair.parameters[name] > 0
