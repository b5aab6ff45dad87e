"""Queries for the fit of the posterior: defects of lists, and conditions of spectra."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from specmol_core.matchnet_x.fit import laboratory
from specmol_core.matchnet_x.fit.counts import predicted_payloads
from specmol_core.matchnet_x.fit.laboratory import laboratory_queries, payloads_by_solvent, written_queries
from specmol_core.shifts.predictor import ShiftPredictor

ACETATE: dict[str, Any] = {
    "truth": "CCOC(C)=O",
    "pool": ["CCOC(C)=O", "CCCC(=O)O", "COC(=O)CC", "CCC(C)=O"],
    "c13": [[14.2, 1], [21.0, 1], [60.4, 1], [171.1, 1]],
    "h1": [[1.26, 3.0, "t", []], [2.04, 3.0, "s", []], [4.12, 2.0, "q", []]],
    "printed": True,
}
BUTANONE: dict[str, Any] = ACETATE | {
    "truth": "CCC(C)=O",
    "c13": [[7.9, 1], [29.4, 1], [36.9, 1], [209.3, 1]],
    "h1": [],
    "printed": False,
}


@pytest.fixture(scope="module")
def in_solvents() -> dict[str, dict[str, bytes]]:
    return payloads_by_solvent(ShiftPredictor.load(), [ACETATE])


@pytest.fixture(scope="module")
def lines(in_solvents: dict[str, dict[str, bytes]]) -> dict[str, bytes]:
    return in_solvents["CDCl3"]


def test_candidates_are_predicted_in_the_solvent_of_the_list() -> None:
    predictor, pool = ShiftPredictor.load(), ACETATE["pool"]
    in_dmso = ACETATE | {"solvent": "Dimethylsulphoxide-D6 (DMSO-D6, C2D6SO)"}

    payloads = payloads_by_solvent(predictor, [ACETATE | {"solvent": "Unreported"}, in_dmso])

    assert payloads == {
        "CDCl3": predicted_payloads(predictor, pool),
        "DMSO-d6": predicted_payloads(predictor, pool, "DMSO-d6"),
    }
    (query, _) = written_queries([in_dmso], payloads, 0)
    assert query.candidates[0] == payloads["DMSO-d6"][pool[0]]


@pytest.mark.slow
def test_some_lists_lack_a_signal_and_some_have_one_too_many(in_solvents: dict[str, dict[str, bytes]]) -> None:
    queries = written_queries([ACETATE] * 500, in_solvents, 0)

    counts = np.array([len(query.observed[1]) for query in queries])
    assert len(queries) == 1000
    assert (counts == 3).mean() == pytest.approx(0.09 * 0.92, abs=0.03)
    assert (counts == 5).mean() == pytest.approx(0.08 * 0.91, abs=0.03)
    assert all(query.printed for query in queries)


def test_the_only_signal_of_a_list_stays(
    in_solvents: dict[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laboratory, "_OMITTED", {"c13": 1.0, "h1": 1.0})
    monkeypatch.setattr(laboratory, "_ADDED", {"c13": 0.0, "h1": 0.0})

    queries = written_queries([ACETATE | {"c13": [[14.2, 1]], "h1": []}], in_solvents, 0)

    assert [query.observed[0].ppm.tolist() for query in queries] == [[14.2], [14.2]]


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["impurity", "mixture", "other solvent", "plot"])
def test_spectra_are_those_of_the_condition(
    in_solvents: dict[str, dict[str, bytes]],
    lines: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    condition: str,
) -> None:
    monkeypatch.setattr(laboratory, "_CONDITIONS", {condition: 1.0})

    first, second = (laboratory_queries([ACETATE, BUTANONE], in_solvents, ShiftPredictor.load(), 1) for _ in range(2))

    assert [[len(o) for o in q.observed] for q in first] == [[len(o) for o in q.observed] for q in second]
    # Of a structure whose partner is itself, only the clean spectra remain.
    assert 2 < len(first) <= 4
    clean, other = first[0], first[1]
    assert clean.candidates[clean.truth] == lines["CCOC(C)=O"]
    if condition == "mixture":
        assert other.truth == -1
        assert not {lines["CCOC(C)=O"], lines["CCC(C)=O"]} & set(other.candidates)
    elif condition == "impurity":
        assert lines["CCC(C)=O"] not in other.candidates
        assert other.truth >= 0
    elif condition == "other solvent":
        assert not set(other.candidates) <= set(lines.values())
    else:
        assert other.observed[0].coarse > clean.observed[0].coarse
