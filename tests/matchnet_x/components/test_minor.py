from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import BUTANONE, ETHYL_ACETATE, observed

from specmol_core.matchnet_x.components.minor import minor_ratios, rest_scores
from specmol_core.matchnet_x.components.search import scored_set
from specmol_core.matchnet_x.likelihood import LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.observed_signals import Observed

MODEL = LikelihoodModel()
ESTER, KETONE = ETHYL_ACETATE.stored, BUTANONE.stored


def carbons(rows: list[tuple[float, float]], least: float, hidden: tuple[tuple[float, float], ...] = ()) -> Observed:
    rows = sorted(rows)
    signals = observed("13C", [ppm for ppm, _ in rows], integrals_are_counts=False)
    heights = np.array([height for _, height in rows])
    return replace(signals, height=heights, from_peak_list=False, least_amount=least, masked_ranges=hidden)


def protons(rows: list[tuple[float, float]], least: float) -> Observed:
    rows = sorted(rows)
    signals = observed("1H", [ppm for ppm, _ in rows], [area for _, area in rows], integrals_are_counts=False)
    return replace(signals, from_peak_list=False, least_amount=least)


def ester_ratio(signals: Observed) -> float:
    return float(minor_ratios(MODEL, signals, [ESTER])[0])


def test_the_compound_whose_lines_are_there_is_better() -> None:
    ester, ketone = minor_ratios(
        MODEL, carbons([(14.2, 1.0), (21.0, 1.0), (60.5, 1.0), (171.4, 0.4)], 0.2), [ESTER, KETONE]
    )

    assert ester > ketone + 10.0


def test_a_missing_carbon_without_hydrogen_is_cheap_near_the_noise() -> None:
    rows = [(14.2, 1.0), (21.0, 1.0), (60.5, 1.0)]

    assert ester_ratio(carbons(rows, 0.5)) > ester_ratio(carbons(rows, 0.01)) + 1.0


def test_a_missing_line_that_a_known_compound_hides_is_cheap() -> None:
    rows = [(21.0, 1.0), (60.5, 1.0), (171.4, 0.4)]

    assert ester_ratio(carbons(rows, 0.1, ((14.1, 14.3),))) > ester_ratio(carbons(rows, 0.1)) + 1.0


def test_lines_of_another_height_are_of_another_compound() -> None:
    alike = carbons([(14.2, 1.0), (21.0, 1.0), (60.5, 1.0), (171.4, 0.4)], 0.2)
    mixed = carbons([(14.2, 1.0), (21.0, 9.0), (60.5, 1.0), (171.4, 0.4)], 0.2)

    assert ester_ratio(alike) > ester_ratio(mixed) + 2.0


def test_areas_are_of_one_amount() -> None:
    alike = protons([(1.26, 0.03), (2.05, 0.03), (4.12, 0.02)], 0.002)
    mixed = protons([(1.26, 0.03), (2.05, 0.3), (4.12, 0.02)], 0.002)

    assert ester_ratio(alike) > ester_ratio(mixed) + 2.0


def test_the_amount_itself_does_not_matter() -> None:
    rows = [(1.26, 0.03), (2.05, 0.03), (4.12, 0.02)]

    assert ester_ratio(protons([(ppm, 8.0 * area) for ppm, area in rows], 0.002)) == pytest.approx(
        ester_ratio(protons(rows, 0.002)), abs=0.5
    )


def test_scores_do_not_depend_on_the_other_candidates() -> None:
    signals = carbons([(14.2, 1.0), (21.0, 1.0), (171.4, 0.4)], 0.2)

    together = minor_ratios(MODEL, signals, [ESTER, KETONE] * 60)

    assert together[:2] == pytest.approx([minor_ratios(MODEL, signals, [one])[0] for one in (ESTER, KETONE)])
    assert np.ptp(together[::2]) == 0.0


def test_peak_lists_have_the_mean_of_two_scores() -> None:
    signals = observed("13C", [14.2, 21.0, 60.5])
    alone = scored_set(MODEL, [0.7], [signals], [ESTER], [0]).score

    score = rest_scores(MODEL, [0.7], [signals], [ESTER])[0]

    assert score == pytest.approx(0.5 * (0.7 * log_likelihood_ratios(MODEL, [signals], [ESTER])[0, 0] + alone))


def test_1h_counts_half_beside_13c() -> None:
    c13 = carbons([(14.2, 1.0), (21.0, 1.0), (60.5, 1.0)], 0.2)
    h1 = protons([(1.26, 0.03), (2.05, 0.03)], 0.002)

    together = rest_scores(MODEL, [0.4, 0.6], [h1, c13], [ESTER])[0]

    assert together == pytest.approx(0.2 * ester_ratio(h1) + 0.6 * ester_ratio(c13))
