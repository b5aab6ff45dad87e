"""Each spectrum is analysed once."""

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
    """The spectra that were recognised."""
    result: list[Spectrum] = []

    def counted(spectrum: Spectrum, solvent: str | None = None, *, weak_lines: bool = False) -> LineRecognition:
        result.append(spectrum)
        return recognise(spectrum, solvent, weak_lines=weak_lines)

    monkeypatch.setattr(module, "recognise", counted)
    return result


def test_lines_are_recognised_once_if_nothing_is_masked(draw: Draw, recognised: list[Spectrum]) -> None:
    analysis = Analysis(draw("13C", CARBONS))

    assert analysis.masked_recognition is analysis.recognition
    assert analysis.masked_spectrum is not None
    assert analysis.contaminants == ()
    assert recognised == [analysis.spectrum]


def test_the_masked_spectrum_is_recognised_once(draw: Draw, recognised: list[Spectrum]) -> None:
    analysis = Analysis(draw("13C", [*CARBONS, *CDCL3]))

    for _ in range(2):
        assert [round(line.peak.ppm, 1) for line in analysis.contaminants] == [77.4, 77.2, 76.9]
        assert len(analysis.recognition.lines) == 7
        assert [line.kind for line in analysis.masked_recognition.lines] == ["compound"] * 4
    assert [spectrum is analysis.masked_spectrum for spectrum in recognised] == [False, True]
    assert "masked CDCl3 77.42, 77.16, 76.90" in analysis.masked_spectrum.warnings[-1]


def test_analysis_agrees_with_separate_masking_and_recognition(draw: Draw) -> None:
    spectrum = draw("13C", [(ppm - 1.16, height) for ppm, height in [*CARBONS, *CDCL3]])
    masked, contaminants = mask_contaminants(spectrum)

    analysis = Analysis(spectrum)

    assert np.array_equal(analysis.masked_spectrum.intensities, masked.intensities)
    assert (analysis.masked_spectrum.axis, analysis.masked_spectrum.masked_ranges) == (
        masked.axis,
        masked.masked_ranges,
    )
    assert analysis.contaminants == contaminants
    assert analysis.masked_recognition.lines == recognise(masked).lines


def test_nothing_is_masked_without_masking(draw: Draw, recognised: list[Spectrum]) -> None:
    spectrum = draw("13C", [*CARBONS, *CDCL3])

    pair = analyse_unmasked(SpectrumPair(c13=spectrum))

    assert pair.masked_pair.c13 is spectrum
    assert recognised == []
    assert pair.c13 is not None
    assert len(pair.c13.masked_recognition.lines) == 7


def test_the_13c_spectrum_names_the_solvent_of_the_1h_spectrum(draw: Draw) -> None:
    # The line is too tall for a residual solvent peak of a file that names no solvent.
    pair = SpectrumPair(draw("1H", PROTONS), draw("13C", [*CARBONS, *CDCL3]))

    result = analyse_pair(pair)

    assert [line.reason for line in result.contaminants["1H"]] == ["CDCl3"]
    assert list(result.contaminants) == ["13C", "1H"]
    assert [analysis.spectrum for analysis in result.analyses] == list(pair.spectra)
    assert analyse_pair(SpectrumPair(pair.h1)).contaminants == {"1H": ()}


def test_a_solvent_from_13c_is_not_searched_in_the_masked_1h_spectrum(draw: Draw) -> None:
    spectrum = draw("1H", [(3.7, 3.0), (2.1, 3.0)])

    assert Analysis(spectrum, "CDCl3").recognition.solvent == "CDCl3"
    assert Analysis(spectrum, "CDCl3").masked_recognition.solvent is None
    assert Analysis(replace(spectrum, solvent="CDCl3"), "CDCl3").masked_recognition.solvent == "CDCl3"


def test_inspection_recognises_lines_once(draw: Draw, recognised: list[Spectrum]) -> None:
    spectrum = draw("13C", [*CARBONS, *CDCL3])

    inspect(spectrum)

    assert recognised == [spectrum]


def test_inspection_shows_the_signals_that_ranking_uses(draw: Draw) -> None:
    """A tall line of the solvent beside the compound changes integrals, unless it is masked."""
    spectrum = draw("1H", [(2.503, 30.0), (3.7, 3.0), (2.62, 3.0)], solvent="DMSO", width_hz=3.0)

    shown = inspect(spectrum)

    assert shown.signals == Analysis(spectrum).masked_recognition.signals
    assert [round(s["ppm"], 2) for s in shown.as_dict()["signals"]] == [3.7, 2.62]
    assert [line["multiplicity"] for line in shown.as_dict()["peaks"] if line["kind"] == "compound"] == ["s", "s"]


def test_a_pair_without_spectra_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a 1H or a 13C spectrum"):
        AnalysedPair()


def test_the_solvent_of_13c_counts_if_the_stated_one_has_no_line_in_1h(draw: Draw) -> None:
    """A 1H file with the solvent of the last sample in its parameters."""
    stated = draw("1H", PROTONS, solvent="D2O")

    result = analyse_pair(SpectrumPair(stated, draw("13C", [*CARBONS, *CDCL3])))

    assert [line.reason for line in result.contaminants["1H"]] == ["CDCl3"]
    with_its_line = replace(draw("1H", [*PROTONS, (5.32, 0.1)]), solvent="CD2Cl2")
    result = analyse_pair(SpectrumPair(with_its_line, draw("13C", [*CARBONS, *CDCL3])))
    assert [line.reason for line in result.contaminants["1H"]] == ["CD2Cl2"]


def test_weak_lines_count_in_the_analysis_of_a_mixture(draw: Draw) -> None:
    analysis = Analysis(draw("13C", [(20.0, 1.0), (60.0, 1.0), (130.0, 0.03)], noise=0.001))

    assert len(analysis.recognition.of_kind("compound")) == 2
    assert len(analysis.with_weak_lines().recognition.of_kind("compound")) == 3
    pair = AnalysedPair(None, analysis).with_weak_lines()
    assert pair.h1 is None
    assert pair.c13 is not None
    assert len(pair.c13.masked_recognition.of_kind("compound")) == 3
