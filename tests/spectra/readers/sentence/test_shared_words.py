from __future__ import annotations

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.sentence import read_sentence, sentence_source
from specmol_core.spectra.readers.source import Request
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(text: str, nucleus: Nucleus) -> Spectrum:
    return read_sentence(sentence_source(text), Request(nucleus, None, WINDOWS[nucleus]))


@pytest.mark.parametrize(
    "text",
    [
        "1H, d, J = 16.0 Hz, 7.64; 2H, d, J = 8.7 Hz, 7.47; 3H, s, 3.83",
        "(d, J = 16.0 Hz, 1H) 7.64, (d, J = 8.7 Hz, 2H) 7.47, (s, 3H) 3.83",
        "7.64 (d, J = 16.0 Hz, 1H), 7.47 (d, J = 8.7 Hz, 2H), 3.83 (s, 3H)",
    ],
)
def test_words_before_or_after_their_shift(text: str) -> None:
    peaks = read(f"1H NMR (400 MHz, CDCl3) δ {text}", "1H").peaks

    assert [(p.ppm, p.protons, p.multiplicity, p.couplings_hz) for p in peaks] == [
        (7.64, 1, "d", (16.0,)),
        (7.47, 2, "d", (8.7,)),
        (3.83, 3, "s", ()),
    ]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("167.3, 161.3 (C-1, C-4'), 60.3", [None, None, None]),
        ("167.3, 129.7 (C-2, C-3, C-6), 60.3", [None, 3.0, None]),
        ("167.3, 2 × 129.7, 60.3 (x2)", [None, 2.0, 2.0]),
    ],
)
def test_positions_of_as_many_carbons_as_shifts_are_no_count(text: str, counts: list[float | None]) -> None:
    assert [peak.protons for peak in read(f"13C NMR δ {text}", "13C").peaks] == counts


def test_two_lines_of_a_doublet_are_one_carbon() -> None:
    spectrum = read("13C NMR (101 MHz) δ 163.7, 161.3 (d, J = 247 Hz), 133.1, 115.7, 115.5 (J = 21.7 Hz), 20.1", "13C")

    assert [peak.ppm for peak in spectrum.peaks] == pytest.approx([162.5, 133.1, 115.6, 20.1])
    assert "163.7, 161.3 were read as the lines of one carbon (J = 247 Hz)" in spectrum.warnings


def test_four_lines_of_a_quartet_are_one_carbon() -> None:
    spectrum = read("13C NMR (101 MHz) δ 144.2, 128.1, 125.4, 122.7, 120.0 (q, J = 272 Hz, CF3), 60.3", "13C")

    assert [peak.ppm for peak in spectrum.peaks] == pytest.approx([144.2, 124.05, 60.3])


@pytest.mark.parametrize("text", ["(101 MHz) δ 165.7, 161.3 (d, J = 247 Hz)", "δ 163.7, 161.3 (d, J = 247 Hz)"])
def test_other_shifts_before_a_doublet_stay(text: str) -> None:
    assert len(read(f"13C NMR {text}", "13C").peaks) == 2
