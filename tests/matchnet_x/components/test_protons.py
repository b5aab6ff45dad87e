from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import BUTANONE, ETHANOL, ETHYL_ACETATE, observed

from specmol_core.matchnet_x.components.explanation import explain
from specmol_core.matchnet_x.components.protons import unassigned_protons
from specmol_core.matchnet_x.components.union import component_lines
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed

MODEL = LikelihoodModel()
BOTH = component_lines([ETHYL_ACETATE.stored, BUTANONE.stored], "1H")


def mixture(ester: float, ketone: float) -> Observed:
    """The signals of ethyl acetate and butanone in these amounts, as from a trace; none overlap."""
    rows = [(1.26, 3 * ester), (2.0, 3 * ester), (4.12, 2 * ester), (1.05, 3 * ketone), (2.45, 2 * ketone)]
    rows.append((2.17, 3 * ketone))
    rows.sort()
    signals = observed("1H", [p for p, _ in rows], [40.0 * a for _, a in rows], integrals_are_counts=False)
    return replace(signals, from_peak_list=False)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_amounts_are_those_of_the_mixture(share: float) -> None:
    amounts = explain(MODEL, mixture(share, 1 - share), BOTH).amounts

    assert amounts / amounts.sum() == pytest.approx([share, 1 - share], abs=0.01)


def test_areas_of_lines_with_one_signal_add_up() -> None:
    signals = observed("1H", [1.1, 2.05, 2.45, 4.12], [6.0, 6.0, 2.0, 2.0], integrals_are_counts=False)
    near = replace(signals, from_peak_list=False, error=np.full(4, 0.2))

    found = explain(MODEL, near, BOTH)

    assert found.expected == pytest.approx([6.0, 6.0, 2.0, 2.0], rel=0.05)
    assert found.explained.all()


def test_areas_that_fit_score_more() -> None:
    fitting, other = mixture(0.5, 0.5), mixture(0.5, 0.5)
    shuffled = replace(other, amount=other.amount[::-1])

    assert explain(MODEL, fitting, BOTH).score > explain(MODEL, shuffled, BOTH).score + 1


def test_what_is_left_counts_only_if_the_components_are_alone() -> None:
    signals = mixture(0.5, 0.5)
    ester = component_lines([ETHYL_ACETATE.stored], "1H")

    assert explain(MODEL, signals, ester, alone=False).score > explain(MODEL, signals, ester).score + 3


def test_amounts_are_unknown_without_integrals() -> None:
    found = explain(MODEL, observed("1H", [1.26, 2.05, 4.12]), component_lines([ETHYL_ACETATE.stored], "1H"))

    assert np.isnan(found.amounts).all()
    assert np.isnan(found.expected).all()


def test_a_proton_on_oxygen_has_no_part_in_the_amounts() -> None:
    signals = observed("1H", [1.22, 2.6, 3.71], [3.0, 0.3, 2.0], integrals_are_counts=False)

    found = explain(MODEL, replace(signals, from_peak_list=False), component_lines([ETHANOL.stored], "1H"))

    assert found.amounts == pytest.approx([1.0], rel=0.01)


def test_an_unassigned_signal_costs_by_its_protons_up_to_three() -> None:
    signals = observed("1H", [1.0, 2.0, 3.0], [1.0, 2.0, 9.0])

    assert unassigned_protons(-2.0, signals, 100.0) == pytest.approx([-2.0, -4.0, -6.0])


def test_integrals_are_scaled_to_the_protons_of_the_components() -> None:
    signals = observed("1H", [1.0, 2.0], [10.0, 30.0], integrals_are_counts=False)

    assert unassigned_protons(-2.0, signals, 4.0) == pytest.approx([-2.0, -6.0])
