"""Lobes of lines that are out of phase are no lines."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.analysis.phase_lobes import without_phase_lobes
from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum


@pytest.mark.parametrize("degrees", [15.0, 25.0, -40.0, 55.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_line_out_of_phase_in_a_signed_spectrum_is_one_line(degrees: float, sign: int) -> None:
    axis, grid = PpmAxis(100.0, 0.0, 65536), PpmAxis(100.0, 0.0, 65536).grid()
    values = np.random.default_rng(0).normal(0, 0.0003, axis.points)
    for ppm, height in ((60.0, sign), (30.0, 0.8), (20.0, -0.7)):
        line = height / (1 - 1j * (grid - ppm) * 125.0 / 1.5)
        values += (line * np.exp(1j * np.radians(degrees))).real
    signed = Spectrum("13C", axis, values.astype(np.float32), frequency_mhz=125.0, signed=True)

    assert [round(peak.ppm) for peak in pick_peaks(signed)] == [60, 30, 20]


def test_neighbours_of_both_signs_stay() -> None:
    """A CH2 beside a CH is as tall, or not at the distance of a lobe."""
    upright = [Peak(40.0, 1.0, 2.0), Peak(30.0, 1.0, 2.0)]

    assert without_phase_lobes([Peak(40.05, 0.9, 2.0)], upright, 125.0) == [Peak(40.05, 0.9, 2.0)]
    assert without_phase_lobes([Peak(30.3, 0.1, 2.0)], upright, 125.0) == [Peak(30.3, 0.1, 2.0)]
    assert without_phase_lobes([], upright, 125.0) == []
    assert without_phase_lobes(upright, [], 125.0) == upright
