from __future__ import annotations

from dataclasses import replace

import pytest

from specmol_core.matcher.judgement import UnexplainedSignal
from specmol_core.retrieval.components import ComponentRanking, RankedComponent, RankedSet

ESTER = RankedComponent(3, "ester", "CCOC(C)=O", "C4H8O2", 0.7, 0.6, 0.8, ())
ALCOHOL = RankedComponent(1, "", "CCO", "C2H6O", 0.3, 0.2, 0.4, ())
BOTH = ComponentRanking(
    2, "identified", 0.04, (0.96, 0.93), "areas", (RankedSet(1, 0.93, 12.5, (ESTER, ALCOHOL), ()),)
)  # fmt: skip


def test_identified_names_the_number_of_components() -> None:
    assert BOTH.describe() == (
        "2 components, identified (probability 0.93 of the set; probability 0.04 that the library lacks a component)"
    )


@pytest.mark.parametrize(("verdict", "probability"), [("open", 0.4), ("probable", 0.6)])
def test_a_component_may_be_identified_alone(verdict: str, probability: float) -> None:
    best = replace(BOTH.sets[0], probability=probability)

    described = replace(BOTH, verdict=verdict, sets=(best,), component_probability=(0.5, 0.95)).describe()

    assert described.endswith("; identified component: CCO")
    assert f"2 components, {verdict}" in described


def test_one_component_suffices() -> None:
    best = RankedSet(1, 0.95, 12.5, (ESTER,), ())

    described = replace(BOTH, sets=(best,), component_probability=(0.95,)).describe()

    assert described.startswith("one component suffices, identified")


def test_unexplained_signals_are_named() -> None:
    best = replace(BOTH.sets[0], unexplained=(UnexplainedSignal("13C", 128.44, None), UnexplainedSignal("1H", 7.1, 1)))

    described = replace(BOTH, verdict="more components?", sets=(best,)).describe()

    assert described.startswith("more components? (the best set leaves unexplained: 13C 128.4 ppm, 1H 7.10 ppm;")


def test_none_fits_identifies_nothing() -> None:
    assert replace(BOTH, verdict="none fits", none_fits_probability=0.9).describe() == (
        "none fits (probability 0.90 that the library lacks a component)"
    )
