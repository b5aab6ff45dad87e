"""Masking removes lines of solvent and impurities only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_spectra import Draw

from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.analysis.mask import describe_lines, mask_contaminants
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

CDCL3 = [(77.416, 1.0), (77.16, 1.0), (76.904, 1.0)]
LINES = [(171.1, 0.3), (144.2, 0.9), (76.2, 0.8), (60.4, 0.9), (18.2, 0.8)]


def height_at(spectrum: Spectrum, ppm: float, within: float = 0.05) -> float:
    grid = spectrum.axis.grid()
    return float(spectrum.intensities[np.abs(grid - ppm) < within].max())


def test_the_solvent_is_masked_and_its_neighbour_is_kept(draw: Draw) -> None:
    spectrum = draw("13C", [*LINES, *CDCL3])

    rest, masked_lines = mask_contaminants(spectrum)

    assert [round(line.peak.ppm, 1) for line in masked_lines] == [77.4, 77.2, 76.9]
    for ppm, height in LINES:
        assert height_at(rest, ppm) == pytest.approx(height_at(spectrum, ppm), rel=0.02), height
    assert max(height_at(rest, ppm) for ppm, _ in CDCL3) < 0.03
    assert describe_lines(masked_lines) == "CDCl3 77.42, 77.16, 76.90"


@pytest.mark.parametrize("taller", [3.0, 12.0, 40.0])
@pytest.mark.parametrize("width_hz", [1.5, 4.0])
def test_tails_of_a_tall_solvent_leave_no_line(draw: Draw, taller: float, width_hz: float) -> None:
    far = [line for line in LINES if line[0] != 76.2]
    solvent = [(ppm, taller * height) for ppm, height in CDCL3]
    rest, masked_lines = mask_contaminants(draw("13C", [*far, *solvent], width_hz=width_hz, noise=0.003))

    assert len(masked_lines) == 3
    result = [line.peak.ppm for line in recognise(rest).of_kind("compound")]
    assert result == pytest.approx([ppm for ppm, _ in far], abs=0.02)


@pytest.mark.parametrize("taller", [3.0, 12.0, 40.0])
@pytest.mark.parametrize("width_hz", [1.5, 4.0])
def test_tails_of_tall_water_leave_no_signal(draw: Draw, taller: float, width_hz: float) -> None:
    dmso = [(2.50 + k * 1.8 / 500, 0.2 * height) for k, height in zip(range(-2, 3), (1, 2, 3, 2, 1), strict=True)]
    own = [(9.15, 1.0), (7.45, 0.5), (7.43, 0.5), (2.97, 0.8), (1.22, 1.0)]
    spectrum = draw("1H", [*own, *dmso, (3.33, taller)], solvent="DMSO-d6", width_hz=width_hz, noise=0.002)
    # Shimming and exchange give water a broad base.
    base = 0.2 * taller / (1 + ((spectrum.axis.grid() - 3.33) / (6.0 / 500)) ** 2)

    rest, masked_lines = mask_contaminants(
        replace(spectrum, intensities=spectrum.intensities + base.astype(np.float32))
    )

    assert any(line.reason == "water in DMSO-d6" for line in masked_lines)
    result = [signal.ppm for signal in recognise(rest).signals]
    assert result == pytest.approx([9.15, 7.44, 2.97, 1.22], abs=0.01)


@pytest.mark.parametrize("taller", [3.0, 12.0, 40.0])
def test_a_line_beside_a_tall_solvent_is_kept(draw: Draw, taller: float) -> None:
    rest, _ = mask_contaminants(draw("13C", [*LINES, *((ppm, taller * height) for ppm, height in CDCL3)]))

    assert height_at(rest, 76.2) == pytest.approx(0.8, rel=0.05)


def test_masked_ranges_are_recorded(draw: Draw) -> None:
    rest, _ = mask_contaminants(draw("13C", [*LINES, *CDCL3]))

    assert len(rest.masked_ranges) == 3
    for (low, high), (ppm, _) in zip(sorted(rest.masked_ranges, reverse=True), CDCL3, strict=True):
        assert low < ppm < high
        assert high - low < 0.3
    masked_twice, _ = mask_contaminants(replace(rest, masked_ranges=((9.0, 10.0),)))
    assert masked_twice.masked_ranges == ((9.0, 10.0),)


def test_masked_ranges_move_with_the_axis(draw: Draw) -> None:
    off = [(ppm - 1.16, height) for ppm, height in [*LINES, *CDCL3]]

    rest, _ = mask_contaminants(draw("13C", off))

    assert sorted((low + high) / 2 for low, high in rest.masked_ranges) == pytest.approx(
        sorted(p for p, _ in CDCL3), abs=0.1
    )


def test_a_spectrum_of_the_solvent_alone_is_not_masked_with_a_warning(draw: Draw) -> None:
    spectrum = draw("13C", CDCL3)

    rest, masked_lines = mask_contaminants(spectrum)

    assert masked_lines == ()
    assert np.array_equal(rest.intensities, spectrum.intensities)
    assert any("none was masked" in text for text in rest.warnings)


def test_the_axis_is_corrected_if_the_solvent_is_far_off(draw: Draw) -> None:
    spectrum = draw("13C", [(ppm - 1.16, height) for ppm, height in [*LINES, *CDCL3]])

    rest, _ = mask_contaminants(spectrum)

    assert rest.axis.high - spectrum.axis.high == pytest.approx(1.16, abs=0.02)
    assert any("moved by +1.16 ppm" in text for text in rest.warnings)


def test_a_spectrum_without_solvent_lines_is_not_masked(draw: Draw) -> None:
    spectrum = draw("13C", LINES, solvent="CDCl3")

    rest, masked_lines = mask_contaminants(spectrum)

    assert masked_lines == ()
    assert rest is not spectrum or rest.warnings == ()
    assert np.array_equal(rest.intensities, spectrum.intensities)


def test_warnings_name_masked_lines_and_13c_names_the_solvent(draw: Draw) -> None:
    c13 = draw("13C", [*LINES, *CDCL3])
    # Too tall for a residual line of a file that says nothing, and no other evidence.
    h1 = draw("1H", [(7.26, 0.5), (3.7, 3.0), (2.1, 3.0)])

    pair = analyse_pair(SpectrumPair(h1, c13))

    assert [line.reason for line in pair.contaminants["1H"]] == ["CDCl3"]
    assert pair.masked_pair.h1 is not None
    assert "masked CDCl3 7.26" in pair.masked_pair.h1.warnings[0]
    assert analyse_pair(SpectrumPair(h1, None)).contaminants["1H"] == ()
    assert analyse_pair(SpectrumPair(replace(h1, solvent="DMSO"), None)).contaminants["1H"] == ()
