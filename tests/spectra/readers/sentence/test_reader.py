from __future__ import annotations

import contextlib
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence import read_sentence, sentence_source
from specmol_core.spectra.readers.source import NucleusError, Request
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
H1 = "1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)."
C13 = "13C NMR (101 MHz, CDCl3) δ 170.1, 60.3 (2C), 14.2."
H1_PEAKS = (Peak(7.26, 2.0, None, "d", (8.0,), 2.0), Peak(3.71, 3.0, None, "s", (), 3.0))


def read(text: str, nucleus: Nucleus = "1H") -> Spectrum:
    return read_sentence(sentence_source(text), Request(nucleus, None, WINDOWS[nucleus]))


def refused(text: str, reason: str, nucleus: Nucleus = "1H") -> None:
    with pytest.raises(SpectrumError, match=reason) as caught:
        read(text, nucleus)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        H1,
        "1H-NMR (400 MHz, CDCl3): δ = 7,26 (d, 3J = 8,0 Hz, 2 H), 3,71 (s, 3 H) ppm.",
        "¹H NMR (400 MHz, CDCl₃) δH 7.26 (2H, d, ³J(H,H) = 8.0 Hz, H-2\u2032,6\u2032), 3.71 (3H, s, OCH₃)",
        "1H NMR (CHLOROFORM-d, 400 MHz) d ppm 7.26 (d, J=8.0 Hz, 2 H) 3.71 (s, 3 H)",
        "H NMR (CDCl3, 400MHz) δ (ppm): 7.26 (d, J 8.0, 2H); 3.71 (s, 3H, OMe)",
        "[1H] NMR, 400 MHz, CDCl3, δ/ppm 7.26 (2 H, d, JH-H = 8.0), 3.71 (3 H, s)",
        "NMR 1H (400 MHz, chloroform-d): 7.26 (d, 8.0, 2H), 3.71 (s, 3H)",
        "1H{31P} NMR (400.00 MHz, CDCl3) δ 7.26 [d, 2H, J = 8.0 Hz, C6H4(2)], 3.71 [s, 3H, N(CH3)]",
        "δH (400 MHz; CDCl3) 7.26 (2H, d, J 8.0, Ar-H) and 3.71 (3H, s, 4-OMe)",
        "1H NMR (400 MHz, chloro-\nform-d) δ 7.26 (d,\nJ = 8.0 Hz,\n2H), 3.\n71 (s, 3H).\n\n13C NMR (101 MHz) δ 14.2",
        "1H NMR (400 MHz, CDCl3) δ 7.26, d, J = 8.0 Hz, 2H; 3.71, s, 3H.",
        "1H NMR (400 MHz, CDCl3): \u00ce\u00b4 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)",
        "Yield 81 %, mp 112–113 °C. IR (neat) 1712.5 cm-1. 1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 "
        "(s, 3H). HRMS (ESI) m/z calcd for C10H12O 148.0888, found 148.0890.",
        "1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H, 3.71 (s, 3H).",
        "<sup>1</sup>H NMR (400 MHz, CDCl<sub>3</sub>) δ 7.26 (d, <i>J</i> = 8.0 Hz, 2H), 3.71 (s, 3H).",
        "1H NMR (400 MHz, CDCl3) δ 7·26 (d, J = 8·0 Hz, 2H), 3·71 (s, 3H).",
        "1H NMR (400 MHz, CDCl3) delta 7.26 (d, J = 8.0 Hz, 2H), delta 3.71 (s, 3H).",
        "1H NMR (400 MHz, CDCl3): delta7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H).",
        "1H NMR (400 MHz, CDCl3): ?7.26 (d, J = 8.0 Hz, 2H), ?3.71 (s, 3H).",
        "1H NMR (400 MHz, CDCl3): δppm7.26 (d,J=8.0Hz,2H),3. 71 (s,3H)ppm.",
        "1H NMR (400 MHz, CDCl3, δ, ppm, J/Hz): 7.26 (d, 2H, J = 8.0), 3.71 (s, 3H)",
        "1H NMR (400 MHz, CDCl3) δ 7.26, 2H, d, J = 8.0 Hz; 3.71, 3H, s;",
        "1H NMR (400 MHz, CDCl3) δ: 2H, 7.26 (d, J = 8.0 Hz); 3H, 3.71 (s)",
        "1H nuclear magnetic resonance (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)",
        '"1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)"',
        r"1H NMR (400~MHz, CDCl$_3$) \(\delta\) 7.26 (d, \emph{J} = 8.0\,Hz, 2H), \(\delta\) 3.71 (s, 3H)",
    ],
)
def test_every_spelling_gives_the_same_peaks(text: str) -> None:
    spectrum = read(text)

    assert spectrum.peaks == H1_PEAKS
    assert (spectrum.frequency_mhz, spectrum.solvent) == (400.0, "CDCl3")


