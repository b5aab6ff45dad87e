"""The result: what is seen, what is not, what is doubtful."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.mixture_spectra import mixture, species

from specmol_core.errors import UsageError
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.picture import write_picture
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.shifts.predictor import ShiftPredictor


@pytest.fixture(scope="module")
def predictor() -> ShiftPredictor:
    return ShiftPredictor.load()


@pytest.mark.slow
def test_a_species_that_is_not_there_has_an_upper_limit(predictor: ShiftPredictor) -> None:
    fitter = MixtureFitter(species("ethyl acetate", "tert-butyl methyl ether"), predictor)

    result = quantification_of(fitter.fit(mixture({"ethyl acetate": 1.0})), 0.95)

    ester, ether = result.amounts
    assert ester.seen
    assert not ether.seen
    assert (ether.fraction, ether.low) == (0.0, 0.0)
    assert 0 < ether.high < 0.02
    assert all(s.ppm is None for s in result.signals if s.species == ether.name)


@pytest.mark.slow
def test_what_none_of_the_species_explains_is_listed(predictor: ShiftPredictor) -> None:
    spectrum = mixture({"acetone": 1.0}, extra=[(3.71, 8, 0, 0.0), (9.70, 1, 0, 0.0)])

    result = quantification_of(MixtureFitter(species("acetone"), predictor).fit(spectrum), 0.95)

    assert [s.suggestion for s in result.unexplained] == ["", "dioxane"]
    assert [s.ppm for s in result.unexplained] == pytest.approx([9.70, 3.71], abs=0.01)
    assert [s.area for s in result.unexplained] == pytest.approx([1 / 15, 8 / 15], abs=0.03)
    assert result.unexplained_share == pytest.approx(9 / 15, abs=0.04)
    assert any("belongs to none of the species" in w for w in result.warnings)


@pytest.mark.slow
def test_a_species_whose_signals_are_outside_the_window_is_doubtful(predictor: ShiftPredictor) -> None:
    spectrum = mixture({"acetone": 1.0})
    trace = spectrum.intensities.copy()
    trace[abs(spectrum.axis.grid() - 2.17) < 0.05] = -trace.max()
    broken = type(spectrum)("1H", spectrum.axis, trace, frequency_mhz=spectrum.frequency_mhz, solvent="CDCl3")

    result = quantification_of(MixtureFitter(species("acetone", "1,4-dimethoxybenzene"), predictor).fit(broken), 0.95)

    assert any("acetone" in w and "excluded ranges" in w for w in result.warnings)


@pytest.mark.slow
def test_scans_in_quick_succession_are_a_warning(predictor: ShiftPredictor) -> None:
    spectrum = mixture({"acetone": 0.5, "ethyl acetate": 0.5})
    fitter = MixtureFitter(species("acetone", "ethyl acetate"), predictor)

    quick, slow = (
        quantification_of(fitter.fit(replace(spectrum, repetition_s=seconds)), 0.95).warnings for seconds in (4.0, 30.0)
    )

    assert any("a scan every 4.0 s" in warning for warning in quick)
    assert not any("a scan every" in warning for warning in slow)


@pytest.mark.slow
def test_exchanging_protons_are_a_warning(predictor: ShiftPredictor) -> None:
    fitter = MixtureFitter(species("isopropanol", "acetone"), predictor)
    amounts = {"isopropanol": 0.5, "acetone": 0.5}
    plain = mixture(amounts)
    grid = plain.axis.grid()
    line = plain.intensities.max() * 0.5 / 6 * 1.2 / 40 / (1 + ((grid - 2.9) * 2 * 400 / 40.0) ** 2)
    broad = replace(plain, intensities=(plain.intensities + line).astype(np.float32))
    sharp = mixture(amounts, extra=[(8.9, 1, 0, 0.0)])

    told = [
        [w for w in quantification_of(fitter.fit(spectrum), 0.95).warnings if "exchang" in w]
        for spectrum in (plain, broad, sharp)
    ]

    assert told[0] == []
    assert len(told[1]) == len(told[2]) == 1
    assert "counts as exchanging protons of isopropanol: signals on it are uncertain" in told[1][0]
    assert "protons on O, N or S of isopropanol exchange and have no signal in the fit" in told[2][0]


def test_a_picture_is_svg_or_png(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        write_picture(tmp_path / "fit.gif", None, None)
