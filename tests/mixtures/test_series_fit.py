"""A series whose spectra come from the literature's shifts, fitted together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.mixture_spectra import mixture, species

from specmol_core.errors import SpectrumError
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.mixtures.series_fit import SeriesFit, measured_alike
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.spectrum import Spectrum

_NAMES = ("ethyl propionate", "isopropanol", "ethyl acetate")
_SHARES = ((0.90, 0.05, 0.05), (0.6, 0.25, 0.15), (0.1, 0.6, 0.3))


def _fitter() -> MixtureFitter:
    roles = ("reactant", "product", "product")
    parts = [replace(s, role=role) for s, role in zip(species(*_NAMES), roles, strict=True)]
    return MixtureFitter([*parts[:2], replace(parts[2], coefficient=0.5)], ShiftPredictor.load(), solvent="CDCl3")


def _fitted(shares: tuple[tuple[float, ...], ...], fitter: MixtureFitter) -> list[list[float]]:
    spectra = [mixture(dict(zip(_NAMES, part, strict=True)), offset_ppm=0.002 * n) for n, part in enumerate(shares)]
    whole = SeriesFit.of(fitter, spectra)
    return [[a.fraction for a in quantification_of(whole.fit(s), 0.95).amounts] for s in spectra]


@pytest.mark.slow
def test_fractions_of_each_spectrum_are_found() -> None:
    """5 % of a product whose signals lie beside those of the reactant is seen in the first spectrum."""
    found = _fitted(_SHARES, _fitter())

    assert np.abs(np.array(found) - np.array(_SHARES)).max() < 0.03


@pytest.mark.slow
def test_a_product_that_is_lost_is_not_invented() -> None:
    """The mass balance is no constraint against what the spectra show clearly."""
    shares = tuple((a, b, 0.02 if n else 0.0) for n, (a, b, _) in enumerate(_SHARES))

    found = np.array(_fitted(shares, _fitter()))

    truth = np.array(shares) / np.sum(shares, axis=1, keepdims=True)
    assert np.abs(found - truth).max() < 0.06


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (mixture({"acetone": 1.0}, mhz=80.0), "field or window"),
        (replace(mixture({"acetone": 1.0}), solvent="DMSO-d6"), "solvent"),
    ],
)
def test_spectra_that_were_measured_otherwise_are_refused(other: Spectrum, reason: str) -> None:
    spectra = [mixture({"acetone": 1.0}), replace(other, source="run/2")]

    with pytest.raises(SpectrumError, match=f"run/2.*another {reason}"):
        SeriesFit.of(MixtureFitter(species("acetone"), ShiftPredictor.load()), spectra)


def test_most_spectra_say_what_the_others_should_be() -> None:
    usual, broad = mixture({"acetone": 1.0}), mixture({"acetone": 1.0}, mhz=80.0)
    other = replace(usual, solvent="DMSO-d6")
    fitter = MixtureFitter(species("acetone"), ShiftPredictor.load())

    assert measured_alike(fitter, [broad, usual, other, usual]) == [usual, usual]
    assert measured_alike(fitter, [replace(usual, frequency_mhz=None)]) == []
