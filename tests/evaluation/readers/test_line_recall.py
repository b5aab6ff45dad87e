"""Expected and picked lines are matched one to one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from specmol_core.evaluation.readers.line_recall import ExpectedLine, expected_carbon_lines, match_lines
from specmol_core.shifts.atoms import AtomShifts


def expected_lines(*ppm: float, tolerance: float = 0.3) -> list[ExpectedLine]:
    return [ExpectedLine(p, tolerance, True) for p in ppm]


def test_each_line_is_matched_once() -> None:
    found = match_lines(expected_lines(100.0, 100.2), [100.1])

    assert (found.expected, found.found, found.spurious, len(found.missing)) == (2, 1, (), 1)


def test_chain_of_close_lines_is_matched_jointly() -> None:
    """Matching the nearest lines first would leave the last expected line unmatched."""
    found = match_lines(expected_lines(100.0, 100.25), [100.2, 100.5])

    assert (found.found, found.spurious) == (2, ())


def test_unmatched_lines_are_spurious_or_missing() -> None:
    found = match_lines(expected_lines(20.0, 60.0), [20.1, 77.0])

    assert (found.found, found.spurious, found.missing) == (1, (77.0,), (60.0,))
    assert match_lines(expected_lines(20.0), []).missing == (20.0,)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=5, unique=True), st.lists(st.floats(0, 10), max_size=5, unique=True)
)
def test_matching_is_optimal(wanted: list[float], picked: list[float]) -> None:
    found = match_lines(expected_lines(*wanted, tolerance=1.0), picked)

    size = max(len(wanted), len(picked))
    padded = [*picked, *[None] * (size - len(picked))]
    best = max(
        sum(p is not None and abs(p - w) <= 1.0 for p, w in zip(order, wanted, strict=False))
        for order in itertools.permutations(padded)
    )
    assert found.found == best
    assert len(found.spurious) == len(picked) - best


@pytest.mark.parametrize(
    ("smiles", "required", "total"),
    [("CCO", 2, 2), ("c1ccccc1", 1, 6), ("CC(C)O", 2, 3), ("CCF", 2, 4), ("CP(C)(C)=O", 1, 6)],
)
def test_expected_lines_of_a_structure(smiles: str, required: int, total: int) -> None:
    mol = Chem.MolFromSmiles(smiles)
    shifts = AtomShifts(c13={a.GetIdx(): 30.0 for a in mol.GetAtoms() if a.GetSymbol() == "C"})

    found = expected_carbon_lines(mol, shifts, 100.0)

    assert sum(p.is_required for p in found) == required
    assert len(found) == total


def test_tolerance_depends_on_uncertainty_and_couplings() -> None:
    mol = Chem.MolFromSmiles("CC")
    shifts = AtomShifts(c13={0: 6.5, 1: 6.5}, c13_uncertainty={0: 1.0, 1: 1.0})

    assert expected_carbon_lines(mol, AtomShifts(c13={0: 6.5, 1: 6.5}), 100.0)[0].tolerance_ppm == pytest.approx(0.3)
    assert expected_carbon_lines(mol, shifts, 100.0)[0].tolerance_ppm == pytest.approx(4.604, abs=1e-3)
    coupled = expected_carbon_lines(mol, shifts, 100.0, decoupled=False)
    assert (len(coupled), coupled[0].tolerance_ppm) == (8, pytest.approx(4.604 + 2.55, abs=1e-3))
