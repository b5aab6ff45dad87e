from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.measured_fixtures import measured

from specmol_core.spectra.analysis.low_resolution import is_low_resolution, low_resolution_signals
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum


def cells(nucleus: Nucleus, columns: int = 256) -> Spectrum:
    """Ethyl acetate in CDCl3 at low resolution: the largest value of each column."""
    fine = measured(nucleus)
    axis = replace(Geometry(), size=columns).axis(nucleus)
    column = np.floor(axis.position(fine.axis.grid())).astype(int)
    values = [fine.intensities[column == i].max(initial=0.0) for i in range(columns)]
    return replace(fine, axis=axis, intensities=np.array(values, np.float32))


def added(spectrum: Spectrum, ppm: float, height: float, width_ppm: float) -> Spectrum:
    """The spectrum with one more Lorentzian line."""
    line = height / (1 + ((spectrum.axis.grid() - ppm) / (width_ppm / 2)) ** 2)
    taller: Spectrum = replace(spectrum, intensities=(spectrum.intensities + line).astype(np.float32))
    return taller


@pytest.mark.parametrize("columns", [256, 512, 1024])
def test_carbons_without_the_solvent(columns: int) -> None:
    shown = cells("13C", columns)

    result = sorted(signal.ppm for signal in low_resolution_signals(shown))

    assert result == pytest.approx([14.2, 21.0, 60.5, 171.4], abs=shown.axis.step)


def test_an_unnamed_solvent_is_kept() -> None:
    result = [signal.ppm for signal in low_resolution_signals(replace(cells("13C"), solvent=None))]

    assert any(abs(ppm - 77.16) < 1 for ppm in result)


def test_a_line_of_the_compound_on_the_solvent_is_kept() -> None:
    shown = replace(cells("13C", 2048), solvent="DMSO-d6")
    for k, share in enumerate((1, 3, 6, 7, 6, 3, 1)):
        shown = added(shown, 39.52 + (k - 3) * 21.0 / 100.6, 0.1 * share, 0.02)
    assert not any(38 < s.ppm < 41 for s in low_resolution_signals(shown))

    result = low_resolution_signals(added(shown, 39.52, 1.5, 0.05))

    assert [s.ppm for s in result if 38 < s.ppm < 41] == pytest.approx([39.52], abs=shown.axis.step)


def test_proton_signals_and_their_amounts() -> None:
    shown = cells("1H")

    result = sorted(low_resolution_signals(shown))

    assert [signal.ppm for signal in result] == pytest.approx([1.26, 2.05, 4.12], abs=shown.axis.step)
    amounts = np.array([signal.amount for signal in result])
    assert amounts / amounts.sum() == pytest.approx([3 / 8, 3 / 8, 2 / 8], abs=0.12)


def test_water_is_not_a_signal() -> None:
    # 64 Hz wide at 400 MHz, and as tall as a methyl group.
    wet = added(cells("1H", 1024), 1.56, 0.5, 0.16)

    result = sorted(low_resolution_signals(wet))

    assert [signal.ppm for signal in result] == pytest.approx([1.26, 2.05, 4.12], abs=0.06)
    dry = sorted(low_resolution_signals(replace(wet, solvent=None)))
    assert sum(s.amount for s in result) < 0.8 * sum(s.amount for s in dry)


def test_a_wide_signal_is_split() -> None:
    axis = Geometry().axis("1H")
    trace = np.zeros(axis.points, np.float32)
    trace[100:110] = 1.0
    trace[104] = 0.4
    shown = Spectrum("1H", axis, trace, frequency_mhz=400.0)

    assert len(low_resolution_signals(shown)) >= 2
    trace[103:] = 0.0
    assert len(low_resolution_signals(replace(shown, intensities=trace))) == 1


def test_a_trace_without_signal_gives_no_signals() -> None:
    for nucleus in NUCLEI:
        below = np.full(256, 1e-3, np.float32)
        below[0] = -1.0

        assert low_resolution_signals(replace(cells(nucleus), intensities=below)) == []


def test_only_coarse_traces_are_of_low_resolution() -> None:
    shown = cells("13C")

    assert is_low_resolution(shown)
    assert not is_low_resolution(measured("13C"))
    assert not is_low_resolution(replace(shown, solvent=None))
    assert not is_low_resolution(replace(shown, peaks=(Peak(14.2, 1.0, None),)))


def test_the_shift_of_a_signal_is_weighted_by_height() -> None:
    axis = PpmAxis(12.0, 0.0, 1200)
    trace = np.zeros(1200, np.float32)
    trace[[600, 601, 602]] = 0.5, 1.0, 0.5

    (signal,) = low_resolution_signals(Spectrum("1H", axis, trace, frequency_mhz=400.0))

    assert signal.ppm == pytest.approx(float(axis.grid()[601]))
    assert signal.amount == pytest.approx(1 + 2 * 0.5**0.8)
