"""Broad lines of exchanging nuclei are found beside narrow lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_spectra import Draw

from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.spectrum import Spectrum

CARBONS = [(171.1, 0.3), (144.2, 0.9), (115.3, 1.0), (60.4, 0.9), (18.2, 0.8)]
PROTONS = [(7.2, 0.9), (6.8, 0.9), (3.8, 3.0), (1.45, 9.0)]


def with_broad(narrow: Spectrum, ppm: float, height: float, width_hz: float) -> Spectrum:
    assert narrow.frequency_mhz is not None
    distance = (narrow.axis.grid() - ppm) * narrow.frequency_mhz
    trace = narrow.intensities + height / (1 + (distance / (width_hz / 2)) ** 2)
    return replace(narrow, intensities=trace.astype(np.float32))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("width", "height"), [(40.0, 0.04), (80.0, 0.02)])
def test_an_exchanging_carbon_is_a_line(draw: Draw, width: float, height: float, sign: int) -> None:
    """It has the area of the other lines, is 2 to 4 % as high, and 4 to 8 times as high as the noise."""
    narrow = draw("13C", CARBONS, noise=0.005, signed=sign < 0)
    spectrum = with_broad(narrow, 46.0, sign * height, width)

    lines = [line.peak for line in recognise(spectrum).of_kind("compound")]

    assert [round(peak.ppm) for peak in lines] == [171, 144, 115, 60, 46, 18]
    broad = lines[4]
    assert broad.ppm == pytest.approx(46.0, abs=0.1)
    assert abs(broad.height) * (broad.width_hz or 0) == pytest.approx(height * width, rel=0.35)
    assert np.sign(broad.height) == sign


def test_an_exchanging_proton_of_half_a_per_cent_has_its_integral(draw: Draw) -> None:
    narrow = draw("1H", PROTONS, noise=0.0005)
    spectrum = with_broad(narrow, 5.3, 0.045, 40.0)

    signals = recognise(spectrum).signals

    assert [round(s.ppm, 1) for s in signals] == [7.2, 6.8, 5.3, 3.8, 1.4]
    assert [s.integral for s in signals][2] / signals[0].integral == pytest.approx(40.0 * 0.045 / (1.5 * 0.9), rel=0.2)


@pytest.mark.parametrize("wave", [0.0, 0.004])
@pytest.mark.parametrize(("width", "height"), [(15.0, 0.1), (25.0, 0.05), (40.0, 0.045), (60.0, 0.03), (60.0, 0.4)])
def test_a_broad_proton_keeps_its_area(draw: Draw, width: float, height: float, wave: float) -> None:
    """The baseline follows the wings of a broad line; a trace sum lost up to two thirds of the area."""
    narrow = draw("1H", PROTONS, noise=0.002)
    broad = with_broad(narrow, 5.6, height, width)
    waves = wave * np.sin(1.3 * broad.axis.grid())
    spectrum = replace(broad, intensities=(broad.intensities + waves).astype(np.float32))

    signals = recognise(spectrum).signals

    assert [round(s.ppm, 1) for s in signals] == [7.2, 6.8, 5.6, 3.8, 1.4]
    (found,) = signals[2].peaks
    assert found.width_hz == pytest.approx(width, rel=0.06)
    assert signals[2].integral / signals[0].integral == pytest.approx(width * height / (1.5 * 0.9), rel=0.06)


def test_narrow_integrals_do_not_change_beside_a_broad_line(draw: Draw) -> None:
    narrow = draw("1H", PROTONS, noise=0.0005)
    alone = recognise(narrow).signals
    beside = [s for s in recognise(with_broad(narrow, 5.6, 0.045, 40.0)).signals if round(s.ppm, 1) != 5.6]

    scale = beside[0].integral / alone[0].integral
    assert [s.integral for s in beside] == pytest.approx([scale * s.integral for s in alone], rel=0.005)


@pytest.mark.parametrize("seed", range(4))
def test_noise_waves_of_the_baseline_and_feet_are_no_lines(draw: Draw, seed: int) -> None:
    feet = [(ppm + side * 0.25, 0.004 * height) for ppm, height in CARBONS for side in (-1, 1)]
    spectrum = draw("13C", [*CARBONS, *feet], noise=0.005, seed=seed, baseline=0.01)

    assert [round(peak.ppm) for peak in pick_peaks(spectrum)] == [171, 144, 115, 60, 18]


def test_a_multiplet_is_no_broad_line(draw: Draw) -> None:
    lines = [(5.0 + k * 4.0 / 500, 0.05) for k in range(12)]
    spectrum = draw("1H", [*PROTONS, *lines], noise=0.0005)

    assert len(pick_peaks(spectrum)) == 16


def test_noise_on_a_broad_line_is_left_out(draw: Draw) -> None:
    spectrum = with_broad(draw("13C", CARBONS, noise=0.005), 46.0, 0.06, 60.0)

    assert [round(peak.ppm) for peak in pick_peaks(spectrum)].count(46) == 1
