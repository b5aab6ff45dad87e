from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.documents import ROOT

from specmol_core.retrieval.component_amounts import with_fitted_fractions
from specmol_core.retrieval.components import ComponentRanking, RankedComponent, RankedSet
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_unmasked
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import SpectrumPair

ALDEHYDE = RankedComponent(0, "", "COc1ccc(C=O)cc1", "C8H8O2", 0.5, 0.4, 0.6, ())
ESTER = RankedComponent(1, "", "CCOC(=O)/C=C/c1ccc(OC)cc1", "C12H14O3", 0.5, 0.4, 0.6, ())
TOSYLATE = replace(ALDEHYDE, smiles="CC[NH3+].Cc1ccc(S(=O)(=O)[O-])cc1")
TRIFLATE = replace(ALDEHYDE, smiles="CC[NH3+].O=S(=O)([O-])C(F)(F)F")
CHLORIDE = replace(ALDEHYDE, smiles="CC[NH3+].[Cl-]")
OTHER = RankedSet(2, 0.1, 1.0, (ESTER,), ())
PICTURE, FILE = ROOT / "examples" / "demo_h1.png", ROOT / "examples" / "crude.zip"


def ranking(*components: RankedComponent) -> ComponentRanking:
    probabilities = (0.8, 0.9)[: len(components)]
    sets = (RankedSet(1, 0.8, 2.0, components, ()), OTHER)
    return ComponentRanking(2, "probable", 0.1, probabilities, "areas", sets)


def pair(path: Path) -> AnalysedPair:
    return analyse_unmasked(SpectrumPair(read_spectrum(path, "1H", None, Geometry().h1_window)))


@pytest.mark.slow
def test_the_best_set_has_the_fractions_of_the_fit() -> None:
    fitted = with_fitted_fractions(ranking(ALDEHYDE, ESTER), pair(FILE), ["CCOC(C)=O", "ClC(Cl)(Cl)Cl"])

    first, second = fitted.sets[0].components
    assert fitted.amounts == "fit"
    assert (first.smiles, second.smiles) == (ESTER.smiles, ALDEHYDE.smiles)
    assert [first.fraction, second.fraction] == pytest.approx([2 / 3, 1 / 3], abs=0.03)
    assert first.low is not None
    assert first.high is not None
    assert first.low < 2 / 3 < first.high
    assert fitted.component_probability == (0.9, 0.8)
    assert fitted.sets[1] == OTHER


@pytest.mark.slow
def test_inorganic_counter_ions_are_not_fitted() -> None:
    salt = replace(ALDEHYDE, smiles=f"{ALDEHYDE.smiles}.[Cl-].[Na+]")

    fitted = with_fitted_fractions(ranking(salt, ESTER), pair(FILE), [])

    assert fitted.amounts == "fit"
    assert [one.smiles for one in fitted.sets[0].components] == [ESTER.smiles, salt.smiles]
    assert fitted.sets[0].components[1].fraction == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize(
    ("components", "path"),
    [
        ((ALDEHYDE, ESTER), PICTURE),
        ((ESTER,), FILE),
        ((ESTER, TOSYLATE), FILE),
        ((TRIFLATE, CHLORIDE), FILE),
    ],
)
def test_other_spectra_and_single_components_keep_theirs(components: tuple[RankedComponent, ...], path: Path) -> None:
    before = ranking(*components)

    assert with_fitted_fractions(before, pair(path), []) == before


def test_a_component_without_protons_keeps_the_areas() -> None:
    halogenated = RankedComponent(2, "", "ClC(Cl)(Cl)Cl", "CCl4", None, None, None, ())
    before = ranking(ESTER, halogenated)

    assert with_fitted_fractions(before, pair(FILE), []) == before
