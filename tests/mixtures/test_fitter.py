"""Amounts of mixtures whose composition is known, from structures and from measured pure spectra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.mixture_spectra import mixture, species

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.posterior import interval_of
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.peaks import Peak


@pytest.fixture(scope="module")
def predictor() -> ShiftPredictor:
    return ShiftPredictor.load()


def _fractions(fit) -> np.ndarray:
    return fit.posterior.weights @ fit.posterior.fractions


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.4, 0.8])
def test_amounts_of_two_compounds_follow_from_their_structures(predictor: ShiftPredictor, share: float) -> None:
    spectrum = mixture({"ethyl acetate": share, "1,4-dimethoxybenzene": 1 - share})

    fit = MixtureFitter(species("ethyl acetate", "1,4-dimethoxybenzene"), predictor).fit(spectrum)

    assert _fractions(fit)[0] == pytest.approx(share, abs=0.02)
    low, high = interval_of(fit.posterior.fractions[:, 0], fit.posterior.weights, 0.95)
    assert low <= share <= high


@pytest.mark.slow
def test_overlapping_multiplets_are_resolved_by_the_whole_patterns(predictor: ShiftPredictor) -> None:
    """Both ethoxy groups stand at the same shifts; acetyl and propionyl do not."""
    spectrum = mixture({"ethyl acetate": 0.3, "ethyl propionate": 0.7})

    fit = MixtureFitter(species("ethyl acetate", "ethyl propionate"), predictor).fit(spectrum)

    assert _fractions(fit)[0] == pytest.approx(0.3, abs=0.03)


@pytest.mark.slow
def test_a_later_spectrum_starts_from_the_last_and_gives_its_own_amounts(predictor: ShiftPredictor) -> None:
    fitter = MixtureFitter(species("ethyl acetate", "acetone", "isopropanol"), predictor)
    first = fitter.fit(mixture({"ethyl acetate": 0.4, "acetone": 0.3, "isopropanol": 0.3}))
    second = fitter.fit(mixture({"ethyl acetate": 0.3, "acetone": 0.3, "isopropanol": 0.4}, offset_ppm=0.004))

    assert second.energy != first.energy
    assert float(np.mean((second.positions - first.positions)[:6])) == pytest.approx(0.004, abs=0.003)
    assert not first.warm
    assert second.warm
    assert _fractions(first) == pytest.approx([0.4, 0.3, 0.3], abs=0.03)
    assert _fractions(second) == pytest.approx([0.3, 0.3, 0.4], abs=0.03)


@pytest.mark.slow
def test_the_area_of_a_species_follows_the_size_of_the_spectrum(predictor: ShiftPredictor) -> None:
    fitter = MixtureFitter(species("ethyl acetate", "acetone"), predictor)
    small = fitter.fit(mixture({"ethyl acetate": 0.5, "acetone": 0.5}, scale=1e3))
    large = fitter.fit(mixture({"ethyl acetate": 0.5, "acetone": 0.5}, scale=3e3))

    assert large.areas / small.areas == pytest.approx([3.0, 3.0], rel=0.05)


@pytest.mark.slow
def test_signals_are_where_the_spectrum_has_them(predictor: ShiftPredictor) -> None:
    fit = MixtureFitter(species("acetone", "tert-butyl methyl ether"), predictor).fit(
        mixture({"acetone": 0.5, "tert-butyl methyl ether": 0.5})
    )

    assert sorted(fit.positions[:3].tolist()) == pytest.approx([1.19, 2.17, 3.22], abs=0.006)


@pytest.mark.slow
def test_a_signal_of_no_species_stays_in_the_residual(predictor: ShiftPredictor) -> None:
    spectrum = mixture({"acetone": 1.0}, extra=[(5.5, 2, 0, 0.0)])

    fit = MixtureFitter(species("acetone"), predictor).fit(spectrum)

    centres = fit.cells.grid.centres()
    near = np.abs(centres - 5.5) < 0.05
    assert fit.residual[near].sum() == pytest.approx(2 / 8, abs=0.03)


@pytest.mark.slow
def test_a_measured_pure_spectrum_replaces_the_prediction(predictor: ShiftPredictor) -> None:
    names = ("ethyl acetate", "ethyl propionate")
    references = {name: mixture({name: 1.0}) for name in names}

    fit = MixtureFitter(species(*names), predictor, references=references).fit(
        mixture({names[0]: 0.25, names[1]: 0.75})
    )

    assert _fractions(fit)[0] == pytest.approx(0.25, abs=0.01)


@pytest.mark.slow
def test_signals_that_were_seen_are_expected_where_they_were(predictor: ShiftPredictor) -> None:
    fitter = MixtureFitter(species("acetone", "tert-butyl methyl ether"), predictor)
    fitter.fit(mixture({"acetone": 0.5, "tert-butyl methyl ether": 0.5}))

    fit = fitter.fit(mixture({"acetone": 0.4, "tert-butyl methyl ether": 0.6}))

    assert fit.warm
    assert fit.templates.scale[:3].max() * fit.cells.grid.step == pytest.approx(0.008, rel=0.01)
    assert _fractions(fit)[0] == pytest.approx(0.4, abs=0.02)


@pytest.mark.slow
def test_a_species_that_appears_later_is_found(predictor: ShiftPredictor) -> None:
    """Its signals are searched in each spectrum, for the first does not show them."""
    fitter = MixtureFitter(species("ethyl acetate", "acetone", "tert-butyl methyl ether"), predictor)
    fitter.fit(mixture({"ethyl acetate": 0.6, "acetone": 0.4}))

    fit = fitter.fit(mixture({"ethyl acetate": 0.55, "acetone": 0.37, "tert-butyl methyl ether": 0.08}))

    assert fit.warm
    assert _fractions(fit)[2] == pytest.approx(0.08, abs=0.02)


@pytest.mark.slow
def test_another_composition_is_searched_anew(predictor: ShiftPredictor) -> None:
    fitter = MixtureFitter(species("ethyl acetate", "acetone"), predictor)
    fitter.fit(mixture({"ethyl acetate": 0.9, "acetone": 0.1}))

    assert not fitter.fit(mixture({"ethyl acetate": 0.6, "acetone": 0.4})).warm


def test_a_spectrum_that_cannot_be_fitted_is_refused_with_its_reason(predictor: ShiftPredictor) -> None:
    spectrum = mixture({"acetone": 1.0})
    fitter = MixtureFitter(species("acetone"), predictor)

    with pytest.raises(SpectrumError, match="does not state the field"):
        fitter.fit(replace(spectrum, frequency_mhz=None))
    with pytest.raises(SpectrumError, match="shows 13C"):
        fitter.fit(replace(spectrum, nucleus="13C"))
    with pytest.raises(SpectrumError, match="list of peaks"):
        fitter.fit(replace(spectrum, peaks=(Peak(2.17, 1.0, None),)))
    with pytest.raises(UsageError, match="no species"):
        MixtureFitter([], predictor)
