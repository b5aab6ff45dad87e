"""Lines are picked with the right position, height and width; noise is not picked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.drawn_spectra import Draw

from specmol_core.spectra.analysis.picking import least_height, pick_peaks
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum


def test_position_height_and_width(draw: Draw) -> None:
    truth = [(170.123, 0.3), (77.456, 1.0), (21.0071, 0.6)]
    peaks = pick_peaks(draw("13C", truth, width_hz=3.0))

    assert [p.ppm for p in peaks] == pytest.approx([ppm for ppm, _ in truth], abs=0.0008)
    assert [p.height for p in peaks] == pytest.approx([height for _, height in truth], rel=0.03)
    assert [p.width_hz for p in peaks] == pytest.approx([3.0] * 3, rel=0.12)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_not_picked(draw: Draw, seed: int) -> None:
    peaks = pick_peaks(draw("13C", [(100.0, 1.0)], noise=0.05, seed=seed))

    assert [round(p.ppm, 1) for p in peaks] == [100.0]


def test_a_weak_line_beside_a_very_tall_line_is_picked(draw: Draw) -> None:
    peaks = pick_peaks(draw("13C", [(39.7, 50.0), (128.0, 1.0), (130.0, 1.0), (150.0, 0.4)], noise=0.01))

    assert [round(p.ppm) for p in peaks] == [150, 130, 128, 40]


def test_coupled_lines_and_shoulders_are_resolved(draw: Draw) -> None:
    pair = pick_peaks(draw("1H", [(7.0, 1.0), (7.0 - 3.0 / 500, 1.0)], width_hz=1.5))
    shoulder = pick_peaks(draw("1H", [(7.0, 1.0), (7.0 - 2.4 / 500, 0.4)], width_hz=2.0))

    assert len(pair) == 2
    assert pair[0].ppm - pair[1].ppm == pytest.approx(3.0 / 500, rel=0.08)
    assert len(shoulder) == 2


def test_a_single_line_has_no_shoulder(draw: Draw) -> None:
    assert len(pick_peaks(draw("1H", [(7.0, 1.0)], width_hz=2.0, noise=0.0005))) == 1


def test_negative_lines_are_picked_in_signed_spectra_only(draw: Draw) -> None:
    lines = [(60.0, 1.0), (30.0, -0.8)]

    assert [np.sign(p.height) for p in pick_peaks(draw("13C", lines, signed=True))] == [1, -1]
    assert [round(p.ppm) for p in pick_peaks(draw("13C", lines))] == [60]


def test_a_peak_list_is_returned_unchanged(draw: Draw) -> None:
    listed = (Peak(1.2, 1.0, None, "t", (7.0,), 3.0), Peak(7.3, 1.0, None, "d", (8.0,), 2.0))
    axis = PpmAxis(12, 0, 100)
    spectrum = Spectrum("1H", axis, np.eye(1, 100, dtype=np.float32)[0], peaks=listed)

    assert [p.ppm for p in pick_peaks(spectrum)] == [7.3, 1.2]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=400),
    st.sampled_from(["1H", "13C"]),
    st.booleans(),
)
def test_any_trace_is_accepted(values: list[float], nucleus: str, signed: bool) -> None:
    trace = np.array(values, dtype=np.float32)
    if not np.ptp(trace) > 0:
        trace[0] += 1.0
    spectrum = Spectrum(nucleus, PpmAxis(10.0, 9.0, len(trace)), trace, frequency_mhz=100.0, signed=signed)  # type: ignore[arg-type]

    peaks = pick_peaks(spectrum)

    assert all(np.isfinite([p.ppm, p.height]).all() and 8.9 < p.ppm < 10.1 for p in peaks)


@pytest.mark.parametrize("noise", [0.002, 0.01])
def test_lines_are_picked_from_the_least_height_on(draw: Draw, noise: float) -> None:
    tall = [(20.0 + 10 * k, 1.0) for k in range(6)]
    least = least_height(draw("13C", tall, noise=noise))

    for factor, count in ((0.6, 6), (1.6, 7)):
        assert len(pick_peaks(draw("13C", [*tall, (150.0, factor * least)], noise=noise))) == count
