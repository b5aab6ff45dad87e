from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.spectra.readers.instruments.fid import process_fid
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.spectrum import Spectrum


def processed(decay, **options) -> Spectrum:
    axis, trace, notes = process_fid(
        decay.fid, decay.sw, decay.middle, decay.mhz, decay.nucleus, decay.delay, **options
    )
    return Spectrum(decay.nucleus, axis, trace, warnings=notes)


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("delay", [0.0, 67.98])
@pytest.mark.parametrize("phase", [(0.0, 0.0), (2.5, 0.0), (-1.2, 3.0)])
def test_lines_stand_upright_at_their_shifts(spectrometers, lines_of, nucleus, delay, phase) -> None:
    spectrum = processed(spectrometers.Decay(nucleus, delay=delay, phase=phase))

    expected = [ppm for ppm, _ in spectrometers.Decay(nucleus).lines]
    assert lines_of(spectrum) == pytest.approx(expected, abs=2 * spectrum.axis.step)
    assert spectrum.intensities.min() > -0.03
    assert spectrum.warnings == ()


def test_areas_are_kept(spectrometers) -> None:
    spectrum = processed(spectrometers.Decay("1H", noise=0.0))

    grid = spectrum.axis.grid()
    areas = [spectrum.intensities[np.abs(grid - ppm) < 0.4].sum() for ppm in (7.26, 3.70, 1.25)]
    assert np.array(areas) / areas[0] == pytest.approx([1.0, 3.0, 2.0], rel=0.06)


def test_signs_of_an_edited_spectrum_are_kept(spectrometers) -> None:
    lines = ((150.0, 1.0), (128.0, -1.0), (60.0, 1.0), (30.0, -0.8), (14.0, 0.9))
    spectrum = processed(spectrometers.Decay("13C", lines, phase=(1.0, 1.0)), signed=True)

    signs = [np.sign(spectrum.intensities[np.abs(spectrum.axis.grid() - ppm).argmin()]) for ppm, _ in lines]
    assert signs in ([1, -1, 1, -1, 1], [-1, 1, -1, 1, -1])


def test_noise_alone_gives_a_warning(spectrometers) -> None:
    spectrum = processed(spectrometers.Decay("13C", ((100.0, 0.0),), noise=1.0))

    assert any("strong enough" in note or "do not agree" in note for note in spectrum.warnings)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fid": np.ones(10, complex)}, "10 complex points"),
        ({"fid": np.zeros(4096, complex)}, "only zeros"),
        ({"fid": np.full(4096, np.nan + 0j)}, "not finite"),
        ({"fid": np.ones(4096, complex)}, "no signal"),
        ({"spectral_width_hz": 0.0}, "0 Hz wide"),
        ({"spectral_width_hz": float("nan")}, "not a finite number"),
        ({"frequency_mhz": -4.0}, "-4 MHz"),
        ({"carrier_ppm": 1e6}, "1e\\+06 ppm"),
        ({"group_delay": 4000.0}, "group delay of 4000"),
    ],
)
def test_invalid_input_is_refused(spectrometers, change, why) -> None:
    decay = spectrometers.Decay("1H")
    given_ = {"fid": decay.fid, "spectral_width_hz": 6000.0, "carrier_ppm": 5.0, "frequency_mhz": 400.0}
    with pytest.raises(RefusedError, match=why):
        process_fid(**{**given_, **change}, nucleus="1H")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(64, 600), st.floats(0.0, 40.0), st.sampled_from(["1H", "13C"]))
def test_any_numbers_end_in_a_spectrum_or_are_refused(seed, points, delay, nucleus) -> None:
    rng = np.random.default_rng(seed)
    fid = (rng.standard_cauchy(points) + 1j * rng.standard_cauchy(points)) * 10.0 ** rng.integers(-300, 300)
    try:
        axis, trace, _ = process_fid(fid, 5000.0, 5.0, 400.0, nucleus, delay)
    except RefusedError:
        return
    Spectrum(nucleus, axis, trace)
