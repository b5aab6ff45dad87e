"""Each problem of a spectrum gives a warning, and a good spectrum gives none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_spectra import Draw

from specmol_core.spectra.analysis.quality_checks import quality_warnings
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.spectrum import Spectrum

GOOD = [(171.1, 0.3), (144.2, 0.9), (115.0, 1.0), (60.4, 0.9), (18.2, 0.8)]
CDCL3 = [(77.416, 1.0), (77.16, 1.0), (76.904, 1.0)]


def joined_warnings(spectrum: Spectrum) -> str:
    return " | ".join(quality_warnings(spectrum, recognise(spectrum)))


def test_a_good_spectrum_has_no_warnings(draw: Draw) -> None:
    assert joined_warnings(draw("13C", [*GOOD, *CDCL3], solvent="CDCl3")) == ""


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        ([(7.2, 1.0), (3.5, 1.0), (1.2, 1.0)], {"window": (14.0, -2.0)}, "looks like a 1H spectrum"),
        ([*GOOD, *CDCL3], {"window": (165.0, -5.0)}, "lines outside are missing"),
        ([*GOOD, *CDCL3, (-9.6, 0.5)], {}, "maybe folded"),
        ([*GOOD, *CDCL3], {"solvent": "D2O"}, "says D2O, but the lines are those of CDCl3"),
        ([(p + 1.0, h) for p, h in [*GOOD, *CDCL3]], {}, "is +1.00 ppm from its reference position"),
        (GOOD, {}, "how the axis was referenced"),
        (GOOD, {"solvent": "CDCl3"}, "no line of CDCl3"),
        ([(p, -h) for p, h in GOOD], {}, "upside down"),
        ([*GOOD, (50.0, -0.6)], {}, "DEPT or APT"),
        ([(100.0, 0.04)], {"noise": 0.005}, "times the noise"),
    ],
)
def test_each_problem_has_its_warning(
    draw: Draw, lines: list[tuple[float, float]], options: dict[str, object], words: str
) -> None:
    assert words in joined_warnings(draw("13C", lines, **options))


def test_protons_on_a_carbon_axis(draw: Draw) -> None:
    carbon = draw("13C", [(150.0, 1.0), (120.0, 1.0), (30.0, 1.0)], width_hz=30.0)

    assert "looks like a 13C spectrum" in joined_warnings(replace(carbon, nucleus="1H", frequency_mhz=None))


def test_a_spectrum_with_couplings_to_protons(draw: Draw) -> None:
    doublets = [(p + side * 75 / 125, 1.0) for p in (150, 130, 128, 110, 60, 20) for side in (-1, 1)]

    assert "not proton-decoupled" in joined_warnings(draw("13C", doublets))
    assert "decoupled" not in joined_warnings(draw("13C", [(p, 1.0) for p in np.linspace(20, 190, 12)]))
