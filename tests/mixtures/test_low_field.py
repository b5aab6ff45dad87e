"""Spectra of benchtop spectrometers: their field is that of their files, and amounts are right there, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.array_files import write_magritek, write_matrix
from support.measured_fixtures import write_jcamp
from support.mixture_spectra import mixture, species

from specmol_core.api.mixtures import read_mixture_spectrum
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.spectrum import Spectrum


def jcamp(folder: Path, spectrum: Spectrum) -> Path:
    write_jcamp(folder / "a.dx", spectrum)
    return folder / "a.dx"


def table(folder: Path, spectrum: Spectrum) -> Path:
    rows = zip(spectrum.axis.grid().tolist(), spectrum.intensities.tolist(), strict=True)
    (folder / "a.csv").write_text("ppm,intensity\n" + "".join(f"{ppm:.5f},{value:.1f}\n" for ppm, value in rows))
    return folder / "a.csv"


WRITERS: dict[str, Callable[[Path, Spectrum], Path]] = {
    "jcamp": jcamp,
    "magritek": lambda folder, spectrum: write_magritek(folder / "120000-1D PROTON-a", spectrum),
    "bruker": lambda folder, spectrum: Path(f"{write_matrix(folder / '1', [spectrum])}::row/1"),
}


def low_field(mhz: float) -> Spectrum:
    return mixture({"isopropanol": 0.3, "acetone": 0.7}, mhz=mhz, width_hz=0.8, points=8192)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("mhz", [43.47, 61.57, 80.13, 90.02])
def test_the_field_is_that_of_the_file(tmp_path: Path, form: str, mhz: float) -> None:
    spectrum = read_mixture_spectrum(WRITERS[form](tmp_path, low_field(mhz)), "1H")

    assert spectrum.frequency_mhz == pytest.approx(mhz)


def test_a_field_that_is_given_counts_where_the_file_states_none(tmp_path: Path) -> None:
    bare, stating = table(tmp_path, low_field(80.0)), jcamp(tmp_path, low_field(80.13))

    assert read_mixture_spectrum(bare, "1H", field_mhz=80.0).frequency_mhz == 80.0
    kept = read_mixture_spectrum(stating, "1H", field_mhz=500.0)
    assert kept.frequency_mhz == 80.13
    assert kept.warnings[-1] == "the file states 80.13 MHz: --field was not used"
    assert read_mixture_spectrum(stating, "1H", field_mhz=80.0).warnings == ()


def test_the_field_of_carbons_may_be_that_of_the_protons(tmp_path: Path) -> None:
    axis = low_field(80.0).axis
    path = table(tmp_path, Spectrum("13C", axis, low_field(80.0).intensities))

    for given, used in ((80.0, 20.12), (400.0, 100.58), (100.6, 100.6)):
        assert read_mixture_spectrum(path, "13C", field_mhz=given).frequency_mhz == used


@pytest.mark.slow
@pytest.mark.parametrize("mhz", [61.57, 80.13])
@pytest.mark.parametrize("form", ["jcamp", "magritek"])
def test_amounts_at_low_field(tmp_path: Path, form: str, mhz: float) -> None:
    path = WRITERS[form](tmp_path, low_field(mhz))
    fitter = MixtureFitter(species("isopropanol", "acetone"), ShiftPredictor.load())

    result = quantification_of(fitter.fit(read_mixture_spectrum(path, "1H")), 0.95)

    assert [amount.fraction for amount in result.amounts] == pytest.approx([0.3, 0.7], abs=0.05)
    assert result.frequency_mhz == pytest.approx(mhz)
