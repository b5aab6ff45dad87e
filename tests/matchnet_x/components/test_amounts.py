from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import BUTANONE, ETHYL_ACETATE, observed

from specmol_core.matchnet_x.components.amounts import Fractions, component_fractions
from specmol_core.matchnet_x.components.explanation import explain
from specmol_core.matchnet_x.components.union import component_lines
from specmol_core.matchnet_x.likelihood import LikelihoodModel

PAYLOADS = [ETHYL_ACETATE.stored, BUTANONE.stored]


def fractions(share: float, noise: float = 0.0) -> Fractions:
    rows = [(1.05, 3 - 3 * share), (1.26, 3 * share), (2.0, 3 * share), (2.17, 3 - 3 * share)]
    rows += [(2.45, 2 - 2 * share), (4.12, 2 * share)]
    areas = [area * np.exp(noise * (-1) ** k) for k, (_, area) in enumerate(rows)]
    signals = observed("1H", [ppm for ppm, _ in rows], areas, integrals_are_counts=False)
    signals = replace(signals, from_peak_list=False)
    part = explain(LikelihoodModel(), signals, component_lines(PAYLOADS, "1H"))
    return component_fractions([signals], PAYLOADS, [part])


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_intervals_hold_the_fractions(share: float) -> None:
    (first, low, high), (second, *_) = fractions(share)

    assert first == pytest.approx(share, abs=0.01)
    assert second == pytest.approx(1 - share, abs=0.01)
    assert low is not None
    assert high is not None
    assert low < share < high


def test_areas_that_disagree_make_intervals_wider() -> None:
    (_, low, high), _ = fractions(0.5)
    (_, wide_low, wide_high), _ = fractions(0.5, noise=0.4)

    assert None not in (low, high, wide_low, wide_high)
    assert wide_high - wide_low > high - low  # type: ignore[operator]


def test_lists_without_amounts_tell_nothing() -> None:
    signals = observed("13C", [7.9, 14.2, 21.0, 29.4, 36.9, 60.5, 171.4, 209.3])
    part = explain(LikelihoodModel(), signals, component_lines(PAYLOADS, "13C"))

    assert component_fractions([signals], PAYLOADS, [part]) == [(None, None, None)] * 2


def test_one_component_is_all() -> None:
    signals = observed("1H", [1.26, 2.05, 4.12], [3.0, 3.0, 2.0])
    part = explain(LikelihoodModel(), signals, component_lines(PAYLOADS[:1], "1H"))

    assert component_fractions([signals], PAYLOADS[:1], [part]) == [(1.0, 1.0, 1.0)]


def test_a_component_without_area_has_an_upper_limit() -> None:
    signals = observed("1H", [1.26, 2.05, 4.12], [3.0, 3.0, 2.0])
    part = explain(LikelihoodModel(), signals, component_lines(PAYLOADS, "1H"))
    nothing = replace(part, amounts=np.array([1.0, 0.0]))

    assert component_fractions([signals], PAYLOADS, [nothing]) == [(1.0, 0.9, 1.0), (0.0, 0.0, 0.1)]
