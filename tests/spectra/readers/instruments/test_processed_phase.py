"""The phase of processed spectra is corrected from their real part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments.processed_phase import correct_phase, imaginary_part
from specmol_core.spectra.spectrum import Spectrum

PAIRS = Path(__file__).parents[5] / "shared" / "data" / "raw_spectra"
LINES = [(171.2, 0.3), (151.0, 0.25), (130.1, 1.0), (128.4, 0.9), (60.3, 0.8), (31.2, 0.6), (14.2, 0.7)]


def spectrum(degrees: float, first: float = 0.0, signs: tuple[int, ...] = (1,) * 7, noise: float = 0.002) -> Spectrum:
    """Return a 13C spectrum of a decay of 32,768 points, transformed with twice as many and phased wrongly."""
    axis, points = PpmAxis(200.0, -10.0, 65536), 32768
    middle, width = 95.0, 210.0 * 125.0
    time = np.arange(points) / width
    decay = sum(
        sign * height * np.exp((2j * np.pi * (ppm - middle) * 125.0 - np.pi * 2.5) * time)
        for sign, (ppm, height) in zip(signs, LINES, strict=True)
    )
    decay[0] /= 2
    values = np.fft.fftshift(np.fft.fft(decay, axis.points))[::-1]
    values /= np.abs(values).max()
    rng = np.random.default_rng(0)
    hertz = np.linspace(0.5, -0.5, axis.points)
    values = values * np.exp(1j * np.radians(degrees + first * hertz)) + noise * rng.normal(size=axis.points)
    signed = min(signs) < 0
    return Spectrum("13C", axis, values.real.astype(np.float32), frequency_mhz=125.0, signed=signed)


def picked(measured: Spectrum) -> list[float]:
    return [round(peak.ppm, 1) for peak in pick_peaks(measured)]


def test_the_imaginary_part_is_that_of_the_spectrum() -> None:
    """The complex spectrum of a decay, transformed with twice as many points, is known."""
    decay = np.exp((2j * np.pi * 0.1 - 0.01) * np.arange(2048))
    values = np.fft.fftshift(np.fft.fft(decay, 4096))[::-1]

    assert imaginary_part(values.real) == pytest.approx(values.imag, abs=0.03 * np.abs(values).max())


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [25.0, -40.0, 70.0, 180.0])
@pytest.mark.parametrize("first", [0.0, 50.0])
@pytest.mark.parametrize("signs", [(1,) * 7, (1, 1, -1, -1, 1, -1, -1)])
def test_lines_are_in_phase_and_no_lobe_is_a_line(degrees: float, first: float, signs: tuple[int, ...]) -> None:
    result = correct_phase(spectrum(degrees, first, signs))

    assert picked(result) == [ppm for ppm, _ in LINES]
    heights = [peak.height for peak in pick_peaks(result)]
    expected = [sign * height for sign, (_, height) in zip(signs, LINES, strict=True)]
    assert np.abs(heights) / np.abs(heights).max() == pytest.approx(np.abs(expected), abs=0.06)
    assert np.abs(np.corrcoef(heights, expected)[0, 1]) > 0.99
    if min(signs) > 0 or degrees < 90:
        (note,) = result.warnings
        stated = float(note.split("about ")[1].split(" degrees")[0])
        assert stated == pytest.approx(abs(degrees), abs=25 if first else 4)


@pytest.mark.parametrize("signs", [(1,) * 7, (1, 1, -1, -1, 1, -1, -1)])
@pytest.mark.parametrize("degrees", [0.0, 4.0])
def test_a_spectrum_in_phase_stays_as_it_is(signs: tuple[int, ...], degrees: float) -> None:
    measured = spectrum(degrees, signs=signs)

    assert correct_phase(measured) is measured


def test_downward_lines_that_no_phase_turns_up_stay() -> None:
    """Single negative spikes, as of a receiver artefact."""
    measured = spectrum(0.0)
    trace = measured.intensities.copy()
    trace[[20000, 40000]] = -0.3
    damaged = replace(measured, intensities=trace)

    result = correct_phase(damaged)

    assert result.intensities is damaged.intensities
    assert any("lobes of the other sign" in text for text in result.warnings)


def test_lines_with_phases_of_their_own_are_said() -> None:
    """Lobes that no phase of the whole spectrum removes."""
    left, right = spectrum(35.0), spectrum(-35.0)
    halves = np.where(left.axis.grid() > 100.0, left.intensities, right.intensities)
    thirds = np.where(left.axis.grid() > 40.0, halves, left.intensities)
    result = correct_phase(replace(left, intensities=thirds.astype(np.float32)))

    assert any("lobes of the other sign" in text or "out of phase" in text for text in result.warnings)


def test_suppressed_water_out_of_phase_turns_no_other_line() -> None:
    """The rest of suppressed water is far taller than the compound and has a phase of its own."""
    measured = spectrum(0.0)
    distance = (measured.axis.grid() - 90.0) * 125.0 / 4.0
    water = (6.0 / (1 - 1j * distance) * np.exp(1j * np.radians(65.0))).real
    wet = replace(measured, intensities=(measured.intensities + water).astype(np.float32))

    assert correct_phase(wet).intensities is wet.intensities


def test_lists_and_drawings_stay_as_they_are() -> None:
    measured = spectrum(40.0)
    listed = replace(measured, peaks=(Peak(130.1, 1.0, None),))
    drawn = replace(measured, height_step=0.01)

    assert correct_phase(listed) is listed
    assert correct_phase(drawn) is drawn


@pytest.mark.slow
def test_the_phase_is_corrected_where_a_file_is_read(tmp_path: Path) -> None:
    measured = spectrum(35.0)
    rows = zip(measured.axis.grid(), measured.intensities, strict=True)
    (tmp_path / "c13.csv").write_text("ppm,intensity\n" + "".join(f"{x:.5f},{y:.6f}\n" for x, y in rows))

    result = read_spectrum(tmp_path / "c13.csv", "13C", None, (230.0, -10.0))

    assert any("out of phase by about 35 degrees" in text for text in result.warnings)
    assert picked(result) == [ppm for ppm, _ in LINES]


@pytest.mark.slow
@pytest.mark.skipif(not PAIRS.is_dir(), reason="the measured pairs (shared/data/raw_spectra) are not here")
@pytest.mark.parametrize("number", range(0, 45, 5))
def test_measured_spectra_come_back(number: int) -> None:
    """Each measured spectrum is the truth: it is in phase, and is turned out of phase."""
    entry = json.loads((PAIRS / "manifest.json").read_text())[number]
    for key, nucleus, window in (("h1", "1H", (12.0, -2.0)), ("c13", "13C", (230.0, -10.0))):
        measured = read_spectrum(PAIRS / entry[key]["path"], nucleus, None, window)
        assert not any("out of phase" in text for text in measured.warnings)
        values = measured.intensities.astype(np.float64)
        values -= np.median(values)
        turned = (values + 1j * imaginary_part(values)) * np.exp(1j * np.radians(40.0))

        result = correct_phase(replace(measured, intensities=turned.real.astype(np.float32)))

        assert any("out of phase" in text for text in result.warnings)
        difference = result.intensities - values
        before = turned.real - values
        assert np.linalg.norm(difference) < 0.35 * np.linalg.norm(before)
