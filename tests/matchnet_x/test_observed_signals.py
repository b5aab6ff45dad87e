from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.measured_fixtures import measured

from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, observed_of, observed_pair, observed_signals
from specmol_core.spectra.analysis.analysis import Analysis, analyse_pair, analyse_unmasked
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.inspection.inspection import inspect
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence.inline import InlineText
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

SENTENCE = "1H NMR (400 MHz, CDCl3) δ 7.25 (d, J = 8.0 Hz, 2H), 4.12 (q, J = 7.1 Hz, 2H), 2.61 (br s, 1H), 1.26 (t, 3H)"
WINDOWS: dict[Nucleus, tuple[float, float]] = {"1H": Geometry().h1_window, "13C": Geometry().c13_window}


def listed(nucleus: Nucleus, *peaks: Peak) -> Spectrum:
    """A peak list with an unused trace."""
    axis = PpmAxis(*WINDOWS[nucleus], 4096)
    return Spectrum(nucleus, axis, np.eye(1, axis.points, dtype=np.float32)[0], peaks=peaks)


def test_a_proton_list_keeps_its_counts() -> None:
    shown = observed_signals(
        listed("1H", Peak(4.12, 2.0, 1.0, "q", (7.1,), 2.0), Peak(1.26, 3.0, 1.0, "t", (7.1,), 3.0))
    )

    assert shown.ppm.tolist() == [1.26, 4.12]
    assert shown.amount.tolist() == [3.0, 2.0]
    assert shown.integrals_are_counts
    assert shown.multiplicity_labels == ("t", "q")
    assert [MULTIPLICITIES[code] for code in shown.multiplicity] == ["t", "q"]


def test_a_carbon_list_has_no_amounts() -> None:
    shown = observed_signals(listed("13C", *(Peak(ppm, 1.0, 2.0) for ppm in (171.1, 60.4, 21.0, 14.2))))

    assert shown.ppm.tolist() == [14.2, 21.0, 60.4, 171.1]
    assert np.isnan(shown.amount).all()
    assert not shown.integrals_are_counts
    assert [MULTIPLICITIES[code] for code in shown.multiplicity] == ["unknown"] * 4


def test_only_lines_from_traces_have_heights() -> None:
    of_trace = observed_of(Analysis(measured("13C")))
    of_list = observed_signals(
        listed("13C", *(Peak(ppm, h, 2.0) for ppm, h in ((171.1, 0.3), (60.4, 1.0), (14.2, 0.9))))
    )
    of_protons = observed_signals(measured("1H"))

    assert np.isfinite(of_trace.height).all()
    assert of_trace.height[-1] == min(of_trace.height)  # the carbonyl
    assert np.isnan(of_list.height).all()
    assert np.isnan(of_protons.height).all()


@pytest.mark.parametrize("points", [16_384, 512])
def test_a_coarse_axis_gives_no_heights(points: int) -> None:
    axis = PpmAxis(*WINDOWS["13C"], points)
    trace = np.full(points, 0.001, np.float32)
    for ppm, height in ((171.1, 0.3), (60.4, 1.0), (21.0, 0.8), (14.2, 0.9)):
        nearest = axis.grid()[np.abs(axis.grid() - ppm).argmin()]
        trace += (height / (1 + ((axis.grid() - nearest) / 0.03) ** 2)).astype(np.float32)

    shown = observed_signals(Spectrum("13C", axis, trace, frequency_mhz=100.0, solvent="CDCl3"))

    assert len(shown) == 4
    assert np.isfinite(shown.height).all() == (points > 512)


def test_a_sentence_of_a_paper() -> None:
    shown = observed_signals(read_spectrum(InlineText(SENTENCE), "1H", None, WINDOWS["1H"]))

    assert shown.ppm.tolist() == [1.26, 2.61, 4.12, 7.25]
    assert shown.amount.tolist() == [3.0, 1.0, 2.0, 2.0]
    assert [MULTIPLICITIES[code] for code in shown.multiplicity] == ["t", "broad", "q", "d"]
    assert shown.error == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("s", "s"), ("d", "d"), ("t", "t"), ("q", "q"), ("quint", "5 lines and more"), ("sept", "5 lines and more"),
        ("dd", "dd"), ("dt", "dt, td"), ("td", "dt, td"), ("ddd", "other"), ("ABq", "other"), ("m", "m"),
        ("app t", "t"), ("app quint", "5 lines and more"), ("br s", "broad"), ("br", "broad"), ("br m", "broad"),
        ("S", "s"), ("DD", "dd"), ("Sept", "5 lines and more"), ("", "unknown"), ("see text", "unknown"),
    ],
)  # fmt: skip
def test_classes_of_multiplicities(written: str, expected: str) -> None:
    shown = observed_signals(listed("1H", Peak(2.0, 1.0, 1.0, written, (), 1.0)))

    assert MULTIPLICITIES[shown.multiplicity[0]] == expected
    assert shown.multiplicity_labels == (written,)


