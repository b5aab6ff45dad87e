from __future__ import annotations

import pytest

from specmol_core.errors import UsageError
from specmol_core.monitoring.condition import Condition, parse_condition

SPECIES = [("ester", "CCOC(C)=O"), ("CCO", "CCO"), ("C>90", "C")]


@pytest.mark.parametrize(
    ("text", "quantity", "sign", "value"),
    [
        ("conversion>0.95", "conversion", ">", 0.95),
        (" conversion >= 95 % ", "conversion", ">=", 0.95),
        ("ester>0.9", "ester", ">", 0.9),
        ("CC(=O)OCC<=0.1", "ester", "<=", 0.1),
        ("OCC<5%", "CCO", "<", 0.05),
    ],
)
def test_conditions(text: str, quantity: str, sign: str, value: float) -> None:
    assert parse_condition(text, SPECIES) == Condition(quantity, sign, pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("conversion", "give a comparison"),
        ("conversion>95", "number from 0 to 1"),
        ("conversion>1.2.3", "number from 0 to 1"),
        (">0.5", "give a comparison"),
        ("amide>0.5", "amide is no species; write conversion or one of ester, CCO"),
    ],
)
def test_what_is_no_condition(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_condition(text, SPECIES)


@pytest.mark.parametrize(
    ("sign", "found", "met"),
    [(">", 0.5, False), (">=", 0.5, True), ("<", 0.4, True), ("<=", 0.6, False), (">", None, False)],
)
def test_met(sign: str, found: float | None, met: bool) -> None:
    assert Condition("ester", sign, 0.5).is_met({"ester": found}) is met


def test_an_unknown_quantity_is_not_met() -> None:
    assert not Condition("ester", "<", 0.5).is_met({"error": None})


def test_an_unknown_name_writes_no_further_message(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="x is no species"):
        parse_condition("x>0.5", SPECIES)

    assert capfd.readouterr().err == ""
