from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.shift_draws import drawn_shifts


def draws(
    smiles: str, shifts: AtomShifts, errors: tuple[float, float] = (0.1, 1.0), count: int = 2000
) -> list[AtomShifts]:
    mol = Chem.MolFromSmiles(smiles)
    classes = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    rng = np.random.default_rng(0)
    return [drawn_shifts(mol, shifts, classes, rng, errors) for _ in range(count)]


def test_uncertainty_is_the_scale_of_a_student_t() -> None:
    found = draws("C", AtomShifts({0: 50.0}, {0: [4.0] * 4}, {0: 2.0}, {0: 0.2}, dof_c13=5.0, dof_h1=5.0))
    c13 = np.array([f.c13[0] for f in found])
    h1 = np.array([f.h1[0][0] for f in found])

    # Median of |t| with five degrees of freedom: 0.727.
    assert np.median(np.abs(c13 - 50)) == pytest.approx(0.727 * 2.0, rel=0.07)
    assert np.median(np.abs(h1 - 4)) == pytest.approx(0.727 * 0.2, rel=0.07)
    assert np.abs(c13 - 50).max() <= 8.0


def test_without_uncertainty_the_settings_apply() -> None:
    c13 = np.array([f.c13[0] for f in draws("C", AtomShifts({0: 50.0}))])

    assert c13.std() == pytest.approx(1.0, rel=0.06)
    assert c13.mean() == pytest.approx(50.0, abs=0.1)


def test_equivalent_atoms_share_one_error() -> None:
    (found,) = draws("CC(C)=O", AtomShifts({0: 30.0, 1: 206.0, 2: 31.0}, {0: [2.0] * 3, 2: [2.2] * 3}), (0, 0), 1)
    (moved,) = draws("CC(C)=O", AtomShifts({0: 30.0, 1: 206.0, 2: 31.0}, {0: [2.0] * 3, 2: [2.2] * 3}), count=1)

    assert found.c13 == {0: 30.5, 1: 206.0, 2: 30.5}
    assert found.h1[0] == pytest.approx([2.1] * 3)
    assert moved.c13[0] == moved.c13[2] != 30.5
    assert moved.h1[0] == moved.h1[2]


def test_protons_of_a_methylene_roughly_keep_their_distance() -> None:
    found = draws("OCC(C)O", AtomShifts({}, {1: [3.6, 3.4]}, {}, {1: 0.1}), count=500)
    distances = np.array([f.h1[1][0] - f.h1[1][1] for f in found])

    assert distances.mean() == pytest.approx(0.2, abs=0.01)
    assert 0.02 < distances.std() < 0.12


def test_shifts_on_heteroatoms_do_not_change() -> None:
    (found,) = draws("CO", AtomShifts({}, {0: [3.4] * 3, 1: [2.0]}, {}, {0: 1.0, 1: 1.0}), count=1)

    assert found.h1[1] == [2.0]
    assert found.h1[0] != [3.4] * 3
