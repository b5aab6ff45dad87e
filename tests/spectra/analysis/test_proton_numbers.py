"""Integrals are scaled to numbers of protons."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.analysis.proton_numbers import join_fractions, proton_scale


def numbers(areas: list[float], coupled: list[bool] | None = None) -> list[float]:
    array = np.array(areas)
    is_coupled = np.array(coupled if coupled is not None else [True] * len(areas))
    return (array * proton_scale(array, is_coupled)).round(1).tolist()


@pytest.mark.parametrize("factor", [1e-6, 1.0, 3.7e8])
def test_the_scale_makes_whole_numbers(factor: float) -> None:
    protons = np.array([1.0, 2.0, 1.05, 3.0, 2.9])

    assert protons * factor * proton_scale(protons * factor, np.ones(5, bool)) == pytest.approx(protons, rel=0.1)


def test_water_does_not_double_the_scale() -> None:
    """1-Naphthoic acid: 0.35 protons of water, 1.4 of the solvent."""
    areas = [1.0, 1.0, 1.0, 1.02, 3.1, 0.35, 1.4]

    assert numbers(areas, [True] * 5 + [False] * 2) == pytest.approx(areas, abs=0.06)


def test_a_multiplet_is_not_half_a_proton() -> None:
    """4-Allylanisole, with integrals that are off by up to a fifth."""
    areas = [1.0, 1.07, 0.42, 1.0, 1.82, 1.11]

    assert numbers(areas, [True, True, True, False, False, True])[2] == pytest.approx(0.83, abs=0.03)


def test_nothing_has_no_scale() -> None:
    assert proton_scale(np.zeros(0), np.zeros(0, bool)) == 1.0
    assert proton_scale(np.array([-1.0, 0.0]), np.zeros(2, bool)) == 1.0


@pytest.mark.parametrize(
    ("protons", "runs"),
    [
        ([1.0, 2.0], [(0, 1), (1, 2)]),
        ([0.48, 0.53, 2.0], [(0, 2), (2, 3)]),
        ([0.24, 1.22, 0.52], [(0, 3)]),
        ([3.0, 0.3], [(0, 1), (1, 2)]),
        ([3.0, 0.05], [(0, 1), (1, 2)]),
        ([], []),
    ],
)
def test_fractions_are_joined_to_whole_numbers(protons: list[float], runs: list[tuple[int, int]]) -> None:
    assert [(run.start, run.stop) for run in join_fractions(np.array(protons))] == runs
