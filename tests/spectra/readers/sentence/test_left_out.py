from __future__ import annotations

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.sentence import read_sentence, sentence_source
from specmol_core.spectra.readers.source import Request
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(text: str, nucleus: Nucleus) -> Spectrum:
    return read_sentence(sentence_source(text), Request(nucleus, None, WINDOWS[nucleus]))


def test_what_the_author_names_is_left_out_and_said() -> None:
    spectrum = read(
        "1H NMR (300 MHz, acetone-d6) δ 7.10 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H), 2.84 (s, HDO), 2.05 (p, acetone-d5)",
        "1H",
    )

    assert [p.ppm for p in spectrum.peaks] == [7.1, 3.71]
    assert spectrum.warnings == (
        "left out 2.84 (HDO), 2.05 (acetone-d5): the text names them as solvent, water or impurity",
    )


def test_the_multiplet_of_the_solvent_is_left_out_with_its_last_line() -> None:
    spectrum = read("13C NMR (75 MHz, CDCl3) δ 171.1, 77.5, 77.1, 76.7 (CDCl3), 60.4, 21.0, 14.2 (CDCl3).", "13C")

    assert [p.ppm for p in spectrum.peaks] == [171.1, 60.4, 21.0, 14.2]


def test_a_line_of_the_compound_before_the_solvent_stays() -> None:
    spectrum = read("13C NMR (101 MHz, C6D6) δ 138.2, 128.4, 128.06 (C6D6), 55.2", "13C")

    assert [p.ppm for p in spectrum.peaks] == [138.2, 128.4, 55.2]


def test_a_list_of_nothing_but_solvent_stays() -> None:
    assert [p.ppm for p in read("13C NMR (101 MHz, CDCl3) δ 77.2 (CDCl3)", "13C").peaks] == [77.2]


def test_couplings_and_words_stay_with_their_lines() -> None:
    spectrum = read("1H NMR (400 MHz, CDCl3) δ 7.26 (s, CHCl3), 4.1 (d, J = 70 Hz, 2H), 1.2 (s, 3H)", "1H")

    assert [p.ppm for p in spectrum.peaks] == [4.1, 1.2]
    assert any("the coupling at 4.1 ppm is too large" in text for text in spectrum.warnings)
