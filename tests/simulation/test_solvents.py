from __future__ import annotations

import numpy as np
import pytest

from specmol_core.simulation.solvents import SOLVENTS, Multiplet, multiplet, solvent_named


@pytest.mark.parametrize(
    ("pattern", "areas"),
    [
        (Multiplet(), [1]),
        (Multiplet(3, 7.0), [1, 3, 3, 1]),
        (Multiplet(1, 32.0, "D"), [1, 1, 1]),
        (Multiplet(2, 27.0, "D"), [1, 2, 3, 2, 1]),
        (Multiplet(3, 21.0, "D"), [1, 3, 6, 7, 6, 3, 1]),
    ],
)
def test_patterns(pattern: Multiplet, areas: list[int]) -> None:
    offsets, found = multiplet(pattern)

    np.testing.assert_allclose(found, np.array(areas) / sum(areas))
    np.testing.assert_allclose(-np.diff(offsets), pattern.coupling_hz)
    assert offsets.sum() == pytest.approx(0)


def test_solvents_stand_where_they_do() -> None:
    """Fulmer et al. 2010, tables 1 and 2."""
    assert SOLVENTS["CDCl3"].c13[0].ppm == 77.16
    assert SOLVENTS["DMSO-d6"].h1[0].pattern == Multiplet(2, 1.9, "D")
    assert {n: s.water_ppm for n, s in SOLVENTS.items() if n in ("CDCl3", "DMSO-d6", "C6D6")} == {
        "CDCl3": 1.56,
        "DMSO-d6": 3.33,
        "C6D6": 0.40,
    }
    assert [n for n, s in SOLVENTS.items() if s.deuterium_exchange] == ["CD3OD", "D2O"]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("CHLOROFORM-d", "CDCl3"), ("cdcl3", "CDCl3"), (" dmso ", "DMSO-d6"), ("Acetone", "acetone-d6"),
        ("BENZENE-d6", "C6D6"), ("THF", "THF-d8"), ("Dioxane", "dioxane-d8"), ("H2O+D2O", "D2O"), ("MeOD", "CD3OD"),
    ],
)  # fmt: skip
def test_names_of_instruments(name: str, known: str) -> None:
    found = solvent_named(name)

    assert found is not None
    assert found.name == known
    assert solvent_named("liquid helium") is None
