"""The check of the ratio of products."""

from __future__ import annotations

import pytest

from specmol_core.mixtures.reaction import reaction_species
from specmol_core.mixtures.species import Species
from specmol_core.monitoring.product_balance import product_doubts


@pytest.fixture
def species() -> list[Species]:
    return reaction_species("CCOC(C)=O.CN>>CCO.CNC(C)=O")[0]


@pytest.mark.parametrize(("ethanol", "is_doubtful"), [(0.2, True), (0.36, False), (0.6, True), (0.45, False)])
def test_a_product_out_of_the_ratio_is_told(species: list[Species], ethanol: float, is_doubtful: bool) -> None:
    names = [one.name for one in species]
    rows = [dict(zip(names, (0.3, 0.3, ethanol * share, 0.4 * share), strict=True)) for share in (0.5, 1.5)]

    told = [text for text in product_doubts(rows, species) if text.startswith(names[2])]

    assert bool(told) == is_doubtful
    if told:
        assert f"{ethanol / 0.4:.2f}" in told[0]


def test_traces_tell_nothing(species: list[Species]) -> None:
    rows = [dict(zip([one.name for one in species], (0.5, 0.45, 0.0, 0.05), strict=True))]

    assert product_doubts(rows, species) == []
