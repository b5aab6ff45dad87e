from __future__ import annotations

import pytest

from specmol_core.spectra.readers.instruments.larmor import nucleus_at

# Frequencies as files of spectrometers state them.
MEASURED = [
    (300.13, "1H"), (400.1300, "1H"), (500.13, "1H"), (600.17, "1H"), (699.87, ""), (700.13, "1H"), (800.23, "1H"),
    (75.467749, "13C"), (100.612769, "13C"), (125.757789, "13C"), (150.912866534, "13C"),
    (282.404, "19F"), (376.498, "19F"), (121.4948, "31P"), (161.976, "31P"), (202.457, "31P"),
    (110.9902, "113Cd"), (40.5607, "15N"), (61.4223, "2H"), (79.4946, "29Si"), (60.0, ""),
]  # fmt: skip


@pytest.mark.parametrize(("mhz", "nucleus"), MEASURED)
def test_frequencies_of_usual_magnets(mhz: float, nucleus: str) -> None:
    assert nucleus_at(mhz) == nucleus


@pytest.mark.parametrize("proton", [43.5, 61.57, 399.78, 439.85, 599.826, 699.87])
def test_any_magnet_whose_proton_frequency_is_known(proton: float) -> None:
    for nucleus, ratio in (("1H", 1.0), ("13C", 0.2514502), ("113Cd", 0.22193175), ("79Br", 0.2505398)):
        assert nucleus_at(ratio * proton, proton) == nucleus
    assert nucleus_at(0.6 * proton, proton) == ""
