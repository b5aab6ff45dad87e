from __future__ import annotations

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.sentence import read_sentence, sentence_source
from specmol_core.spectra.readers.source import Request


def shifts(text: str) -> list[float]:
    return [peak.ppm for peak in read_sentence(sentence_source(text), Request("13C", None, Geometry.c13_window)).peaks]


@pytest.mark.parametrize(
    "text",
    [
        "\n\n2,4-Dichlorophenyl acetate (5b)\nColourless oil.",
        "\n\n5b. 2,4-Dichlorophenyl acetate",
        ".\n\n13: Colourless oil. IR 1710.5 cm-1",
        ".\n2.3. Synthesis of amide\nTo a solution of 1.2 g",
        ".\n4.2.1. Synthesis of amide",
        ".\n23",
        "; C, 69.89; H, 6.84; N, 5.1.",
    ],
)
def test_a_number_of_the_next_paragraph_is_no_shift(text: str) -> None:
    assert shifts(f"13C NMR (101 MHz, CDCl3) δ 167.3, 60.3, 14.4{text}") == [167.3, 60.3, 14.4]


@pytest.mark.parametrize(
    "text", [",\n\n12.1", "\n\n12.1", ".\n12.1 (CH3)", ",\n\nS12\n\n12.1", "\n\n12.1 - 12.0 (CH3)"]
)
def test_a_list_goes_on_behind_a_break(text: str) -> None:
    assert len(shifts(f"13C NMR (101 MHz, CDCl3) δ 167.3, 60.3, 14.4{text}")) == 4
