from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.evaluation.mixtures.simulated import simulated_mixture
from specmol_core.retrieval.residual import fitted_residual
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.peaks import Peak

pytestmark = pytest.mark.slow

ESTER, ANISOLE = "CCOC(C)=O", "COc1ccccc1"


@pytest.fixture(scope="module")
def mixture() -> Analysis:
    """93 % ethyl acetate and 7 % anisole."""
    mols = [Chem.MolFromSmiles(smiles) for smiles in (ESTER, ANISOLE)]
    compounds = list(zip(mols, ShiftPredictor.load().predict(mols), strict=True))
    return Analysis(simulated_mixture(compounds, [0.93, 0.07], np.random.default_rng(0))["1H"])


def test_the_signals_of_the_minor_compound_are_left(mixture: Analysis) -> None:
    left = fitted_residual(mixture, [ESTER])

    assert left is not None
    ppm, areas = np.array(left.ppm), np.array(left.areas)
    assert np.abs(ppm - 3.8).min() < 0.2
    assert ((ppm > 6.6) & (ppm < 7.6)).any()
    assert not ((ppm > 1.9) & (ppm < 2.2)).any()
    # A part of the aromatic signals is too weak.
    assert 0.6 < areas[ppm > 6.6].sum() / areas[np.abs(ppm - 3.8).argmin()] < 2.0
    assert 0 < left.least_area <= areas.min()
    assert any(low < 2.05 < high for low, high in left.hidden)
    assert not any(low < 5.0 < high for low, high in left.hidden)


def test_a_spectrum_of_mostly_another_compound_is_not_for_a_fit(mixture: Analysis) -> None:
    assert fitted_residual(mixture, [ANISOLE]) is None


@pytest.mark.parametrize("changes", [{"peaks": (Peak(2.05, 1.0, None, "s", protons=3.0),)}, {"frequency_mhz": None}])
def test_lists_and_spectra_without_field_are_not_fitted(mixture: Analysis, changes: dict[str, Any]) -> None:
    assert fitted_residual(Analysis(replace(mixture.spectrum, **changes)), [ESTER]) is None


def test_known_compounds_without_protons_are_not_fitted(mixture: Analysis) -> None:
    assert fitted_residual(mixture, ["ClC(Cl)(Cl)Cl"]) is None
    assert fitted_residual(None, [ESTER]) is None
