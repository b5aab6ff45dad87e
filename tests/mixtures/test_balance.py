"""The mass balance of a reaction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.mixtures.balance import ReactionBalance, reaction_balance
from specmol_core.mixtures.reaction import reaction_species
from specmol_core.mixtures.species import Species

_AMOUNTS = np.array([[0.9, 1.9, 0.2, 0.1], [0.5, 1.5, 1.0, 0.5], [0.1, 1.1, 1.8, 0.9]])
"""A + B give 2 C + D; B is twice A at the start."""


def _species(text: str) -> tuple[Species, ...]:
    return tuple(reaction_species(text)[0])


def _balance() -> ReactionBalance:
    parts = list(_species("CC(=O)OC(C)=O.OCCO>>CC(=O)O.CC(=O)OCCO"))
    parts[2] = replace(parts[2], coefficient=2)
    found = reaction_balance(tuple(parts), np.arange(4))
    assert found is not None
    return found


def test_a_series_that_balances_costs_nothing() -> None:
    balance = _balance().with_ratios(_AMOUNTS)

    assert balance.ratios.tolist() == pytest.approx([1.0, 2.0])
    assert [balance.cost(a) for a in _AMOUNTS] == pytest.approx([0.0] * 3, abs=1e-9)


@pytest.mark.parametrize(("column", "factor"), [(1, 1.3), (2, 0.7), (3, 1.3)])
def test_the_cost_rises_slowly_with_the_deviation(column: int, factor: float) -> None:
    balance = _balance().with_ratios(_AMOUNTS)
    costs = []
    for power in (1, 2, 4):
        amounts = _AMOUNTS[1].copy()
        amounts[column] *= factor**power
        costs.append(balance.cost(amounts))

    assert 1.0 < costs[0] < costs[1] < costs[2] < 4 * costs[0]


def test_its_precision_is_the_curvature_of_its_cost_where_it_holds() -> None:
    balance = _balance().with_ratios(_AMOUNTS)
    amounts, step = _AMOUNTS[1], 1e-4
    curvature = np.zeros((4, 4))
    for i, a in enumerate(np.eye(4) * step):
        for j, b in enumerate(np.eye(4) * step):
            values = [balance.cost(amounts + s * a + t * b) for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            curvature[i, j] = (values[0] - values[1] - values[2] + values[3]) / (4 * step * step)

    assert np.allclose(balance.precision(amounts), curvature, rtol=0.02, atol=1.0)


def test_the_forms_of_a_species_count_together() -> None:
    species = _species("CC=O.CO>>COC(C)O")
    balance = reaction_balance(species, np.array([0, 0, 1, 2]))

    assert balance is not None
    balance = balance.with_ratios(np.array([[0.3, 0.3, 0.6, 0.4]]))
    assert balance.cost(np.array([0.1, 0.4, 0.5, 0.5])) == pytest.approx(0.0, abs=1e-9)


def test_a_rearrangement_has_no_balance_to_keep() -> None:
    """One reactant and one product can have any ratio."""
    assert reaction_balance(_species("C=CCCO>>CCCC=O"), np.arange(2)) is None
