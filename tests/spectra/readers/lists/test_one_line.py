from __future__ import annotations

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.lists.one_line import rows_of_line
from specmol_core.spectra.readers.sentence.inline import spectrum_source


@pytest.mark.parametrize(
    "text",
    [
        "167.3 0.1; 161.3 0.2; 60.3 0.8",
        "167.3, 0.1; 161.3, 0.2; 60.3, 0.8.",
        "(167.3, 0.1), (161.3, 0.2), (60.3, 0.8)",
        "[[167.3, 0.1], [161.3, 0.2], [60.3, 0.8]]",
        "1, 167.3, 0.1; 2, 161.3, 0.2; 3, 60.3, 0.8",
    ],
)
def test_groups_of_numbers_are_rows(text: str) -> None:
    source = spectrum_source(text)
    spectrum = read_spectrum(source, "13C", None, Geometry.c13_window)

    assert str(source) == text
    assert [(peak.ppm, peak.height) for peak in spectrum.peaks] == [(167.3, 0.1), (161.3, 0.2), (60.3, 0.8)]


@pytest.mark.parametrize(
    "text",
    ["167.3, 161.3; 144.2, 60.3", "167,3; 161,3; 60,3", "167.3 0.1; 60.3", "167.3; 60.3", "7.26 (2H); 3.71 (3H)", ""],
)
def test_other_lists_are_no_rows(text: str) -> None:
    assert rows_of_line(text, "13C") is None
