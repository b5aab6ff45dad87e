"""The compiled parser of numbers agrees with the plain one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.spectra.readers.jcamp import tokens as module
from specmol_core.spectra.readers.jcamp.tokens import Tokens, plain_tokens, tokenise
from specmol_core.spectra.readers.source import RefusedError


def outcome(read: Callable[[], Tokens]) -> tuple[bytes, bytes, list[int]] | str:
    try:
        tokens = read()
    except RefusedError as error:
        return str(error)
    return tokens.values.tobytes(), tokens.kinds.tobytes(), tokens.lines.tolist()


def agree(text: bytes) -> None:
    assert outcome(lambda: tokenise(text, 7)) == outcome(lambda: plain_tokens(np.frombuffer(text, np.uint8), 7))


@pytest.mark.slow
@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from("0123456789..+-@AIai%JRjrSZsEe \n,#")).map("".join))
def test_any_text_of_the_alphabet(text: str) -> None:
    agree(text.encode())


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5), st.sampled_from(["%r", "%.4E", "%.2f"]))
def test_any_number(numbers: list[float], form: str) -> None:
    agree(" ".join(form % number for number in numbers).upper().encode())


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", "-0 +0 %", "123456789012345 1234567890123456", "1E+22 1E+23 1.5E-22 1E-23", "1E+5E+3", "1E+2.5",
        "1.2.3", ".", "+", "9" * 41, "1E+400", "12#3", "5E", "E+3", "1E+", "A.5", "1 E+3",
    ],
)  # fmt: skip
def test_unusual_numbers(text: str) -> None:
    agree(text.encode())


def test_usual_tables_are_read_by_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "plain_tokens", lambda raw, line: pytest.fail("read the plain way"))

    assert tokenise(b"100A23J5%k1T\n99.5+7-12 1.5E+03", 1).values.tolist() == [
        100, 123, 15, 0, -21, 2, 99.5, 7, -12, 1500,
    ]  # fmt: skip
