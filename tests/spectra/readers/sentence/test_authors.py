"""Lists and sentences as authors and programs write them, each with what a chemist reads in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence.inline import InlineText, spectrum_source
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
H1, C13 = "1H NMR (400 MHz, CDCl3) δ ", "13C NMR (101 MHz, CDCl3) δ "
C13_SHIFTS = [167.3, 144.2, 60.3]


def read(text: str, nucleus: Nucleus) -> Spectrum:
    return read_spectrum(InlineText(text), nucleus, None, WINDOWS[nucleus])


def refused(text: str, nucleus: Nucleus, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason):
        read(text, nucleus)


@pytest.mark.parametrize(
    "text",
    [
        "C-1 167.3, C-3 144.2, OCH2 60.3",
        "167.3a, 144.2b, 60.3",
        "167.3 ± 0.1, 144.2 ± 0.1, 60.3 ± 0.1",
        "167.3、144.2、60.3。",
        "167.3 - 144.2 - 60.3",
        "167.3, 144.2, 60.3. [α]D20 = +23.4 (c 1.02, CHCl3).",
        "167.3, 144.2, 60.3; [a]D 20 +23.4 (c 1.02, CHCl3)",
        "167.3, 144.2, 60.3. [M+H]+ calcd 207.1016, found 207.1012.",
        "167.3, 144.2, 60.3; exact mass 206.0943",
        "167.3, 144.2, 60.3; purity 98.2 %",
        "167.3, 144.2, 60.3. Yield: 1.25 g.",
        "167.3, 144.2, 60.3. Lit.: 167.1, 144.0, 60.2.",
        "167.3 (lit. 167.1), 144.2 (lit. 144.0), 60.3 (lit. 60.1)",
        "167.3, 144.2, 60.3. 31P: δ -5.4.",
        "167.3, 144.2, 60.3; 19F (376 MHz) -113.2",
    ],
)
def test_what_is_around_carbon_shifts(text: str) -> None:
    spectrum = read(C13 + text, "13C")

    assert [peak.ppm for peak in spectrum.peaks] == C13_SHIFTS
    assert spectrum.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "13C NMR: 167,3,144,2,60,3",
        "The 13C NMR spectrum showed 3 signals at δ 167.3, 144.2 and 60.3 ppm.",
        "13C NMR (CDCl3):\n- 167.3\n- 144.2\n- 60.3",
        "13C NMR (CDCl3):\n1) 167.3\n2) 144.2\n3) 60.3",
        "13C NMR TMS 0.00 167.3, 144.2, 60.3",
        r"\NMR{13,C}(101)[CDCl3] \val{167.3} (CO), \val{144.2}, \val{60.3}",
    ],
)
def test_lists_of_carbon_shifts(text: str) -> None:
    assert [peak.ppm for peak in read(text, "13C").peaks] == C13_SHIFTS


@pytest.mark.parametrize(
    "text",
    [
        "1H NMR (CDCl3) δ H-3: 7.64 (d, J = 16.0 Hz, 1H), OMe: 3.83 (s, 3H)",
        "δ 7.64   d, J = 16.0 Hz   1H\nδ 3.83   s   3H\n",
        "1H NMR in D2O at pD 7.4 7.64 (d, J = 16.0 Hz, 1H), 3.83 (s, 3H)",
        "1H NMR (CDCl3) δ 7.64 (d, J[Hz] = 16.0, 1H), 3.83 (s, 3H)",
        "1H NMR (CDCl3) δ 7.64 (d, J = 16.0 Hz, 1H, CδH), 3.83 (s, 3H)",
        "1H NMR (CDCl3) δ 7.64 (d, J = 16.0 Hz, 1H), 3.83 (s, 3H), R_f 0.35 (hexane)",
        "1H NMR (CDCl3) δ 7.64 (d, J = 16.0 Hz, 1H), 3.83 (s, 3H) (lit. 7.63 (d, 1H), 3.81 (s, 3H))",
        "1H-NMR(CDCl3)δ:7.64(1H,d,J=16.0Hz)、3.83(3H,s)。",
        "1H NMR（CDCl3）δ：7.64（d，J = 16.0 Hz，1H），3.83（s，3H）。",  # noqa: RUF001
        r"\NMR{1,H}[CDCl3] \val{7.64} (d, \J(3){16.0}, \#{1}), \val{3.83} (s, \#{3})",
    ],
)
def test_proton_sentences(text: str) -> None:
    peaks = [(peak.ppm, peak.protons, peak.couplings_hz) for peak in read(text, "1H").peaks]

    assert peaks == [(7.64, 1.0, (16.0,)), (3.83, 3.0, ())]


@pytest.mark.parametrize("encoding", ["gb18030", "shift_jis", "utf-8", "utf-16"])
def test_encodings_of_chinese_and_japanese(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("1H-NMR(400MHz，CDCl3)δ：7.64(1H，d，J=16.0Hz)、3.83(3H，s)。".encode(encoding))  # noqa: RUF001

    assert [peak.ppm for peak in read_spectrum(path, "1H", None, WINDOWS["1H"]).peaks] == [7.64, 3.83]


def test_letters_in_place_of_digits() -> None:
    assert [peak.ppm for peak in read(H1 + "7.26 (d, 1H), l.71 (s, 3H), O.91 (s, 3H)", "1H").peaks] == [
        7.26,
        1.71,
        0.91,
    ]


def test_conditions_after_the_list() -> None:
    assert read("1H NMR δ 7.26 (d, 2H), 3.71 (s, 3H) (400 MHz, CDCl3)", "1H").frequency_mhz == 400.0


@pytest.mark.parametrize(
    ("text", "nucleus", "warning"),
    [
        (C13 + "167.3, 144.2,\n12\n60.3, 14.4.", "13C", "12 without decimals is out of order"),
        ("13C NMR: 1673, 144.2, 60.3", "13C", "1673 before the first shift was not read"),
        (C13 + "170.1 (major), 170.8 (minor)", "13C", "several forms of a compound"),
        ("170.1, 14.2, 60.3", "13C", "in no order"),
        (C13 + "167.3 C=O/144.2, 60.3", "13C", "144.2 of .* was not read"),
    ],
)
def test_what_is_doubtful_is_said(text: str, nucleus: Nucleus, warning: str) -> None:
    assert any(re.search(warning, note) for note in read(text, nucleus).warnings)


@pytest.mark.parametrize(
    ("text", "nucleus", "reason"),
    [
        ("1, 167.34, 0.1", "13C", "1 may number the shifts"),
        ("1, 7.34, 2.0", "1H", "1 may number the shifts"),
        ("167.34, 0.1, 161.30, 0.2, 60.31, 0.8", "13C", "two quantities in turn"),
        ("NMR (CDCl3) τ 2.36 (d, 1H), 6.17 (s, 3H)", "1H", "τ scale"),
        ("1H NMR δ (CDCl3) 7.26 (d, 2H), 3.71 (s, 3H); δ (DMSO-d6) 7.36 (d, 2H), 3.75 (s, 3H)", "1H", "second list"),
    ],
)
def test_what_is_no_list_of_shifts_is_refused(text: str, nucleus: Nucleus, reason: str) -> None:
    refused(text, nucleus, reason)


@pytest.mark.parametrize(
    "text",
    [
        "1H-NMR(CDCl3)δ:1.33(3H,t,J=7.1Hz),3.83(3H,s)",
        "１Ｈ　ＮＭＲ（ＣＤＣｌ３）δ　７．６４（ｄ，１Ｈ）",  # noqa: RUF001
        "13C NMR (CDCl3) 167.3 s, 60.3 t, 14.4 q",
        "167,34;161,31;144,20;14,40",
        "[167.34, 161.30, 60.31]",
        "167.34;0.0S;0|60.31;0.0T;7|",
    ],
)
def test_lists_given_in_place_of_a_file(text: str) -> None:
    assert spectrum_source(text) == InlineText(text)


@pytest.mark.parametrize("text", [r"C:\data\nmr 1.txt", "run 1;2.dx", "δ.txt", "spectra/13C NMR 1.dx", "a;b 12"])
def test_paths_stay_paths(text: str) -> None:
    assert spectrum_source(text) == Path(text)
