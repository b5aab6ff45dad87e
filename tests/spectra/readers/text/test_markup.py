from __future__ import annotations

import time

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.sentence import read_sentence, sentence_source
from specmol_core.spectra.readers.source import Request
from specmol_core.spectra.readers.text.markup import without_markup

EXPECTED = [(7.64, "d", 1.0, (16.0,)), (7.465, "m", 2.0, ()), (3.83, "s", 3.0, ())]


@pytest.mark.parametrize(
    "text",
    [
        r"\textsuperscript{1}H NMR (400~MHz, CDCl\textsubscript{3}) $\delta$~7.64 (d, \textit{J}~=~16.0~Hz, 1H), "
        r"7.50--7.43 (m, 2H), 3.83 (s, 3H, OC\textit{H}\textsubscript{3}).",
        r"$^1$H NMR (\SI{400}{\mega\hertz}, \ce{CDCl3}): $\delta\,=\,7.64$ (d, $J = \SI{16.0}{\hertz}$, 1H), "
        r"$7.50$--$7.43$ (m, 2H), 3.83 (s, 3H).",
        r"$^{1}\mathrm{H}$ NMR (400 MHz, $\mathrm{CDCl}_{3}$) $\delta$ 7.64 ($\mathrm{d}, J = 16.0 \mathrm{~Hz}, "
        r"1 \mathrm{H}$), $7.50{-}7.43$ (m, 2H), 3.83 ($\mathrm{s}, 3 \mathrm{H}$).",
        r"\ce{^1H} NMR (400\,MHz, \ce{CDCl3}) \(\delta\) 7.64 (d, \({}^3J_{\mathrm{H,H}}\) = 16.0\,Hz, 1\,H), "
        r"7.50 -- 7.43 (m, 2\,H), 3.83 (s, 3\,H).",
        r"{\bf $^1$H NMR} (400 MHz, CDCl$_3$) $\delta$ 7.64 (d, {\it J} = 16.0 Hz, 1H), \numrange{7.50}{7.43} (m, 2H), "
        "3.83 (s, 3H)",
        "1H NMR (400 MHz, CDCl3) δ 7.64 (d, J = 16.0 Hz, 1H), 7.50---7.43 (m, 2H), 3.83 (s, 3H)",
        "**¹H NMR** (400 MHz, CDCl~3~) δ 7.64 (d, *J* = 16.0 Hz, 1H), 7.50–7.43 (m, 2H), 3.83 (s, 3H)",
        "^1^H NMR (400 MHz, CDCl3) δ 7.64 (d, _J_ = 16.0 Hz, 1H), 7.50 – 7.43 (m, 2H), 3.83 (s, 3H)",
        "<p><b><sup>1</sup>H&nbsp;NMR</b> (400&nbsp;MHz, CDCl<sub>3</sub>): <i>&delta;</i>&nbsp;=&nbsp;7.64 (d, "
        "<i>J</i>&thinsp;=&thinsp;16.0&nbsp;Hz, 1&#8239;H), 7.50&#8211;7.43 (m, 2&nbsp;H), 3.83 (s, 3 H) ppm.</p>",
        "1H NMR (400 MHz, CDCl3) &amp;delta; 7.64 (d, J = 16.0 Hz, 1H), 7.50&amp;#x2013;7.43 (m, 2H), 3.83 (s, 3H)",
    ],
)
def test_a_sentence_in_markup_is_read_like_a_plain_one(text: str) -> None:
    spectrum = read_sentence(sentence_source(text), Request("1H", None, Geometry.h1_window))

    assert [(p.ppm, p.multiplicity, p.protons, p.couplings_hz) for p in spectrum.peaks] == EXPECTED
    assert (spectrum.frequency_mhz, spectrum.solvent) == (400.0, "CDCl3")
    assert spectrum.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        r"\textsuperscript{13}C\{\textsuperscript{1}H\} NMR (101 MHz, CDCl\textsubscript{3}) $\delta$ 129.7 (2C), 14.4",
        r"$^{13}$C\{$^1$H\} NMR (101 MHz, CDCl$_3$) $\delta$ 129.7 ($2 \times$ C), 14.4",
        r"$^{13}$C{1H} NMR (101 MHz, CDCl$_3$) $\delta$ 129.7 (2C), 14.4",
        "<sup>13</sup>C{<sup>1</sup>H} NMR (101 MHz, CDCl<sub>3</sub>) &delta; 129.7 (2&times;CH), 14.4",
    ],
)
def test_the_braces_of_a_nucleus_are_kept(text: str) -> None:
    spectrum = read_sentence(sentence_source(text), Request("13C", None, Geometry.c13_window))

    assert [(p.ppm, p.protons) for p in spectrum.peaks] == [(129.7, 2.0), (14.4, None)]
    assert spectrum.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "7.26 (d, J < 2 Hz, 2H), 3.71 (s, 3H, 2*CH3, 3*CH)",
        "13C{1H} NMR 129.7 & 14.4, R&D; AT&T",
        "7.64~7.61 (m), 0.10 to -0.05",
        "C:\\data\\nmr",
        "170.1; 60.3",
    ],
)
def test_a_plain_text_is_not_changed(text: str) -> None:
    assert without_markup(text) == text


def test_a_range_to_a_negative_shift_keeps_its_sign() -> None:
    text = "1H NMR (400 MHz, CDCl3) δ 0.10–−0.06 (m, 9H), 3.71 (s, 3H)."
    spectrum = read_sentence(sentence_source(text), Request("1H", None, Geometry.h1_window))

    assert spectrum.peaks[0].ppm == pytest.approx(0.02)


def test_cells_of_a_table_are_separated() -> None:
    assert without_markup("<tr><td>7.26</td><td>d</td></tr>").split() == ["7.26", "d"]


HOSTILE = ["{" * 200_000, "\\" * 200_000, "$" * 200_001, "&" * 200_000, "<" * 200_000, "\\a{" * 70_000, "*a" * 100_000,
           "<p " * 70_000, "7--" * 70_000, "_{" * 100_000, "\\SI{1}{" * 30_000]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    without_markup(text + r" \textit{J} $x$ <b>")
    assert time.process_time() - start < 10