@pytest.mark.parametrize(
    ("words", "peak"),
    [
        ("7.40–7.32 (m, 5H)", Peak(7.36, 5.0, 32.0, "m", (), 5.0)),
        ("7.32 - 7.40 (5H, m, Ar)", Peak(7.36, 5.0, 32.0, "m", (), 5.0)),
        ("7.40...7.32 (m, 5H)", Peak(7.36, 5.0, 32.0, "m", (), 5.0)),
        ("7.40 .. 7.32 (m, 5H)", Peak(7.36, 5.0, 32.0, "m", (), 5.0)),
        ("7.40~7.32 (m, 5H)", Peak(7.36, 5.0, 32.0, "m", (), 5.0)),
        ("6.9 (dd,J=8.0,1.2Hz,1H)", Peak(6.9, 1.0, None, "dd", (8.0, 1.2), 1.0)),
        ("6.9 (s, 0·25H)", Peak(6.9, 0.25, None, "s", (), 0.25)),
        ("6.9 (dd, J = 8.0, 1.2 Hz, 1H)", Peak(6.9, 1.0, None, "dd", (8.0, 1.2), 1.0)),
        ("6.9 (dd, J1 = 8.0 Hz, J2 = 1.2 Hz, 1H)", Peak(6.9, 1.0, None, "dd", (8.0, 1.2), 1.0)),
        ("6.9 (dd, J = 1.2 and 8.0 Hz, 1H)", Peak(6.9, 1.0, None, "dd", (8.0, 1.2), 1.0)),
        ("6.9 (dd, 3J8,7 = 8.0 Hz, 4J = 1.2 Hz, 1H, 2,6-ArH)", Peak(6.9, 1.0, None, "dd", (8.0, 1.2), 1.0)),
        ("6.9 (d, 2H, J = 8.3 Hz, 3,5-ArH)", Peak(6.9, 2.0, None, "d", (8.3,), 2.0)),
        ("6.9 (dd, 8.0 and 1.2 Hz, 1H)", Peak(6.9, 1.0, None, "dd", (8.0, 1.2), 1.0)),
        ("4.2 (app t, J = 7.1 Hz, 2H, CH2)", Peak(4.2, 2.0, None, "app t", (7.1,), 2.0)),
        ("5.8 (tdd, J = 17.0, 10.2, 6.6 Hz, 1H)", Peak(5.8, 1.0, None, "tdd", (17.0, 10.2, 6.6), 1.0)),
        ("5.1 (bs, 1H, D2O exchangeable)", Peak(5.1, 1.0, None, "br s", (), 1.0)),
        ("1.5 (s, 2 × 3H)", Peak(1.5, 6.0, None, "s", (), 6.0)),
        ("1.5 (s, 9H, C(CH3)3)", Peak(1.5, 9.0, None, "s", (), 9.0)),
        ("−0.05 (s, 9H, SiMe3)", Peak(-0.05, 9.0, None, "s", (), 9.0)),
        ("12.40 (s NH)", Peak(12.4, 1.0, None, "s", (), None)),
        ("8.69 (s, H, NH)", Peak(8.69, 1.0, None, "s", (), 1.0)),
        ("7.30 (m, 6, H)", Peak(7.3, 6.0, None, "m", (), 6.0)),
        ("3.71 (3H) ppm", Peak(3.71, 3.0, None, "", (), 3.0)),
        ("2.39 ppm (3 H, s, CH3)", Peak(2.39, 3.0, None, "s", (), 3.0)),
    ],
)
def test_one_signal(words: str, peak: Peak) -> None:
    assert read(f"1H NMR (400 MHz, CDCl3) δ {words}").peaks == (peak,)


