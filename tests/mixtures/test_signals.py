"""What a structure predicts."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.signals import predicted_signals
from specmol_core.mixtures.species import Species
from specmol_core.shifts.atoms import AtomShifts

_ETHANOL = AtomShifts(
    {0: 18.3, 1: 57.8}, {0: [1.2] * 3, 1: [3.7] * 2, 2: [2.6]}, {0: 0.8, 1: 0.6}, {0: 0.03, 1: 0.05, 2: 0.7}
)


def test_protons_on_carbon_have_signals_and_exchangeable_ones_have_none() -> None:
    signals = predicted_signals(
        Species("ethanol", "CCO"), _ETHANOL, "1H", 400.0, QuantifyConfig(), np.random.default_rng(0)
    )

    assert [(s.ppm, s.nuclei, s.atoms, s.scale) for s in signals] == [(3.7, 2.0, (1,), 0.05), (1.2, 3.0, (0,), 0.03)]
    assert all(p.area.sum() == pytest.approx(s.nuclei) for s in signals for p in s.patterns)


def test_variants_differ_in_their_couplings() -> None:
    signals = predicted_signals(
        Species("ethanol", "CCO"), _ETHANOL, "1H", 400.0, QuantifyConfig(), np.random.default_rng(0)
    )

    spans = {round(float(np.ptp(p.offset_ppm)) * 400, 2) for p in signals[1].patterns}
    assert len(spans) > 1
    assert all(12 < span < 17 for span in spans)


def test_carbons_without_hydrogens_are_weak() -> None:
    shifts = AtomShifts({0: 30.9, 1: 206.9, 2: 30.9}, {0: [2.1] * 3, 2: [2.1] * 3}, {0: 0.8, 1: 1.0, 2: 0.8})

    signals = predicted_signals(
        Species("acetone", "CC(C)=O"), shifts, "13C", 100.0, QuantifyConfig(), np.random.default_rng(0)
    )

    assert [(s.ppm, s.atoms) for s in signals] == [(206.9, (1,)), (30.9, (0, 2))]
    assert signals[0].nuclei < 1
    assert signals[1].nuclei == 2
