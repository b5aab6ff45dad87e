"""Species that are not there: they are left out, and their upper limit says what the spectrum could hide."""

from __future__ import annotations

import numpy as np
import pytest
from support.mixture_spectra import mixture, species

from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.shifts.predictor import ShiftPredictor

_NAMES = ("ethyl acetate", "acetone", "1,4-dimethoxybenzene")


@pytest.fixture(scope="module")
def fitter() -> MixtureFitter:
    return MixtureFitter(species(*_NAMES), ShiftPredictor.load())


@pytest.mark.slow
def test_a_species_that_is_not_there_has_a_small_limit(fitter: MixtureFitter) -> None:
    fit = fitter.fit(mixture({"ethyl acetate": 0.7, "acetone": 0.3}), fresh=True)

    amounts = quantification_of(fit, 0.95).amounts
    assert [a.seen for a in amounts] == [True, True, False]
    assert 0 < amounts[2].high < 0.02
    assert fit.posterior.amounts[:, 2].max() == 0
    assert amounts[0].fraction == pytest.approx(0.7, abs=0.03)


@pytest.mark.slow
def test_a_small_amount_that_is_there_is_seen(fitter: MixtureFitter) -> None:
    fit = fitter.fit(mixture({"ethyl acetate": 0.7, "acetone": 0.27, "1,4-dimethoxybenzene": 0.03}), fresh=True)

    amount = quantification_of(fit, 0.95).amounts[2]
    assert amount.seen
    assert amount.low <= 0.03 <= amount.high


@pytest.mark.slow
def test_a_signal_below_another_can_hide_more_than_one_in_an_empty_range(fitter: MixtureFitter) -> None:
    """Acetone has one singlet, at the acetyl group of the ester; the aromatic ring stands alone."""
    fit = fitter.fit(mixture({"ethyl acetate": 1.0}), fresh=True)

    assert fit.hidden[0] == 0
    assert np.all(fit.hidden[1:] > 0)
    assert fit.hidden[1] * 6 > fit.hidden[2] * 10
