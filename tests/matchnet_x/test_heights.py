from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.by_hand import observed

from specmol_core.matchnet_x.heights import LOG_MEDIAN_HEIGHTS, height_bin, heights_are_informative
from specmol_core.matchnet_x.kernels import HEIGHT_BINS, LOG_HEIGHT_STEP, LOWEST_LOG_HEIGHT
from specmol_core.matchnet_x.likelihood import (
    LikelihoodModel,
    carbon_terms,
    log_likelihood_ratios,
    log_reference_height,
)
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS, LINE_DTYPE, pack_lines, unpack_lines

CENTRES = LOWEST_LOG_HEIGHT + LOG_HEIGHT_STEP * np.arange(HEIGHT_BINS)
TOLD = np.clip(1.5 - 0.5 * ((CENTRES - LOG_MEDIAN_HEIGHTS[:, None]) / 0.25) ** 2, -2.0, 1.5)
"""Log-ratio of a normal distribution about the height of each kind, against a wide one."""
MODEL = LikelihoodModel(heights=TOLD, height_weight=1.0)
BLIND = replace(MODEL, height_weight=0.0)


def lines_of(*carbons: tuple[float, int, str]) -> bytes:
    """Payload of lines (shift, carbons, kind)."""
    rows = np.zeros(len(carbons), LINE_DTYPE)
    for row, (ppm, count, kind) in zip(rows, sorted(carbons), strict=True):
        row["shift"], row["uncertainty"] = round(100 * ppm), 1000
        row["count"], row["kind"] = count, CARBON_KINDS.index(kind)
    return pack_lines(rows)


def read(heights: dict[float, float]) -> Observed:
    """13C lines of a trace."""
    shown = observed("13C", sorted(heights))
    return replace(shown, from_peak_list=False, height=np.array([heights[ppm] for ppm in sorted(heights)]))


def margin(shown: Observed, first: bytes, second: bytes, model: LikelihoodModel = MODEL) -> float:
    one, two = log_likelihood_ratios(model, [shown], [first, second])[0]
    return float(one - two)


TOLUENE = lines_of((137.0, 1, "C"), (129.0, 2, "CH"), (128.0, 2, "CH"), (125.0, 1, "CH"), (21.0, 1, "CH3"))
MOVED = lines_of((137.0, 1, "CH"), (129.0, 2, "CH"), (128.0, 2, "CH"), (125.0, 1, "C"), (21.0, 1, "CH3"))
HEIGHTS = {137.0: 0.3, 129.0: 2.1, 128.0: 1.9, 125.0: 0.95, 21.0: 0.9}


def test_a_low_line_is_a_carbon_without_hydrogen() -> None:
    assert margin(read(HEIGHTS), TOLUENE, MOVED) > 3
    assert margin(read(HEIGHTS), TOLUENE, MOVED, BLIND) == pytest.approx(0, abs=1e-4)


def test_peak_lists_and_unknown_heights_have_no_effect() -> None:
    known = read(HEIGHTS)
    unknown = replace(known, height=np.full(len(known), np.nan))

    assert margin(unknown, TOLUENE, MOVED) == pytest.approx(0, abs=1e-4)


def test_two_equivalent_carbons_add_up() -> None:
    one_each = lines_of((137.0, 1, "C"), (129.0, 1, "CH"), (128.0, 1, "CH"), (125.0, 1, "CH"), (21.0, 1, "CH3"))

    assert margin(read(HEIGHTS), TOLUENE, one_each) > 1


def test_the_unit_of_heights_does_not_matter() -> None:
    larger = read({ppm: 7e5 * height for ppm, height in HEIGHTS.items()})

    result, same = (
        log_likelihood_ratios(MODEL, [larger], [TOLUENE, MOVED]),
        log_likelihood_ratios(MODEL, [read(HEIGHTS)], [TOLUENE, MOVED]),
    )

    assert result == pytest.approx(same, abs=1e-3)


def test_two_lines_of_equivalent_carbons_have_half_the_height() -> None:
    rest = {120.0: 1.0, 130.0: 0.95, 140.0: 1.05, 150.0: 1.0}
    amide = lines_of((40.0, 2, "CH3"), *((ppm, 1, "CH") for ppm in rest))
    shown, taller = read({39.8: 1.0, 40.2: 1.0, **rest}), read({39.8: 2.2, 40.2: 2.2, **rest})

    both, above = (
        carbon_terms(MODEL, s, unpack_lines([amide], "13C")).split[0, 1]
        - carbon_terms(BLIND, s, unpack_lines([amide], "13C")).split[0, 1]
        for s in (shown, taller)
    )

    assert both == pytest.approx(3.0, abs=0.3)
    assert above < both - 1


def test_height_ratios_are_interpolated_in_the_table() -> None:
    shown, lines = read(HEIGHTS), unpack_lines([TOLUENE], "13C")
    scale = log_reference_height(MODEL, shown, lines)

    more = carbon_terms(MODEL, shown, lines).match - carbon_terms(BLIND, shown, lines).match

    for i, (kind, count) in enumerate(zip(lines.kind, lines.nuclei, strict=True)):
        logs = np.log(shown.height) - scale - np.log(count)
        assert more[i] == pytest.approx(np.interp(logs, CENTRES, TOLD[kind]), abs=1e-3)
    assert scale == pytest.approx(np.log(0.95), abs=0.1)


def test_without_lines_there_is_no_scale() -> None:
    assert log_reference_height(MODEL, read(HEIGHTS), unpack_lines([b""], "13C")) == 0
    assert np.isfinite(log_likelihood_ratios(MODEL, [read(HEIGHTS)], [b"", TOLUENE])).all()


@pytest.mark.parametrize(
    ("heights", "informative"),
    [
        ([0.3, 0.42, 1.0, 0.8, 1.15, 2.2, 0.9], True),
        ([1.0, 1.0, 1.0, 1.0, 1.0], False),
        ([1.0, 2.02, 0.99, 1.98, 1.01, 3.0], False),
        ([0.3, 1.0, -0.8, 1.1, 2.0], False),
        ([0.0, 1.0, 0.8, 0.3, 2.0], False),
        ([], False),
    ],
)
def test_heights_that_are_numbers_of_carbons_are_not_informative(heights: list[float], informative: bool) -> None:
    assert heights_are_informative(np.array(heights)) is informative
    assert heights_are_informative(3e6 * np.array(heights)) is informative


def test_bins_are_limited_to_the_table() -> None:
    assert [height_bin(h) for h in (-99.0, LOWEST_LOG_HEIGHT, 0.0, CENTRES[-1], 99.0)] == [
        0,
        0,
        13,
        HEIGHT_BINS - 1,
        HEIGHT_BINS - 1,
    ]
