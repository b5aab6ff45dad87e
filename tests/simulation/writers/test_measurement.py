"""Simulated spectra with what a spectrometer states about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem
from support.known_measurements import SETTINGS, Known

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.simulate import simulate
from specmol_core.simulation.writers.measurement import FULL_SCALE, Measurement, as_written, measurements


def test_strongest_line_has_the_full_scale(known: Known) -> None:
    assert np.abs(known.measurement.intensities()).max() == FULL_SCALE
    assert np.abs(known.measurement.counts()).max() == FULL_SCALE


def test_conditions_are_those_of_the_simulation(known: Known) -> None:
    is_proton = known.measurement.nucleus == "1H"

    assert known.measurement.solvent == "CDCl3"
    assert known.measurement.frequency_mhz == pytest.approx(400.0 if is_proton else 100.58008)
    assert known.measurement.pulse_program == ("zg30" if is_proton else "zgpg30")
    assert known.measurement.first_ppm == pytest.approx(12.05 if is_proton else 230.0, abs=0.005)


@pytest.mark.parametrize(("experiment", "program"), [("DEPT-90", "dept90"), ("DEPT-135", "dept135"), ("APT", "jmod")])
def test_pulse_program_names_the_experiment(experiment: str, program: str) -> None:
    settings = replace(SETTINGS, points=8192, experiment=experiment)
    shifts = AtomShifts({0: 22.0, 1: 127.0}, {0: [1.4] * 3, 1: [6.0]})
    pair = simulate(
        Chem.MolFromSmiles("CC=C"),
        replace(shifts, c13={0: 22.0, 1: 127.0, 2: 115.0}, h1={0: [1.4] * 3, 1: [6.0], 2: [5.0] * 2}),
        np.random.default_rng(0),
        settings,
        sampled=True,
    )

    c13 = measurements(pair, settings, "propene")[1]

    assert c13.pulse_program == program
    assert (c13.spectrum.intensities.min() < -0.3) == (experiment != "DEPT-90")


def test_nucleus_without_a_signal_is_left_out() -> None:
    pair = simulate(Chem.MolFromSmiles("FC(F)(F)F"), AtomShifts({1: 120.0}, {}), np.random.default_rng(0), SETTINGS)

    assert [m.nucleus for m in measurements(pair, SETTINGS, "CF4")] == ["13C"]


def test_title_is_one_line(known: Known) -> None:
    pair = simulate(Chem.MolFromSmiles("C"), AtomShifts({0: -2.3}, {0: [0.2] * 4}), np.random.default_rng(0), SETTINGS)

    assert "\n" not in measurements(pair, SETTINGS, "a\nb")[0].title


def test_frequency_is_required(known: Known) -> None:
    with pytest.raises(ValueError, match="no frequency"):
        Measurement(replace(known.measurement.spectrum, frequency_mhz=None), "x", "zg30", 1.0)


def test_single_precision_is_written_in_few_digits() -> None:
    assert as_written(np.float32(100.58008)) == 100.58008