def test_a_measured_pair_gives_only_signals_of_the_compound() -> None:
    h1, c13 = observed_pair(analyse_pair(SpectrumPair(measured("1H"), measured("13C"))))

    assert (h1.nucleus, c13.nucleus) == ("1H", "13C")
    assert h1.ppm == pytest.approx([1.26, 2.05, 4.12], abs=0.005)
    assert h1.amount / h1.amount.sum() == pytest.approx([3 / 8, 3 / 8, 2 / 8], abs=0.02)
    assert h1.multiplicity_labels == ("t", "s", "q")
    assert not h1.integrals_are_counts
    assert c13.ppm == pytest.approx([14.2, 21.0, 60.5, 171.4], abs=0.02)
    assert np.isnan(c13.amount).all()


def test_a_missing_spectrum_gives_no_signals() -> None:
    assert [shown.nucleus for shown in observed_pair(analyse_unmasked(SpectrumPair(c13=measured("13C"))))] == ["13C"]


def test_errors_of_shifts_from_a_coarse_axis_include_its_step() -> None:
    fine = measured("13C")
    axis = PpmAxis(220.0, -10.0, 512)
    rows = fine.intensities.reshape(512, -1).max(1)

    shown = observed_signals(replace(fine, axis=axis, intensities=rows))

    assert shown.error == pytest.approx(np.hypot(0.05, 0.4 * 230 / 512))
    assert shown.merge_distance_ppm == pytest.approx(1.5 * 230 / 512)
    assert observed_signals(fine).error == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize(
    ("solvent", "water", "maybe_solvent"),
    [
        ("DMSO", 3.2, True), ("DMSO", 3.6, False), ("CDCl3", 1.66, True), ("CDCl3", 3.2, False), ("DMSO", 2.55, True),
        (None, 3.33, False), ("unheard of", 3.33, False),
    ],
)  # fmt: skip
def test_signals_near_water_or_solvent_are_marked(solvent: str | None, water: float, maybe_solvent: bool) -> None:
    spectrum = measured("1H")
    axis = spectrum.axis
    line = 0.6 / (1 + ((axis.grid() - water) * 400.0) ** 2)
    clean = np.where(np.abs(axis.grid() - 7.26) < 0.1, 0.0, spectrum.intensities) + line

    shown = observed_signals(replace(spectrum, intensities=clean.astype(np.float32), solvent=solvent))

    at = int(np.abs(shown.ppm - water).argmin())
    assert shown.ppm[at] == pytest.approx(water, abs=0.01)
    assert shown.maybe_solvent.tolist() == [maybe_solvent and i == at for i in range(len(shown))]


def cells(nucleus: Nucleus) -> Spectrum:
    """Ethyl acetate in CDCl3 as an image of 256 columns shows it: the largest value of each."""
    fine = measured(nucleus)
    axis = replace(Geometry(), size=256).axis(nucleus)
    column = np.floor(axis.position(fine.axis.grid())).astype(int)
    values = [fine.intensities[column == i].max(initial=0.0) for i in range(256)]
    return replace(fine, axis=axis, intensities=np.array(values, np.float32))


def test_carbons_of_low_resolution_have_shifts_only() -> None:
    shown = cells("13C")

    signals = observed_signals(shown)

    assert signals.ppm == pytest.approx([14.2, 21.0, 60.5, 171.4], abs=shown.axis.step)
    assert np.isnan(signals.amount).all()
    assert not signals.multiplicity_labels[0]


@pytest.mark.parametrize("spectrum", [measured("1H"), cells("1H")])
def test_protons_are_those_that_inspect_shows(spectrum: Spectrum) -> None:
    shown = inspect(spectrum).as_dict()["signals"]

    signals = observed_of(Analysis(spectrum))

    assert signals.ppm[::-1] == pytest.approx([signal["ppm"] for signal in shown], abs=1e-4)
    assert signals.amount[::-1] == pytest.approx([signal["integral"] for signal in shown], abs=1e-3)
    assert len(signals) == 3


def test_solvent_of_a_coarse_carbon_spectrum_is_left_out_of_the_proton_spectrum() -> None:
    """Neither spectrum names the solvent; the triplet of the carbon spectrum tells it."""
    rows = np.zeros(1200)
    for ppm in (167.3, 144.2, 129.7, 114.3, 60.3, 14.4):
        rows[int((230.0 - ppm) / 0.2)] = 1.0
    rows[int((230.0 - 77.48) / 0.2) : int((230.0 - 76.84) / 0.2) + 1] = 0.8
    protons = np.zeros(1200)
    for ppm in (9.7, 7.26, 3.8, 1.3):
        protons[int((12.0 - ppm) / 0.0108)] = 1.0
    carbon = Spectrum("13C", PpmAxis(230.0, -10.0, 1200), rows.astype(np.float32), height_step=0.002)
    proton = Spectrum("1H", PpmAxis(12.0, -1.0, 1200), protons.astype(np.float32), height_step=0.002)

    h1, c13 = observed_pair(analyse_pair(SpectrumPair(proton, carbon)))

    assert not any(70 < ppm < 80 for ppm in c13.ppm)
    assert len(c13) == 6
    assert np.round(h1.ppm, 1).tolist() == [1.3, 3.8, 9.7]
    assert len(observed_signals(proton)) == 4
