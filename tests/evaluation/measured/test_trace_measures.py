from __future__ import annotations

from dataclasses import replace

import pytest
from rdkit import Chem
from support import measured_fixtures

from specmol_core.evaluation.measured.trace_measures import measure_trace
from specmol_core.evaluation.simulator.counterpart import prepare_pairs
from specmol_core.evaluation.simulator.instrument_ranges import measured_ranges

MOL = Chem.MolFromSmiles(measured_fixtures.SMILES)


def test_properties_of_a_proton_spectrum_are_recovered() -> None:
    found = measure_trace(measured_fixtures.measured("1H", 1.5), MOL, measured_fixtures.SHIFTS)

    assert found["noise"] == [pytest.approx(measured_fixtures.NOISE["1H"], rel=0.15)]
    assert found["line width, median (Hz)"] == [pytest.approx(1.5, rel=0.1)]
    assert found["solvent height"] == [pytest.approx(0.3, rel=0.03)]
    assert found["solvent offset (ppm)"] == [pytest.approx(0.0, abs=0.001)]
    assert found["water seen"] == found["TMS seen"] == [0.0]
    assert found["unexplained lines above 0.002"] == [0.0]
    assert found["Lorentzian share, each line"] == pytest.approx(
        [1.0] * len(found["Lorentzian share, each line"]), abs=0.1
    )
    assert "exchangeable width (Hz)" not in found


def test_properties_of_a_carbon_spectrum_are_recovered() -> None:
    found = measure_trace(measured_fixtures.measured("13C", 3.0), MOL, measured_fixtures.SHIFTS)

    assert found["noise"] == [pytest.approx(measured_fixtures.NOISE["13C"], rel=0.15)]
    assert found["carbon lines found over expected"] == [1.0]
    assert found["height of C over the median with hydrogen, per carbon"] == [pytest.approx(0.3, rel=0.05)]
    assert sorted(found["height of CH3 over the median with hydrogen, per carbon"]) == pytest.approx(
        [0.9, 1.0], rel=0.05
    )
    assert found["solvent height"] == [pytest.approx(0.5, rel=0.05)]


def test_a_spectrum_without_a_frequency_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="does not state its frequency"):
        measure_trace(replace(measured_fixtures.measured("1H"), frequency_mhz=None), MOL, measured_fixtures.SHIFTS)


def test_ranges_count_spectra_and_values() -> None:
    prepared = prepare_pairs([measured_fixtures.pair(), measured_fixtures.pair("other", 1)], measured_fixtures.predict)
    found = {(r.nucleus, r.quantity): r for r in measured_ranges(prepared, lambda *at: None)}

    noise = found["13C", "noise"]
    assert (noise.spectra, noise.values) == (2, 2)
    assert noise.low <= noise.median <= noise.high
    assert found["1H", "TMS seen"].mean == 0.0
    assert found["13C", "height of CH2 over the median with hydrogen, per carbon"].values == 2
    assert [k[0] for k in found] == sorted((k[0] for k in found), key=("1H", "13C").index)
