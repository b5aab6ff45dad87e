from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
from specmol_core.evaluation.mixtures.component_cases import list_cases, pair_cases, simulated_cases
from specmol_core.shifts.predictor import ShiftPredictor

QUERIES = [
    BenchmarkQuery(
        "acetate", "CCOC(C)=O", ("CCOC(C)=O", "CCCC(=O)O"), ((14.2, 1), (21.0, 1), (60.5, 1), (171.4, 1)),
        ((1.26, 3, "t", ()), (2.05, 3, "s", ()), (4.12, 2, "q", ())), False,
    ),
    BenchmarkQuery(
        "butanone", "CCC(C)=O", ("CCC(C)=O",), ((7.9, 1), (29.4, 1), (36.9, 1), (209.3, 1)),
        ((1.05, 3, "t", ()), (2.13, 3, "s", ()), (2.45, 2, "q", ())), False,
    ),
    BenchmarkQuery("no protons", "ClC(Cl)(Cl)Cl", ("ClC(Cl)(Cl)Cl",), ((96.7, 1),), (), False),
]  # fmt: skip


def test_joined_lists_have_the_signals_of_both_compounds() -> None:
    (case,) = list_cases(QUERIES, 2, 1, 0)

    assert sorted(case.truth) == ["CCC(C)=O", "CCOC(C)=O"]
    assert case.fractions == (0.5, 0.5)
    assert case.spectra.h1 is not None
    assert case.spectra.c13 is not None
    assert sorted(peak.ppm for peak in case.spectra.c13.peaks) == [7.9, 14.2, 21.0, 29.4, 36.9, 60.5, 171.4, 209.3]
    assert len(case.spectra.h1.peaks) == 6
    assert {len(pool) for pool in case.pools} == {1, 2}


@pytest.mark.slow
def test_simulated_mixtures_have_listed_shifts_and_drawn_fractions() -> None:
    first, second = simulated_cases(QUERIES, 2, 2, 0, ShiftPredictor.load())

    assert first.fractions is not None
    assert sum(first.fractions) == pytest.approx(1)
    assert min(first.fractions) >= 0.1
    assert first.fractions != second.fractions
    carbon = first.spectra.c13
    assert carbon is not None
    ppm = carbon.axis.grid()
    for shift in (14.2, 60.5, 36.9):
        near = carbon.intensities[np.abs(ppm - shift) < 0.5]
        assert near.max() > 10 * np.median(np.abs(carbon.intensities))


@pytest.mark.slow
def test_sums_of_pairs_have_the_fractions(shared: Path) -> None:
    pairs = read_raw_pairs(shared / "data" / "raw_spectra")[0]
    chosen = [pair for pair in pairs if pair.compound in ("CCCBr", "CC(C)(C)Br")]

    (case,) = pair_cases(chosen, 0, 0)

    assert case.fractions is not None
    assert case.spectra.h1 is not None
    ppm = case.spectra.h1.axis.grid()
    bromopropane, butyl = (
        float(case.spectra.h1.intensities[(ppm > low) & (ppm < high)].sum()) / protons
        for low, high, protons in ((3.2, 3.6, 2), (1.72, 1.86, 9))
    )
    order = [pair.compound for pair in chosen]
    expected = dict(zip(case.name.split(" + "), case.fractions, strict=True))
    assert set(order) == set(expected)
    assert bromopropane / (bromopropane + butyl) == pytest.approx(expected["CCCBr"], abs=0.05)
    assert case.spectra.c13 is not None
    assert case.pools == ()
