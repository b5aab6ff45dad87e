"""Listed shifts that replace predicted ones."""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.listed_shifts import (
    nearest_or_assigned,
    with_listed_carbon_shifts,
    with_listed_proton_shifts,
)

SHIFTS = AtomShifts(
    {0: 14.0, 1: 60.0, 3: 171.0, 4: 21.0}, {0: [1.2] * 3, 1: [4.1] * 2, 4: [2.0] * 3}, {0: 0.3, 1: 0.5, 3: 0.6, 4: 0.4}
)


def test_listed_carbons_have_their_listed_shifts() -> None:
    found = with_listed_carbon_shifts(Chem.MolFromSmiles("CCOC(C)=O"), SHIFTS, [171.4, 60.2, 20.6, 14.3])

    assert found.c13 == {0: 14.3, 1: 60.2, 3: 171.4, 4: 20.6}
    assert set(found.c13_uncertainty.values()) == {0.01}
    assert (found.h1, found.h1_uncertainty) == (SHIFTS.h1, SHIFTS.h1_uncertainty)


def test_carbon_without_a_nearby_listed_line_keeps_its_uncertainty() -> None:
    found = with_listed_carbon_shifts(Chem.MolFromSmiles("CCOC(C)=O"), SHIFTS, [60.2, 20.6, 120.0])

    assert found.c13 == SHIFTS.c13 | {1: 60.2, 4: 20.6}
    assert {a: s for a, s in found.c13_uncertainty.items() if s != 0.01} == {0: 0.3, 3: 0.6}
    assert with_listed_carbon_shifts(Chem.MolFromSmiles("CCOC(C)=O"), SHIFTS, []) is SHIFTS


def test_only_equivalent_carbons_share_a_listed_line() -> None:
    shifts = AtomShifts(
        {0: 24.0, 1: 140.0, 2: 24.0, 3: 118.0, 4: 13.0},
        {0: [1.7] * 3, 2: [1.7] * 3},
        {0: 3.0, 1: 1.0, 2: 3.0, 3: 1.0, 4: 1.0},
    )
    prenyl = with_listed_carbon_shifts(Chem.MolFromSmiles("CC(C)=CC"), shifts, [139.0, 118.5, 25.8, 17.7, 13.4])
    ketone = with_listed_carbon_shifts(
        Chem.MolFromSmiles("CC(C)=O"),
        AtomShifts({0: 30.0, 1: 205.0, 2: 30.0}, {}, dict.fromkeys(range(3), 1.0)),
        [206.0, 30.9],
    )

    assert {prenyl.c13[0], prenyl.c13[2]} == {25.8, 17.7}
    assert ketone.c13 == {0: 30.9, 1: 206.0, 2: 30.9}


def test_unassigned_row_takes_the_nearest_column() -> None:
    distances = np.abs(np.array([1.0, 2.0, 2.2])[:, None] - np.array([1.9, 2.1]))

    assert nearest_or_assigned(distances).tolist() == [0, 0, 1]
    assert nearest_or_assigned(distances[1:]).tolist() == [0, 1]
    assert nearest_or_assigned(distances.T).tolist() == [1, 2]


def test_listed_protons_have_their_listed_shifts() -> None:
    found = with_listed_proton_shifts(Chem.MolFromSmiles("CCOC(C)=O"), SHIFTS, [4.15, 2.05, 1.27])

    assert found.h1 == {0: [1.27] * 3, 1: [4.15] * 2, 4: [2.05] * 3}
    assert set(found.h1_uncertainty.values()) == {0.001}
    assert (found.c13, SHIFTS.h1[0]) == (SHIFTS.c13, [1.2] * 3)
    assert with_listed_proton_shifts(Chem.MolFromSmiles("CCOC(C)=O"), SHIFTS, []) is SHIFTS


def test_proton_without_a_nearby_listed_signal_keeps_its_uncertainty() -> None:
    found = with_listed_proton_shifts(Chem.MolFromSmiles("CCOC(C)=O"), SHIFTS, [4.15, 2.05, 8.0])

    assert found.h1[0] == [1.2] * 3
    assert set(found.h1_uncertainty) == {1, 4}


def test_protons_of_a_methylene_may_have_two_listed_signals() -> None:
    chloride = Chem.MolFromSmiles("CC(O)CCl")
    shifts = AtomShifts({}, {0: [1.25] * 3, 1: [4.0], 2: [2.4], 3: [3.5, 3.6]})

    assert with_listed_proton_shifts(chloride, shifts, [4.02, 3.61, 3.47, 2.2, 1.24]).h1 == {
        0: [1.24] * 3, 1: [4.02], 2: [2.2], 3: [3.61, 3.47],
    }  # fmt: skip
    assert with_listed_proton_shifts(chloride, shifts, [4.02, 3.55, 2.2, 1.24]).h1[3] == [3.55, 3.55]
