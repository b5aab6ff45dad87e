from __future__ import annotations

import pytest
from support.fake_retrieval import FakeMatcher

from specmol_core.errors import UsageError
from specmol_core.matcher.components import ExplainedSignals, KnownCompound
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.retrieval.known import MAX_KNOWN, absent_known, known_smiles
from specmol_core.shipped import shipped_weights

MATCHER = load_matchnet_x(shipped_weights() / "matchnet-x.safetensors", shipped_weights())


def test_smiles_are_those_of_candidates_and_each_is_there_once() -> None:
    assert known_smiles(MATCHER, ["OCC", "CCO ", "C1=CC=CC=C1"]) == ("CCO", "c1ccccc1")
    assert known_smiles(MATCHER, []) == ()


@pytest.mark.parametrize("text", ["", " ", "C1CC", "ethanol", "CC*", "CCO name", "C" * 6000, "CCO.CC", "[U]", "\u00e9"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--known"):
        known_smiles(MATCHER, [text])


def test_too_many_are_refused() -> None:
    with pytest.raises(UsageError, match=f"give at most {MAX_KNOWN}"):
        known_smiles(MATCHER, ["C" * n for n in range(1, MAX_KNOWN + 2)])


def test_a_model_without_lines_knows_none() -> None:
    with pytest.raises(UsageError, match="use --model matchnet-x"):
        known_smiles(FakeMatcher(), ["CCO"])


def test_only_absent_compounds_are_warned_of() -> None:
    seen = KnownCompound("CCO", (ExplainedSignals("13C", (58.0, 18.0), ()),))
    half = KnownCompound("CCC", (ExplainedSignals("13C", (16.0,), (15.0,)),))
    absent = KnownCompound("CCN", (ExplainedSignals("13C", (), (40.0, 19.0)),))

    assert [warning.split(":")[0] for warning in absent_known([seen, half, absent])] == ["known compound CCN"]


def test_too_many_in_a_list_of_queries_name_the_query() -> None:
    many = ["C" * n for n in range(1, MAX_KNOWN + 2)]

    with pytest.raises(UsageError, match=f"^query a, column known: {len(many)} compounds"):
        known_smiles(MATCHER, many, "query a, column known:")
