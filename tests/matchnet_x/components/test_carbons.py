from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import BUTANONE, ETHYL_ACETATE, observed

from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.components.explanation import explain
from specmol_core.matchnet_x.components.union import component_lines
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.shipped import shipped_weights

MODEL = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights()).likelihood_model
BOTH = component_lines([ETHYL_ACETATE.stored, BUTANONE.stored], "13C")
LINES = [(14.2, 1.0, 0), (60.5, 1.0, 0), (171.4, 0.36, 0), (21.0, 1.0, 0), (7.9, 1.0, 1), (36.9, 1.0, 1)]
LINES += [(209.3, 0.36, 1), (29.4, 1.0, 1)]
"""Shift, height of one carbon and component."""


def mixture(ester: float, ketone: float) -> Observed:
    rows = sorted((ppm, height * (ester, ketone)[owner]) for ppm, height, owner in LINES)
    signals = observed("13C", [ppm for ppm, _ in rows])
    return replace(signals, from_peak_list=False, height=np.array([height for _, height in rows]) * 7e5)


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_each_component_has_heights_of_its_own(share: float) -> None:
    amounts = explain(MODEL, mixture(share, 1 - share), BOTH).amounts

    assert amounts / amounts.sum() == pytest.approx([share, 1 - share], abs=0.02)


def test_heights_that_fit_score_more() -> None:
    signals = mixture(0.5, 0.5)
    shuffled = replace(signals, height=signals.height[::-1])

    assert explain(MODEL, signals, BOTH).score > explain(MODEL, shuffled, BOTH).score


def test_amounts_are_unknown_without_heights() -> None:
    found = explain(MODEL, observed("13C", sorted(ppm for ppm, *_ in LINES)), BOTH)

    assert np.isnan(found.amounts).all()
    assert found.explained.all()


def test_a_line_without_a_signal_costs() -> None:
    shifts = sorted(ppm for ppm, *_ in LINES)
    ester = component_lines([ETHYL_ACETATE.stored], "13C")
    own = [ppm for ppm, _, owner in LINES if owner == 0]

    whole, part = (explain(MODEL, observed("13C", sorted(p)), ester) for p in (own, own[:-1]))
    assert whole.score > part.score + 2
    assert explain(MODEL, observed("13C", shifts), ester).score < whole.score - 2