def test_couplings_outside_brackets_end_before_the_next_shift() -> None:
    spectrum = read("1H NMR δ 7.64, 1H, d, J = 16.0 Hz; 7.47, 2H, dd, J = 8.8, 1.2 Hz, 6.90, 1H, d, J 8.8, 3.71, 3H, s")

    assert [(p.ppm, p.couplings_hz) for p in spectrum.peaks] == [
        (7.64, (16.0,)), (7.47, (8.8, 1.2)), (6.9, (8.8,)), (3.71, ()),
    ]  # fmt: skip


def test_words_after_several_shifts_belong_to_each() -> None:
    peaks = read("1H NMR (CDCl3) δ 2.2 and 1.8 (s, 4H), 6.47, 7.42 (each 1H, d, J = 15.6 Hz), 3.7 (s, 3H)").peaks

    assert [(peak.ppm, peak.protons) for peak in peaks] == [
        (2.2, 2.0),
        (1.8, 2.0),
        (6.47, 1.0),
        (7.42, 1.0),
        (3.7, 3.0),
    ]


@pytest.mark.parametrize(
    ("words", "shifts"),
    [
        ("170.1, 60.3 (2C), 14.2.", {170.1: None, 60.3: 2, 14.2: None}),
        ("161.5 (d, 1JC–F = 245 Hz), 124.3 (q, 1JCF = 272 Hz, CF3)", {161.5: None, 124.3: None}),
        ("130.2 (2 × CH), 128.5 (×2), 60.3 (C-2, C-6), 21.6 × 2", {130.2: 2, 128.5: 2, 60.3: 2, 21.6: 2}),
        ("22 (CH3)2, 12.0 (2CH3)", {22.0: None, 12.0: 2}),
        ("142.20,158.0 (CONH), 169.5(CONH)", {142.2: None, 158.0: None, 169.5: None}),
        ("56.1 HNC(CH3)2, 28. 57, and 9.5 ppm", {56.1: None, 28.57: None, 9.5: None}),
        ("Cq: δ=168.6, 154.0; CH: 130.2; CH3: 20.8 ppm", {168.6: None, 154.0: None, 130.2: None, 20.8: None}),
        ("21.5 (CH3), Ar-C [120.5, 127.1]", {21.5: None, 120.5: None, 127.1: None}),
        ("(169.4, 157.3, 35.2)", {169.4: None, 157.3: None, 35.2: None}),
        ("170,1; 60,3; 14,2", {170.1: None, 60.3: None, 14.2: None}),
        ("170,1, 60,3, 14,2", {170.1: None, 60.3: None, 14.2: None}),
        ("169.5, 135,54, 132.1", {169.5: None, 135.54: None, 132.1: None}),
        ("166, 152 (HC=), 135, 15 (CH3)", {166.0: None, 152.0: None, 135.0: None, 15.0: None}),
        ("170.1, 60.3. DEPT-135: 60.3.", {170.1: None, 60.3: None}),
        # Positions are no counts, and a count of groups may belong to several shifts.
        ("109.8 (3-C), 18.2 (1-CH3), 117.7 (2Ar-C)", {109.8: None, 18.2: None, 117.7: 2}),
        ("25.6, 25.9, 40.1 (3CH2), 128.5 (d, J = 21.0 Hz, 2C)", {25.6: None, 25.9: None, 40.1: None, 128.5: 2}),
        ("67.04.", {67.04: None}),
        ("129.7 × 2. 60.3 (C-2/C-6), 14.2 (C-7) ppm.", {129.7: 2, 60.3: 2, 14.2: None}),
        ("45.4, 38.02 (C1, C7, C9) ppm.", {45.4: None, 38.02: 3}),
        ("157,154,135,56", {157.0: None, 154.0: None, 135.0: None, 56.0: None}),
    ],
)
def test_carbon_lists(words: str, shifts: dict[float, float | None]) -> None:
    assert {peak.ppm: peak.protons for peak in read(f"13C NMR (101 MHz, CDCl3) δ {words}", "13C").peaks} == shifts


CARBONS = [170.1, 129.7, 60.3, 14.2]


