"""Features of the probability that none fits: what they are, and that a worse fit never lowers it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import ETHANOL, ETHYL_ACETATE, TETRACHLOROMETHANE, observed

from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.misfit import NONE_FEATURES, NONE_SIGNS, none_features
from specmol_core.matchnet_x.observed_signals import Observed

MODEL = LikelihoodModel()
CARBONS = observed("13C", [14.2, 21.0, 60.5, 171.4])
PROTONS = observed("1H", [1.26, 2.05, 4.12], [3, 3, 2])


def features(*spectra: Observed, score: float = 4.0, lead: float | None = 1.5) -> dict[str, float]:
    """Features of ethyl acetate."""
    values = none_features(MODEL, spectra, ETHYL_ACETATE.stored, score, lead)
    return dict(zip(NONE_FEATURES, values.tolist(), strict=True))


def traced(shown: Observed, **changes: np.ndarray) -> Observed:
    return replace(shown, from_peak_list=False, **changes)


def test_features_describe_the_fit_of_the_best_candidate() -> None:
    # One carbon 3 uncertainties off, one that nobody has, and the carbonyl is missing.
    c13 = observed("13C", [14.2, 22.5, 60.5, 100.0])

    result = features(PROTONS, c13)

    assert result == pytest.approx(
        {
            "13C shown": 1.0,
            "13C lines": math.log(4),
            "13C largest unexplained": 1.0,
            "13C unexplained": math.log(2),
            "13C missing": math.log(2),
            "13C uncertainty": math.log(0.5),
            "13C error": math.log(0.501),
            # The common offset is 0.2 ppm. Student's distribution of three degrees of freedom has 8.04 %
            # beyond 2.6 scales, and 71.6 % beyond 0.4.
            "13C deviation": math.log1p((math.log(1 / 4 / 0.0804) + math.log(2 / 4 / 0.716)) / 2),
            "13C offset": 0.2,
            "1H shown": 1.0,
            "1H lines": math.log(3),
            "1H largest unexplained": 0.0,
            "1H unexplained": 0.0,
            "1H missing": 0.0,
            "1H uncertainty": math.log(0.05),
            "1H error": math.log(0.001),
            "1H deviation": (math.log(1 / 4) + math.log(2 / 4)) / 2,
            "1H offset": 0.0,
            "1H integrals": 0.0,
            "both shown": 1.0,
            "lead, one nucleus": 0.0,
            "lead, both nuclei": math.log(2.5),
            "score, one nucleus": 0.0,
            "score, both nuclei": math.log(5),
            "worse than chance": 0.0,
        },
        abs=2e-3,
    )


def test_a_score_below_zero_is_worse_than_chance() -> None:
    result = features(CARBONS, score=-3.0, lead=None)

    assert (result["score, one nucleus"], result["worse than chance"]) == (0.0, 3.0)


def test_an_offset_of_all_lines_is_no_deviation() -> None:
    shown = [observed("1H", [1.26 + offset, 2.05 + offset, 4.12 + offset], [3, 3, 2]) for offset in (0.0, 0.09)]
    one = observed("1H", [1.26, 2.05, 4.21], [3, 3, 2])

    right, moved, wrong = (features(signals) for signals in (*shown, one))

    assert moved["1H offset"] == pytest.approx(0.9, abs=0.11)
    assert moved["1H deviation"] == pytest.approx(right["1H deviation"], abs=0.2)
    assert wrong["1H deviation"] > right["1H deviation"] + 0.3


def test_missing_exchanging_protons_do_not_count() -> None:
    shown = observed("1H", [1.22, 3.71], [3, 2])

    result = none_features(MODEL, [shown], ETHANOL.stored, 1.0, None)

    assert result[NONE_FEATURES.index("1H missing")] == 0


def test_maybe_masked_lines_do_not_count_as_missing() -> None:
    shown = observed("13C", [14.2, 21.0, 171.4])
    masked = replace(shown, masked_ranges=((60.0, 60.5),))

    assert [features(x)["13C missing"] for x in (shown, masked)] == [pytest.approx(math.log(2)), 0.0]


@pytest.mark.parametrize("height", [0.1, 0.5, 3.0])
def test_unexplained_lines_of_a_trace_count_by_their_height(height: float) -> None:
    c13 = traced(observed("13C", [14.2, 21.0, 60.5, 100.0, 171.4]), height=np.array([1.0, 1.1, 1.0, height, 0.9]))

    result = features(c13)

    expected = min(height, 1.0)
    assert result["13C largest unexplained"] == pytest.approx(expected, rel=1e-3)
    assert result["13C unexplained"] == pytest.approx(math.log1p(expected), rel=1e-3)


def test_unexplained_signals_of_a_trace_count_by_their_integral() -> None:
    shown = observed("1H", [1.26, 2.05, 4.12, 6.5], [30.0, 30.0, 20.0, 2.0], integrals_are_counts=False)

    result = features(traced(shown))

    # Eight protons have the integral 80, so that the fourth signal has a fifth of a proton.
    assert result["1H largest unexplained"] == pytest.approx(0.2)


def test_signals_that_may_be_of_the_solvent_do_not_count() -> None:
    shown = observed("1H", [1.26, 2.05, 4.12, 7.26], [30.0, 30.0, 20.0, 2.0], integrals_are_counts=False)

    plain = features(traced(shown))
    solvent = features(traced(shown, maybe_solvent=np.array([False, False, False, True])))

    assert plain["1H largest unexplained"] > 0 == solvent["1H largest unexplained"]


def test_protons_that_the_integrals_lack_count() -> None:
    right, wrong = PROTONS, observed("1H", [1.26, 2.05, 4.12], [3, 2, 2])

    assert features(right)["1H integrals"] == 0.0
    assert features(wrong)["1H integrals"] == pytest.approx(1 / 7)


@pytest.mark.parametrize("step", [0.2, 1.0, 5.0, 40.0])
def test_a_worse_fit_never_has_better_features(step: float) -> None:
    moved = observed("13C", [14.2, 21.0 + step, 60.5, 171.4])
    more = observed("13C", sorted([14.2, 21.0, 60.5, 171.4, 90.0 + step]))
    fewer = observed("13C", [14.2, 21.0, 60.5])
    good = features(CARBONS)

    for worse in (moved, more, fewer):
        change = {name: value - good[name] for name, value in features(worse).items()}
        signs = dict(zip(NONE_FEATURES, NONE_SIGNS, strict=True))
        assert any(change[name] * sign > 0 for name, sign in signs.items())
        assert all(change[name] * sign > -0.4 for name, sign in signs.items())


def test_features_of_spectra_without_a_signal_are_finite() -> None:
    result = none_features(MODEL, [observed("13C", [])], TETRACHLOROMETHANE.stored, 0.0, 0.0)

    shown = {name: value for name, value in zip(NONE_FEATURES, result.tolist(), strict=True) if value}
    assert shown == {"13C shown": 1.0, "13C missing": pytest.approx(math.log(2))}
