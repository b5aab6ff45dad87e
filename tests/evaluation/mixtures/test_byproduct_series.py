from __future__ import annotations

import numpy as np
import pytest

from specmol_core.evaluation.mixtures.byproduct_series import SERIES, measure_series, simulated_series
from specmol_core.evaluation.mixtures.byproducts import SimulatedReaction
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shipped import shipped_weights

pytestmark = pytest.mark.slow

REACTION = SimulatedReaction(
    ("CCO", "CC(=O)O", "CCOC(C)=O"), ("CCOC(C)=O",), "COc1ccccc1", ("COc1ccccc1", "CCCCCC", "CC(C)Cl", "C1CCOC1")
)


def area(trace: np.ndarray, axis_ppm: np.ndarray, low: float, high: float) -> float:
    return float(trace[(axis_ppm > low) & (axis_ppm < high)].sum() / trace.sum())


def test_the_byproduct_rises_with_the_conversion() -> None:
    spectra = simulated_series(REACTION, ShiftPredictor.load(), np.random.default_rng(0))

    aromatic = [area(s.intensities, s.axis.grid(), 6.5, 7.6) for s in spectra]
    assert len(spectra) == 5
    assert aromatic == sorted(aromatic)
    assert aromatic[-1] / aromatic[0] == pytest.approx(9.0, rel=0.5)


def test_the_unknown_of_the_series_is_the_byproduct() -> None:
    matcher = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights())

    (row,) = measure_series(iter([REACTION]), matcher, ShiftPredictor.load(), 0)

    assert (row.shown, row.byproduct) == (SERIES, "COc1ccccc1")
    assert (row.rank, row.first) == (1, "COc1ccccc1")