@pytest.mark.parametrize(
    "text",
    [
        "13C NMR (75 MHz, DMSO-d6, δ, ppm): 170.1 (C-O), 129.7 (C),\n60.3 (CH2), 14.2 (CH3)",
        "13C NMR (75 MHz, DMSO-d6, δ, ppm):\n170.1 (C-O), 129.7 (C),\n60.3 (CH2), 14.2 (CH3)",
        "13C NMR (101 MHz, CDCl3) δ 170.1\n129.7\n60.3\n14.2.",
        "δC (101 MHz, CDCl3) 170.1,\n129.7,\n60.3,\n14.2.",
        "13C NMR (DMSO, δ, ppm): 170.1, 129.7, 60.3, 14.2",
        "170.1, 129.7 (×2), 60.3, 14.2",
        "170.1 (C=O)\n129.7 (C-3, C-5)\n60.3 (CH2)\n14.2 (CH3)",
        "170.1,\n129.7,\n60.3,\n14.2.",
    ],
)
def test_sentences_in_several_lines_are_no_tables(tmp_path: Path, text: str) -> None:
    path = tmp_path / "carbons.txt"
    path.write_text(text)

    assert [peak.ppm for peak in read_spectrum(path, "13C", None, WINDOWS["13C"]).peaks] == CARBONS


@pytest.mark.parametrize(
    ("written", "solvent"),
    [
        ("DMSO-d6", "DMSO-d6"), ("d6-DMSO", "DMSO-d6"), ("[D6]DMSO", "DMSO-d6"), ("DMSO-d 6", "DMSO-d6"),
        ("(CD3)2SO", "DMSO-d6"),
        ("DMSO−d₆", "DMSO-d6"), ("in DMSO-d6", "DMSO-d6"), ("D2O", "D2O"),
        ("MeOD-d4", "CD3OD"), ("methanol-d4, 298 K", "CD3OD"),
        ("acetone-d6", "acetone-d6"), ("C6D6", "C6D6"), ("CD2Cl2, 25 °C", "CD2Cl2"),
    ],
)  # fmt: skip
def test_solvent(written: str, solvent: str) -> None:
    assert read(f"1H NMR (300.13 MHz, {written}) δ 7.26 (s, 2H)").solvent == solvent
    assert read(f"1H NMR ({written}, 300.13 MHz): 7.26 (s, 2H)").solvent == solvent
    assert read(f"1H NMR ({written}, 300.13 MHz): 7.26 (s, 2H)").frequency_mhz == 300.13


def test_the_requested_nucleus_is_read() -> None:
    assert read(f"{H1} {C13}").peaks == H1_PEAKS
    assert [peak.ppm for peak in read(f"{H1}\n{C13}", "13C").peaks] == [170.1, 60.3, 14.2]
    assert len(read(f"19F NMR (376 MHz) δ -62.5. {C13} {H1}", "13C").peaks) == 3


def test_several_of_one_nucleus_are_listed_and_one_can_be_named(tmp_path: Path) -> None:
    other = H1.replace("7.26", "7.36")
    refused(f"{H1}\n{C13}\n{other}", r"2 1H sentences: 1 \(line 1, 2 shifts from 7.26 ppm\), 2 \(line 3")
    (tmp_path / "si.txt").write_text(f"{H1}\n{C13}\n{other}", encoding="utf-8")

    spectrum = read_spectrum(tmp_path / "si.txt::2", "1H", None, WINDOWS["1H"])

    assert spectrum.peaks[0].ppm == 7.36


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1H NMR (400 MHz, CDCl3) δ 7.26 (d, 2H),\nfoo 3.71 (s, 3H)", "line 2, at 'foo 3.71.*the word 'foo'"),
        ("1H NMR (400 MHz): see Table 1", "no shift follows"),
        (
            "The 1H NMR spectrum of the compound was recorded. It shows a doublet at 7.26 ppm and one at 3.1.",
            "running prose",
        ),
        (f"{C13}", "is a 13C spectrum"),
        ("19F NMR (376 MHz) δ -62.5", "is a 19F spectrum"),
        (
            "NMR peaks\n1 7252.2 3064.998 7.66 2.51\n2 7310.6 3048.989 7.62 2.48\n3 7528.1 2988.970 7.47 5.02",
            "numbers are no shifts: a table in an unknown form",
        ),
        ("HMBC correlations: δH 6.85 (H-2) with C-3 (δC 126.2)", "a shift of another atom in brackets"),
        ("", "no shift"),
    ],
)
def test_error_names_the_line_and_the_word(text: str, reason: str) -> None:
    refused(text, reason)


