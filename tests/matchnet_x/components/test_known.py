from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import BUTANONE, ETHYL_ACETATE, observed

from specmol_core.matchnet_x.components.known import without_known
from specmol_core.matchnet_x.kernels import HEIGHT_BINS, LOG_HEIGHT_STEP, LOWEST_LOG_HEIGHT
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed

MODEL = LikelihoodModel()


def taken(signals: Observed) -> tuple[Observed, bool]:
    (left,), (known,) = without_known(MODEL, [signals], ["CCOC(C)=O"], [ETHYL_ACETATE.stored])
    return left, known.is_seen


def trace(rows: list[tuple[float, float]]) -> Observed:
    rows = sorted(rows)
    signals = observed("1H", [ppm for ppm, _ in rows], [area for _, area in rows], integrals_are_counts=False)
    return replace(signals, from_peak_list=False, multiplicity_labels=tuple("abcdefgh"[: len(rows)]))


def test_signals_of_a_known_compound_are_taken_and_may_hide_others() -> None:
    left, seen = taken(observed("13C", [7.9, 14.2, 21.0, 29.4, 36.9, 60.5, 171.4, 209.3]))

    assert seen
    assert left.ppm.tolist() == [7.9, 29.4, 36.9, 209.3]
    assert [round((low + high) / 2, 1) for low, high in left.masked_ranges] == [14.2, 21.0, 60.5, 171.4]


def test_a_signal_with_more_area_stays_with_what_is_left() -> None:
    left, _ = taken(trace([(1.26, 30.0), (2.05, 90.0), (4.12, 20.0), (2.45, 20.0)]))

    assert left.ppm.tolist() == [2.05, 2.45]
    assert left.amount == pytest.approx([60.0, 20.0], rel=0.1)
    assert left.multiplicity_labels == ("b", "c")


def test_satellites_of_a_known_compound_do_not_stay() -> None:
    left, _ = taken(trace([(1.26, 300.0), (2.05, 300.0), (4.12, 200.0), (1.9, 1.6), (6.5, 9.0)]))

    assert left.ppm.tolist() == [6.5]


def test_distant_signals_are_not_taken() -> None:
    left, seen = taken(observed("13C", [100.0, 120.0, 150.0]))

    assert not seen
    assert len(left) == 3
    assert left.masked_ranges == ()


def test_lines_that_are_missing_are_named() -> None:
    signals = observed("13C", [14.2, 60.5, 171.4])
    _, (ester, ketone) = without_known(
        MODEL, [signals], ["CCOC(C)=O", "CCC(C)=O"], [ETHYL_ACETATE.stored, BUTANONE.stored]
    )

    assert ester.signals[0].ppm == (171.4, 60.5, 14.2)
    assert ester.signals[0].missing_ppm == (21.0,)
    assert ketone.signals[0].missing_ppm == (209.3, 36.9, 29.4, 7.9)
    assert (ester.is_seen, ketone.is_seen) == (True, False)
    assert ester.as_dict()["seen"] is True


def test_nothing_may_be_left() -> None:
    left, _ = taken(observed("13C", [14.2, 21.0, 60.5, 171.4]))

    assert len(left) == 0
    assert np.array_equal(left.height, np.zeros(0))


def test_a_carbon_far_lower_than_those_of_the_known_compound_stays() -> None:
    rows = [(14.2, 1.0), (21.0, 1.0), (60.5, 1.0), (171.4, 0.4)]

    def left_with(height: float) -> list[float]:
        own = [*rows[:2], (60.5, height), *rows[3:]]
        signals = observed("13C", [ppm for ppm, _ in own], integrals_are_counts=False)
        heights = np.array([h for _, h in own])
        (left,), _ = without_known(
            LikelihoodModel(heights=heights_table()), [replace(signals, height=heights, from_peak_list=False)],
            ["CCOC(C)=O"], [ETHYL_ACETATE.stored],
        )  # fmt: skip
        return [float(ppm) for ppm in left.ppm]

    assert left_with(1.0) == []
    assert left_with(0.02) == [60.5]


def heights_table() -> np.ndarray:
    """Log-likelihood ratios of heights that fall off on both sides of the usual one."""
    steps = LOWEST_LOG_HEIGHT + LOG_HEIGHT_STEP * np.arange(HEIGHT_BINS)
    usual = np.array([-1.0, 0.0, 0.0, 0.0])[:, None]
    return np.asarray(np.maximum(1.0 - 3.0 * np.abs(steps - usual), -9.0))
