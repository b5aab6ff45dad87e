"""Groups of magnetically equivalent protons."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.spin_system import spin_system


def _counts(smiles: str) -> list[int]:
    mol = Chem.MolFromSmiles(smiles)
    h1 = {a.GetIdx(): [1.0 + 0.1 * a.GetIdx()] * a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetTotalNumHs()}
    system = spin_system(mol, AtomShifts(h1=h1), np.random.default_rng(0))
    assert np.array_equal(system.couplings, system.couplings.T)
    assert not system.couplings.diagonal().any()
    return sorted(g.count for g in system.groups if g.is_proton)


@pytest.mark.parametrize(
    ("smiles", "counts"),
    [
        ("CC(C)O", [1, 6]),
        ("CC(C)(C)O", [9]),
        ("COC", [6]),
        ("CCOCC", [2, 2, 3, 3]),  # two ethyl groups that do not couple with each other
        ("C1COCCO1", [8]),
        ("C1COCCN1", [1] * 8),  # a ring that flips: AA'XX', twice
        ("COc1ccc(Cl)cc1", [1, 1, 1, 1, 3]),  # AA'XX'
        ("Cc1cc(C)cc(C)c1", [1, 1, 1, 3, 3, 3]),
        ("c1ccccc1", [6]),
        ("ClCC(Cl)Cl", [1, 2]),
    ],
)
def test_groups(smiles: str, counts: list[int]) -> None:
    assert _counts(smiles) == counts


def test_equivalent_protons_share_their_mean_shift() -> None:
    shifts = AtomShifts(h1={0: [1.0, 1.1, 1.2], 1: [3.0], 2: [1.3, 1.4, 1.5]})

    system = spin_system(Chem.MolFromSmiles("CC(C)Cl"), shifts, np.random.default_rng(0))

    assert [(g.count, g.atoms, pytest.approx(g.ppm)) for g in system.groups] == [(6, (0, 2), 1.25), (1, (1,), 3.0)]
