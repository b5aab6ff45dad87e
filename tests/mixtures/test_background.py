"""Lines of the solvent, of water and of standards."""

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.mixtures.background import background_of, exchanging_protons, impurity_backgrounds
from specmol_core.mixtures.species import Species
from specmol_core.shifts.atoms import AtomShifts


def _shifts(solvent: str | None) -> dict[str, list[float]]:
    return {b.name: [s.ppm for s in b.signals] for b in background_of(solvent, "1H", 400.0)}


def test_chloroform_has_its_residual_line_its_water_and_the_standard() -> None:
    assert _shifts("CDCl3") == {"tetramethylsilane": [0.0], "CDCl3": [7.26], "water in CDCl3": [1.56]}


def test_heavy_water_has_one_line_only() -> None:
    assert _shifts("D2O") == {"tetramethylsilane": [0.0], "water in D2O": [4.79]}


@pytest.mark.parametrize("solvent", [None, "", "something"])
def test_an_unknown_solvent_leaves_the_standard(solvent: str | None) -> None:
    assert list(_shifts(solvent)) == ["tetramethylsilane"]


def test_impurities_stand_where_the_table_has_them_in_this_solvent() -> None:
    found = {b.name: b for b in impurity_backgrounds("DMSO-d6", "1H", 400.0, {"methanol"})}

    assert "methanol" not in found
    assert [s.ppm for s in found["acetone"].signals] == [2.09]


def test_a_suppressed_solvent_leaves_its_satellites() -> None:
    shifts = _shifts("ethanol")

    assert sorted(shifts["13C satellites of ethanol, CH3"]) == pytest.approx([1.19 - 66.5 / 400, 1.19 + 66.5 / 400])


def test_exchanging_protons_have_a_broad_line_if_there_are_any() -> None:
    shifts = AtomShifts({}, {0: [1.2] * 3, 1: [3.7] * 2, 2: [2.6]})

    found = exchanging_protons(Species("ethanol", "CCO"), shifts, 400.0)

    assert found is not None
    assert found.signals[0].ppm == 2.6
    assert min(np.ptp(p.offset_ppm) * 400 for p in found.signals[0].patterns) > 20
    assert exchanging_protons(Species("ether", "CCOCC"), shifts, 400.0) is None
