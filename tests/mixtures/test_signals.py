"""What a structure predicts."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.signals import predicted_signals, species_signals
from specmol_core.mixtures.species import Species
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.predictor import ShiftPredictor

_ETHANOL = AtomShifts(
    {0: 18.3, 1: 57.8}, {0: [1.2] * 3, 1: [3.7] * 2, 2: [2.6]}, {0: 0.8, 1: 0.6}, {0: 0.03, 1: 0.05, 2: 0.7}
)


def test_protons_on_carbon_have_signals_and_exchangeable_ones_have_none() -> None:
    signals = predicted_signals(
        Chem.MolFromSmiles("CCO"), _ETHANOL, "1H", 400.0, QuantifyConfig(), np.random.default_rng(0)
    )

    assert [(s.ppm, s.nuclei, s.atoms, s.scale) for s in signals] == [(3.7, 2.0, (1,), 0.05), (1.2, 3.0, (0,), 0.03)]
    assert all(p.area.sum() == pytest.approx(s.nuclei) for s in signals for p in s.patterns)


def test_variants_differ_in_their_couplings() -> None:
    signals = predicted_signals(
        Chem.MolFromSmiles("CCO"), _ETHANOL, "1H", 400.0, QuantifyConfig(), np.random.default_rng(0)
    )

    spans = {round(float(np.ptp(p.offset_ppm)) * 400, 2) for p in signals[1].patterns}
    assert len(spans) > 1
    assert all(12 < span < 17 for span in spans)


def test_carbons_without_hydrogens_are_weak() -> None:
    shifts = AtomShifts({0: 30.9, 1: 206.9, 2: 30.9}, {0: [2.1] * 3, 2: [2.1] * 3}, {0: 0.8, 1: 1.0, 2: 0.8})

    signals = predicted_signals(
        Chem.MolFromSmiles("CC(C)=O"), shifts, "13C", 100.0, QuantifyConfig(), np.random.default_rng(0)
    )

    assert [(s.ppm, s.atoms) for s in signals] == [(206.9, (1,)), (30.9, (0, 2))]
    assert signals[0].nuclei < 1
    assert signals[1].nuclei == 2


def _signals(smiles: str, *, protic: bool = False) -> list[tuple[int, tuple[int, ...], float]]:
    found = species_signals(
        Species("", smiles), ShiftPredictor.load(), "CD3OD", "1H", 400.0, QuantifyConfig(), np.random.default_rng(0),
        protic=protic,
    )  # fmt: skip
    return [(s.form, s.atoms, s.nuclei) for s in found]


def test_the_two_tautomers_of_an_enol_have_one_spectrum() -> None:
    enol = [signal[1:] for signal in _signals("O=C1CCCC(=O)C1") if signal[0] == 1]

    assert sorted(enol) == [((2, 4), 4.0), ((3,), 2.0), ((7,), 1.0)]


def test_acidic_protons_have_no_signal_in_a_protic_solvent() -> None:
    assert not [atoms for _, atoms, _ in _signals("O=C1CCCC(=O)C1", protic=True) if 7 in atoms]


def test_each_geometry_has_signals_of_its_own() -> None:
    signals = _signals("CC=CCl")

    expected = ((0, 3.0), (1, 1.0), (2, 1.0))
    assert sorted(signals) == [(form, (atom,), count) for form in (0, 1) for atom, count in expected]
