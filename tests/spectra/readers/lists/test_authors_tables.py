"""Tables as authors and programs write them, each with what a chemist reads in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
PRODUCT = """Position\tδC, type\tδH, mult. (J in Hz)
1\t167.3, C\t
2\t115.8, CH\t6.31, d (16.0)
4\t60.3, CH2\t4.25, q (7.1)
"""
LATEX = r"""\begin{tabular}{lll}
pos & $\delta_C$ (ppm) & $\delta_H$ (ppm), mult. ($J$ in Hz) \\ \hline
1 & 167.3, C & -- \\
2 & 115.8, CH & 6.31, d (16.0) \\
4 & 60.3, CH$_2$ & 4.25, q (7.1) \\
\end{tabular}"""


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str, nucleus: Nucleus = "13C") -> Spectrum:
        path = tmp_path / "table.txt"
        path.write_text(text)
        return read_spectrum(path, nucleus, None, WINDOWS[nucleus])

    return read_text


@pytest.mark.parametrize("text", [PRODUCT, LATEX])
def test_a_table_of_both_nuclei_with_words_beside_the_shifts(read, text: str) -> None:
    carbon, proton = read(text), read(text, "1H")

    assert [(peak.ppm, peak.hydrogens) for peak in carbon.peaks] == [(167.3, (0,)), (115.8, (1,)), (60.3, (2,))]
    assert [(peak.ppm, peak.multiplicity, peak.couplings_hz) for peak in proton.peaks] == [
        (6.31, "d", (16.0,)),
        (4.25, "q", (7.1,)),
    ]


def test_two_columns_of_couplings(read) -> None:
    spectrum = read("ppm,nH,mult,J1,J2\n7.64,1,dd,16.0,1.2\n3.83,3,s,,\n", "1H")

    assert [peak.couplings_hz for peak in spectrum.peaks] == [(16.0, 1.2), ()]


@pytest.mark.parametrize(
    "text", ["δ\tint.\tmult.\n7.64\t1H\td\n3.83\t3H\ts\n", "7,64;1;d;16,0\n3,83;3;s;\n", "7.64 1 d\n3.83 3 s\n"]
)
def test_numbers_of_protons_in_the_place_of_intensities(read, text: str) -> None:
    assert [(peak.ppm, peak.protons) for peak in read(text, "1H").peaks] == [(7.64, 1.0), (3.83, 3.0)]


def test_numbers_of_protons_before_the_shifts(read) -> None:
    spectrum = read("1H,7.64,d\n2H,7.47,d\n3H,3.83,s\n", "1H")

    assert [(peak.ppm, peak.protons, peak.multiplicity) for peak in spectrum.peaks] == [
        (7.64, 1.0, "d"),
        (7.47, 2.0, "d"),
        (3.83, 3.0, "s"),
    ]


def test_names_of_multiplets_are_no_multiplicities(read) -> None:
    spectrum = read("No.\tAtom\tExp. Shift (ppm)\tMultiplet\n1\t2\t7.64\tM01\n2\t7\t3.83\tM02\n", "1H")

    assert [(peak.ppm, peak.multiplicity) for peak in spectrum.peaks] == [(7.64, ""), (3.83, "")]


@pytest.mark.parametrize(
    "text",
    [
        "167.3, 60.3",
        "167.3\t60.3",
        "167.3,\n60.3",
        "167.3, 161.3, 144.2,\n60.3, 129.7, 14.4",
        "167.3 161.3 144.2\n129.7 127.2 115.8\n60.3 55.4 14.4\n",
    ],
)
def test_shifts_alone_in_a_few_lines_are_no_table(read, text: str) -> None:
    assert [peak.ppm for peak in read(text).peaks] == [float(word) for word in text.replace(",", " ").split()]


@pytest.mark.parametrize(
    ("text", "shifts", "warning"),
    [
        ("0.1,167.3\n0.2,161.3\n0.9,60.3\n", [167.3, 161.3, 60.3], "column 2 was read as the shifts"),
        ("167.3  129.7\n161.3  127.2\n144.2  115.8\n", [167.3, 161.3, 144.2], "column 2 was read as intensities"),
        ("167.3\n60.3\n144.2\n", [167.3, 60.3, 144.2], "in no order"),
    ],
)
def test_a_doubtful_column_is_said(read, text: str, shifts: list[float], warning: str) -> None:
    spectrum = read(text)

    assert [peak.ppm for peak in spectrum.peaks] == shifts
    assert any(warning in note for note in spectrum.warnings)


def test_one_line_with_a_number_of_protons_is_a_peak(read) -> None:
    assert [(peak.ppm, peak.protons) for peak in read("7.26,2H\n", "1H").peaks] == [(7.26, 2.0)]


def test_whole_numbers_after_the_numbers_of_the_rows(read) -> None:
    assert [peak.ppm for peak in read("1 167\n2 161\n3 144\n4 60\n").peaks] == [167, 161, 144, 60]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12 167.3\n33 161.3\n100 144.2\n", "column 2 or the one before it may hold the shifts"),
        ("167.3\n0.1\n161.3\n0.2\n60.3\n0.8\n", "two quantities in turn"),
        ("1\n167.3\n0.1\n2\n161.3\n0.2\n", "1, 2 may number the shifts"),
        ("Natural\tSynthetic\tΔ\n167.3\t167.2\t0.1\n60.3\t60.4\t-0.1\n", "'Natural' is neither a shift nor"),
        ("Position\t1 δC\t2 δC\n1\t167.3\t168.1\n2\t115.8\t116.0\n", "'Position' only numbers the rows"),
        ("167.3\t168.9\n144.2\t146.0\n60.3\t61.2\n", "two columns of shifts"),
        ("compound,ppm\nA,167.3\nA,60.3\nB,170.1\nB,21.0\n", "peaks of 2 compounds"),
        ("time (min),ppm\n0,5.32\n10,5.21\n20,5.10\n", "series of spectra"),
        ("δC, type\tδH\n115.8, CH\t6.31\n30.1 CH2, 28.2\t1.3\n", "behind one shift"),
    ],
)
def test_what_is_no_list_of_peaks_is_refused(read, text: str, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason):
        read(text)
