from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments.jeol import read_jeol
from specmol_core.spectra.readers.source import Request, SourceFile

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(content: bytes, nucleus: str):
    return read_jeol(SourceFile(Path("x.jdf"), content), Request(nucleus, None, WINDOWS[nucleus]))


def refused(content: bytes, nucleus: str, why: str) -> None:
    with pytest.raises(SpectrumError, match=why) as caught:
        read(content, nucleus)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("scans", "prescans", "repetition", "seconds"),
    [(32.0, 0.0, (5.0, (1, 28)), 5.0), (1.0, 2.0, (5.0, (1, 28)), 5.0), (1.0, 0.0, (5.0, (1, 28)), None),
     (32.0, 0.0, (5.0, (1, 0)), None), (32.0, 0.0, (0.0, (1, 28)), None)],
)  # fmt: skip
def test_time_between_scans(spectrometers, scans, prescans, repetition, seconds) -> None:
    content = spectrometers.jdf(spectrometers.Decay("1H"), scans=scans, x_prescans=prescans, repetition_time=repetition)

    assert read(content, "1H").repetition_s == seconds


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize("spectrum", [True, False])
def test_lines_stand_at_their_shifts(spectrometers, lines_of, tmp_path, nucleus, little, spectrum) -> None:
    decay = spectrometers.Decay(nucleus, points=4000)
    (tmp_path / "a.txt").write_bytes(spectrometers.jdf(decay, little=little, spectrum=spectrum))
    found = read_spectrum(tmp_path / "a.txt", nucleus, None, WINDOWS[nucleus])

    assert lines_of(found) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * found.axis.step)
    assert (found.nucleus, found.frequency_mhz, found.solvent) == (nucleus, decay.mhz, "CHLOROFORM-D")


@pytest.mark.parametrize(
    ("orders", "factors"),
    [("2 54 73", "8  2"), ("2 41 73", "6  2"), ("  2 54 73", "  8  2"), ("2 54 73", "2 8 2"), ("2 54 73", "2  8  2")],
)
def test_the_digital_filter_is_removed(spectrometers, lines_of, orders, factors) -> None:
    # (54 - 1) / 2 points of the first stage, decimated 8 * 2 times, and (73 - 1) / 2 of the second, 2 times.
    first = {"54": 53 / 2 / 16, "41": 40 / 2 / 12}[orders.split()[1]]
    decay = spectrometers.Decay("1H", delay=first + 36 / 2)
    spectrum = read(spectrometers.jdf(decay, orders=orders, factors=factors), "1H")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.01)
    assert spectrum.intensities.min() > -0.03
    assert spectrum.warnings == ()


def test_a_filter_that_is_not_understood_is_found_in_the_fid(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("1H", delay=19.65625)
    spectrum = read(spectrometers.jdf(decay, orders="2 54 73", factors="eight"), "1H")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.01)
    assert "not understood" in spectrum.warnings[0]
    assert "points were found" in spectrum.warnings[1]


def test_a_mirrored_fid_is_detected_by_its_solvent(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("13C")
    lines = [ppm for ppm, _ in decay.lines]
    decay.fid = decay.fid.conj()
    spectrum = read(spectrometers.jdf(decay), "13C")

    assert lines_of(spectrum) == pytest.approx(lines, abs=spectrum.axis.step)
    assert any("mirrored" in note for note in spectrum.warnings)


MEGA, KILO, NONE = 0xE1, 0xF1, 0x01
HERTZ, PPM, DEGREE = 13, 26, 6


@pytest.mark.parametrize(
    "more",
    [
        {"x_freq": (100.0, (MEGA, HERTZ)), "x_sweep": (24.0, (KILO, HERTZ)), "x_offset": (100.0, (NONE, PPM))},
        {"x_freq": (1e8, (NONE, HERTZ)), "x_sweep": (240.0, (NONE, PPM)), "x_offset": (10.0, (KILO, HERTZ))},
    ],
)
def test_parameters_count_in_their_unit(spectrometers, lines_of, more) -> None:
    decay = spectrometers.Decay("13C")
    spectrum = read(spectrometers.jdf(decay, **more), "13C")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * spectrum.axis.step)
    assert spectrum.frequency_mhz == pytest.approx(100.0)
    refused(spectrometers.jdf(decay, x_sweep=(24000.0, (NONE, DEGREE))), "13C", "x_sweep in an unknown unit")


@pytest.mark.parametrize(("unit_bytes", "scale"), [((NONE, HERTZ), 400.0), ((KILO, HERTZ), 0.4), ((NONE, PPM), 1.0)])
def test_the_axis_of_a_spectrum_may_be_in_hz(spectrometers, lines_of, unit_bytes, scale) -> None:
    decay = spectrometers.Decay("1H")
    spectrum = read(spectrometers.jdf(decay, spectrum=True, unit_bytes=unit_bytes, axis_scale=scale), "1H")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * spectrum.axis.step)


def test_a_spectrum_on_an_axis_of_another_unit_is_no_fid(spectrometers) -> None:
    refused(spectrometers.jdf(spectrometers.Decay("1H"), spectrum=True, unit_bytes=(NONE, 25)), "1H", "not in ppm")


def test_the_stated_solvent_references_the_axis(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("13C")
    lines = [ppm for ppm, _ in decay.lines]
    spectrum = read(spectrometers.jdf(decay, x_offset=decay.middle - 1.3), "13C")

    assert lines_of(spectrum) == pytest.approx(lines, abs=0.02)
    assert "CDCl3" in spectrum.referencing


def test_other_data_than_a_1d_spectrum_of_the_nucleus_are_refused(spectrometers) -> None:
    decay = spectrometers.Decay("1H", points=256)
    refused(spectrometers.jdf(decay, dimensions=2), "1H", "2D data set")
    refused(spectrometers.jdf(decay), "13C", "is a 1H spectrum, given as 13C")


@pytest.mark.parametrize("cut", [9, 1000, 1400, 1500, 5000])
def test_a_truncated_file_is_refused(spectrometers, cut) -> None:
    refused(spectrometers.jdf(spectrometers.Decay("1H", points=256))[:cut], "1H", "damaged or truncated|states no")


def test_not_finite_or_silent_data_are_refused(spectrometers) -> None:
    decay = spectrometers.Decay("1H", points=256)
    content = bytearray(spectrometers.jdf(decay, spectrum=True))
    refused(bytes(content[:-16]) + struct.pack("<2d", np.nan, 0.0), "1H", "not finite")
    decay.fid = np.zeros(256, complex)
    refused(spectrometers.jdf(decay), "1H", "only zeros")


@pytest.fixture(scope="module")
def whole(spectrometers) -> bytes:
    return spectrometers.jdf(spectrometers.Decay("1H", points=256))


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(
    cut=st.integers(0, 6000),
    hits=st.lists(st.tuples(st.integers(8, 1900), st.binary(min_size=1, max_size=8)), max_size=8),
)
def test_a_mutated_file_is_read_or_refused(whole: bytes, cut, hits) -> None:
    content = bytearray(whole[: cut or None])
    for index, value in hits:
        at = index % len(content)
        content[at : at + len(value)] = value
    try:
        spectrum = read(bytes(content), "1H")
    except SpectrumError:
        return
    assert np.isfinite(spectrum.intensities).all()
