from __future__ import annotations

from dataclasses import replace

import pytest

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.mixtures.component_cases import list_cases
from specmol_core.evaluation.mixtures.component_measures import (
    CandidateSource,
    MeasuredSet,
    component_figures,
    measure_components,
)
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.shipped import shipped_weights

ACETATE = BenchmarkQuery(
    "acetate", "CCOC(C)=O", ("CCOC(C)=O", "CCC(=O)OC"), ((14.2, 1), (21.0, 1), (60.5, 1), (171.4, 1)),
    ((1.26, 3, "t", ()), (2.05, 3, "s", ()), (4.12, 2, "q", ())), False,
)  # fmt: skip
ANISOLE = BenchmarkQuery(
    "anisole", "COc1ccccc1", ("COc1ccccc1", "OCc1ccccc1"), ((55.1, 1), (113.9, 2), (120.7, 1), (129.5, 2), (159.6, 1)),
    ((3.79, 3, "s", ()), (6.89, 2, "d", ()), (6.93, 1, "t", ()), (7.27, 2, "t", ())), False,
)  # fmt: skip
OTHERS = ["CCO", "CC(C)=O", "CCCCCC", "c1ccncc1", "C1CCOC1", "CC#N"]
ROW = MeasuredSet(
    "a + b", "both", ("A", "B"), ("A", "B"), True, 2, "identified", 0.95, (0.02, 0.02), (True, False), "none fits", 0
)  # fmt: skip


@pytest.mark.slow
def test_a_mixture_is_measured_by_each_choice_of_nuclei() -> None:
    matcher = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights())
    source = CandidateSource(matcher, OTHERS, {}, 8, 0)
    cases = list(list_cases([ACETATE, ANISOLE], 2, 1, 0))

    rows = {row.shown: row for row in measure_components(cases, source, matcher, 2)}

    assert set(rows) == {"both", "1H", "13C"}
    assert set(rows["both"].found) == {"CCOC(C)=O", "COc1ccccc1"}
    assert rows["both"].set_is_first
    assert rows["both"].members_found == 2
    assert max(rows["both"].fraction_errors) < 0.1
    assert rows["both"].wrong_identified == 0
    assert rows["both"].verdict_without != "identified"


def test_a_library_has_the_components_their_pools_and_others() -> None:
    matcher = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights())
    (case,) = list_cases([ACETATE, ANISOLE], 2, 1, 0)

    library = list(CandidateSource(matcher, OTHERS, {}, 6, 0).library(case))

    assert set(library[:2]) == {"CCOC(C)=O", "COc1ccccc1"}
    assert {"CCC(=O)OC", "OCc1ccccc1"} < set(library)
    assert len(library) == 6
    (unnamed,) = [replace(case, pools=())]
    isomers = {"COc1ccccc1": ["Cc1ccccc1O"]}
    assert "Cc1ccccc1O" in CandidateSource(matcher, OTHERS, isomers, 6, 0).library(unnamed)


def test_figures_are_shares_of_the_mixtures() -> None:
    wrong = replace(ROW, set_is_first=False, members_found=1, fraction_errors=(), covered=(), wrong_identified=1)

    figures = component_figures([ROW, ROW, ROW, wrong])["both"]

    assert figures["mixtures"] == 4
    assert figures["set_first"] == 0.75
    assert figures["members"] == pytest.approx(0.875)
    assert figures["set_first_low"] <= 0.75 <= figures["set_first_high"]
    assert figures["fraction_error"] == pytest.approx(0.02)
    assert figures["coverage"] == 0.5
    assert figures["wrong_identified"] == 0.25
    assert figures["rejected_without"] == 1.0
