"""A spectrum is analysed once, whoever asks for its lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_spectra import Draw

from specmol_core.spectra.analysis import analysis as module
from specmol_core.spectra.analysis.analysis import AnalysedPair, Analysis, analyse_pair, analyse_unmasked
from specmol_core.spectra.analysis.mask import mask_contaminants
from specmol_core.spectra.analysis.recognise import LineRecognition, recognise
from specmol_core.spectra.inspection.inspection import inspect
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

CDCL3 = [(77.416, 1.0), (77.16, 1.0), (76.904, 1.0)]
CARBONS = [(171.1, 0.3), (144.2, 0.9), (60.4, 0.9), (18.2, 0.8)]
PROTONS = [(7.26, 0.5), (3.7, 3.0), (2.1, 3.0)]


@pytest.fixture
def recognised(monkeypatch: pytest.MonkeyPatch) -> list[Spectrum]:
    """The spectra whose lines were looked for."""
    found: list[Spectrum] = []

    def counted(spectrum: Spectrum, solvent: str | None = None) -> LineRecognition:
        found.append(spectrum)
        return recognise(spectrum, solvent)

    monkeypatch.setattr(module, "recognise", counted)
    return found


def test_everything_comes_from_one_look_where_nothing_is_taken_out(draw: Draw, recognised: list[Spectrum]) -> None:
    analysis = Analysis(draw("13C", CARBONS))

    assert analysis.masked_recognition is analysis.recognition
    assert analysis.masked_spectrum is not None
    assert analysis.contaminants == ()
    assert recognised == [analysis.spectrum]


def test_what_is_left_without_the_solvent_is_looked_at_once(draw: Draw, recognised: list[Spectrum]) -> None:
    analysis = Analysis(draw("13C", [*CARBONS, *CDCL3]))

    for _ in range(2):
        assert [round(line.peak.ppm, 1) for line in analysis.contaminants] == [77.4, 77.2, 76.9]
        assert len(analysis.recognition.lines) == 7
        assert [line.kind for line in analysis.masked_recognition.lines] == ["compound"] * 4
    assert [spectrum is analysis.masked_spectrum for spectrum in recognised] == [False, True]
    assert "masked CDCl3 77.42, 77.16, 76.90" in analysis.masked_spectrum.warnings[-1]


def test_it_agrees_with_masking_and_a_look_at_the_rest(draw: Draw) -> None:
    spectrum = draw("13C", [(ppm - 1.16, height) for ppm, height in [*CARBONS, *CDCL3]])
    shown, removed = mask_contaminants(spectrum)

    analysis = Analysis(spectrum)

    assert np.array_equal(analysis.masked_spectrum.intensities, shown.intensities)
    assert (analysis.masked_spectrum.axis, analysis.masked_spectrum.masked_ranges) == (shown.axis, shown.masked_ranges)
    assert analysis.contaminants == removed
    assert analysis.masked_recognition.lines == recognise(shown).lines


def test_left_as_given_nothing_is_taken_out(draw: Draw, recognised: list[Spectrum]) -> None:
    spectrum = draw("13C", [*CARBONS, *CDCL3])

    pair = analyse_unmasked(SpectrumPair(c13=spectrum))

    assert pair.masked_pair.c13 is spectrum
    assert recognised == []
    assert pair.c13 is not None
    assert len(pair.c13.masked_recognition.lines) == 7


def test_the_carbons_tell_the_protons_solvent(draw: Draw) -> None:
    # The line is too tall for a residual solvent peak of a file that names no solvent.
    pair = SpectrumPair(draw("1H", PROTONS), draw("13C", [*CARBONS, *CDCL3]))

    found = analyse_pair(pair)

    assert [line.reason for line in found.contaminants["1H"]] == ["CDCl3"]
    assert list(found.contaminants) == ["13C", "1H"]
    assert [analysis.spectrum for analysis in found.analyses] == list(pair.spectra)
    assert analyse_pair(SpectrumPair(pair.h1)).contaminants == {"1H": ()}


def test_a_solvent_that_only_the_carbons_tell_is_not_looked_for_in_the_rest(draw: Draw) -> None:
    spectrum = draw("1H", [(3.7, 3.0), (2.1, 3.0)])

    assert Analysis(spectrum, "CDCl3").recognition.solvent == "CDCl3"
    assert Analysis(spectrum, "CDCl3").masked_recognition.solvent is None
    assert Analysis(replace(spectrum, solvent="CDCl3"), "CDCl3").masked_recognition.solvent == "CDCl3"


def test_inspection_looks_once(draw: Draw, recognised: list[Spectrum]) -> None:
    spectrum = draw("13C", [*CARBONS, *CDCL3])

    inspect(spectrum)

    assert recognised == [spectrum]


def test_a_pair_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a 1H or a 13C spectrum"):
        AnalysedPair()
