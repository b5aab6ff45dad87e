from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import ETHYL_ACETATE, observed

from specmol_core.matcher.judgement import Judgement, RankingOutcome, UnexplainedSignal
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.unexplained import strong_unexplained, with_unexplained
from specmol_core.shipped import shipped_weights

MODEL = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights()).likelihood_model
OWN_13C, OWN_1H = [14.2, 21.0, 60.5, 171.4], [1.26, 2.05, 4.12]
"""Signals of ethyl acetate."""
SIGNAL = UnexplainedSignal("13C", 100.0, None)


def carbons(extra: list[float], height: float | None = None) -> Observed:
    """The 13C signals of ethyl acetate, and further ones; heights relative to its own lines."""
    ppm = np.array(OWN_13C + extra)
    heights = np.array([1.0] * len(OWN_13C) + [height or 1.0] * len(extra)) * 7e5
    order = np.argsort(ppm)
    signals = replace(observed("13C", ppm[order].tolist()), from_peak_list=height is None)
    return signals if height is None else replace(signals, height=heights[order])


def protons(extra: list[float], amount: float) -> Observed:
    """The 1H signals of ethyl acetate, and further ones of this many protons; one proton has the integral 40."""
    ppm = np.array(OWN_1H + extra)
    amounts = np.array([3.0, 3.0, 2.0] + [amount] * len(extra)) * 40.0
    order = np.argsort(ppm)
    signals = observed("1H", ppm[order].tolist(), amounts[order].tolist(), integrals_are_counts=False)
    return replace(signals, from_peak_list=False)


def shifts(*spectra: Observed) -> list[tuple[str, float]]:
    found = strong_unexplained(MODEL, spectra, ETHYL_ACETATE.stored)
    return [(signal.nucleus, signal.ppm) for signal in found]


def test_the_compound_alone_leaves_nothing() -> None:
    assert shifts(protons([], 0), carbons([])) == []


def test_strong_signals_of_another_compound_are_named() -> None:
    found = strong_unexplained(MODEL, [protons([6.5, 8.1], 1.5), carbons([120.0, 140.0], 0.8)], ETHYL_ACETATE.stored)

    assert [(s.nucleus, s.ppm, pytest.approx(s.amount, rel=0.01)) for s in found] == [
        ("1H", 8.1, 1.5),
        ("1H", 6.5, 1.5),
        ("13C", 140.0, 0.8),
        ("13C", 120.0, 0.8),
    ]


@pytest.mark.parametrize("amount", [0.1, 0.4])
def test_an_impurity_is_too_weak(amount: float) -> None:
    assert shifts(protons([6.5, 8.1, 9.0], amount), carbons([120.0, 130.0, 140.0], 0.3)) == []


def test_a_single_signal_is_no_mixture() -> None:
    assert shifts(carbons([120.0], 1.0)) == []
    assert shifts(protons([8.1], 1.0)) == []


def test_one_signal_in_each_spectrum_is_one() -> None:
    assert shifts(protons([8.1], 1.0), carbons([120.0])) == [("1H", 8.1), ("13C", 120.0)]


def test_every_signal_of_a_list_counts() -> None:
    assert shifts(carbons([100.0, 120.0, 140.0])) == [("13C", 140.0), ("13C", 120.0), ("13C", 100.0)]
    assert shifts(carbons([120.0, 140.0])) == []


def test_signals_of_the_solvent_do_not_count() -> None:
    signals = protons([6.5, 8.1], 1.5)
    near_solvent = np.isin(signals.ppm, (6.5, 8.1))

    assert shifts(replace(signals, maybe_solvent=near_solvent)) == []


def test_the_solvent_of_a_coarse_image_is_no_mixture() -> None:
    signals = carbons([76.8, 77.2, 77.5, 128.0], 5.0)
    assert len(shifts(signals)) == 4

    assert shifts(replace(signals, coarse=True)) == []
    assert len(shifts(replace(carbons([90.0, 100.0, 120.0], 5.0), coarse=True))) == 3


@pytest.mark.parametrize(
    ("verdict", "name", "groups"),
    [
        (RankingOutcome("identified", 1, 0.02), "mixture?", 0),
        (RankingOutcome("open", 3, 0.2), "mixture?", 0),
        (RankingOutcome("none fits", 0, 0.9), "none fits", 0),
    ],
)
def test_verdict_on_a_mixture(verdict: RankingOutcome, name: str, groups: int) -> None:
    judgement = Judgement(np.arange(2), np.arange(2), np.array([0.8, 0.1]), verdict)

    found = with_unexplained(judgement, (SIGNAL,)).verdict

    assert found == RankingOutcome(name, groups, verdict.none_fits_probability, unexplained=(SIGNAL,))
    assert with_unexplained(judgement, ()) is judgement


def test_a_candidate_that_fits_what_it_explains_may_be_in_a_mixture() -> None:
    judgement = Judgement(np.arange(2), np.arange(2), np.array([0.1, 0.1]), RankingOutcome("none fits", 0, 0.9))

    found = with_unexplained(judgement, (SIGNAL,), rest_fits=True).verdict

    assert found == RankingOutcome("mixture?", 0, 0.9, unexplained=(SIGNAL,))


def test_without_a_verdict_nothing_changes() -> None:
    judgement = Judgement(np.arange(1), np.arange(1), np.ones(1), None)

    assert with_unexplained(judgement, (SIGNAL,)) is judgement