def test_swapped_lists_are_detected() -> None:
    with pytest.raises(NucleusError) as caught:
        read("170.1, 60.3, 14.2")
    assert caught.value.found_nucleus == "13C"
    with pytest.raises(NucleusError) as caught:
        read("7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)", "13C")
    assert caught.value.found_nucleus == "1H"


@pytest.mark.parametrize(
    ("words", "warning"),
    [
        ("7.26 (s, 1.5H)", "not whole"),
        ("7.26 (d, J = 80 Hz, 1H)", "too large"),
        ("7.26 (d, J = 8, 3 Hz, 1H)", "more couplings"),
        ("7.26 (s), 3.1 (s, 3H)", "no number of protons at 7.26"),
        ("7.26 (s, 1H), 5.7.59 (d, 2H), 3.1 (s, 1H)", "5.7.59 is not a shift"),
        ("7.26 (s, 1H), 7.40–32 (m, 2H)", "7.40-32 was read as 7.40 to 7.32"),
        ("26.1 (s, 1H), 7.1 (s, 1H), 7.0 (s, 1H), 6.8 (s, 1H), 6.6 (s, 1H)", "outside the usual"),
    ],
)
def test_doubtful_entries_give_warnings(words: str, warning: str) -> None:
    assert any(warning in text for text in read(f"1H NMR (400 MHz, CDCl3) δ {words}").warnings)


def test_proton_frequency_of_a_carbon_spectrum_is_converted() -> None:
    spectrum = read("13C NMR (CDCl3, 400 MHz) δ 170.1, 14.2", "13C")

    assert spectrum.frequency_mhz == pytest.approx(100.6, abs=0.1)
    assert "1H frequency" in spectrum.warnings[0]


def test_trace_has_the_lines_and_the_window_is_widened() -> None:
    spectrum = read("1H NMR (400 MHz, CDCl3) δ 15.2 (s, 1H), 3.71 (s, 3H)")
    grid = spectrum.axis.grid()

    assert grid[spectrum.intensities.argmax()] == pytest.approx(3.71, abs=2 * spectrum.axis.step)
    assert spectrum.axis.high > 15.2
    assert spectrum.source.startswith("1H NMR (400 MHz")
    assert len(spectrum.source) < 60


HOSTILE = [
    "1H NMR (400 MHz) δ 7.26 (" + "(" * 200_000,
    "1H NMR δ " + "7.26 (s, 1H), " * 70_000,
    "1H NMR δ 7.26 (" + "J = 8.0, " * 110_000,
    "1H " * 300_000 + "NMR",
    "1H NMR δ 7.2" + " -" * 400_000,
    "1H NMR δ " + "1," * 500_000,
    "13C NMR δ " + "C" * 1_000_000 + " 7.2",
    "1H NMR " * 130_000,
    "δ" * 500_000,
    "1H NMR δ 7.2 (" + ") (" * 300_000,
    "1H NMR δ 7.2 " + "br " * 300_000,
    "δH 7.2 (s) " * 90_000,
]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
def test_a_million_hostile_characters_take_linear_time(text: str) -> None:
    start = time.process_time()
    for nucleus in ("1H", "13C"):
        with contextlib.suppress(SpectrumError):
            read(text, nucleus)
    assert time.process_time() - start < 60


PIECES = st.sampled_from(
    ["1H NMR", "13C NMR", "δ", "(", ")", "[", "]", "7.26", "170.1", "-", "–", ",", ";", " ", "\n", "J = 8.0 Hz", "J",
     "=", "2H",      "s", "br", "m", "CDCl3", "400 MHz", "ppm", "and", "×", "2", "C-4", ".",
     "1.", "HRMS", "foo", "H", "C", "DEPT", "{1H}", "\u0000", "é"]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.lists(PIECES, max_size=40).map("".join), st.lists(PIECES, max_size=40).map(" ".join), st.text(max_size=200)
    )
)
@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_any_text_is_a_spectrum_or_an_error(nucleus: Nucleus, text: str) -> None:
    try:
        spectrum = read(text, nucleus)
    except SpectrumError:
        return
    assert np.isfinite(spectrum.intensities).all()
    assert all(spectrum.axis.low < peak.ppm < spectrum.axis.high for peak in spectrum.peaks)
