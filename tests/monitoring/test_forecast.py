from __future__ import annotations

import math

import pytest

from specmol_core.monitoring.condition import Condition
from specmol_core.monitoring.forecast import forecast


def rows(values: list[float | None], step: float = 60.0) -> list[dict[str, float | None]]:
    return [{"time_s": step * k, "conversion": value, "product": value} for k, value in enumerate(values)]


def test_a_reaction_of_the_first_order_ends_when_its_law_says() -> None:
    constant = 1e-3
    conversions = [1 - math.exp(-constant * 60 * k) for k in range(8)]

    found = forecast(rows(conversions), "conversion", Condition("conversion", ">", 0.9))

    end = math.log(10) / constant - 7 * 60
    assert found.seconds_left == pytest.approx(end, rel=0.01)
    assert found.rate == pytest.approx(constant * math.exp(-constant * 300), rel=0.01)


def test_a_mole_fraction_goes_on_at_its_rate() -> None:
    found = forecast(rows([0.1, 0.2, 0.3, 0.4]), "product", Condition("product", ">", 0.5))

    assert found.rate == pytest.approx(0.1 / 60)
    assert found.seconds_left == pytest.approx(60)


@pytest.mark.parametrize(
    ("values", "aim", "left"),
    [
        ([0.9, 0.95, 0.96], 0.9, 0.0),
        ([0.5, 0.4, 0.3], 0.9, None),
        ([0.5, 0.5, 0.5], 0.9, None),
        ([0.1, 0.1001, 0.1002], 0.9, None),
        ([0.1, 0.2], 0.9, None),
        ([0.1, 0.5, 0.8], 1.0, None),
        ([], 0.9, None),
        ([None, None], 0.9, None),
    ],
)
def test_what_is_met_or_not_in_sight(values: list[float | None], aim: float, left: float | None) -> None:
    assert forecast(rows(values), "conversion", Condition("conversion", ">", aim)).seconds_left == left


def test_without_times_there_is_no_rate() -> None:
    found = forecast([{"time_s": None, "conversion": 0.1 * k} for k in range(5)], "conversion", None)

    assert (found.rate, found.seconds_left) == (None, None)
