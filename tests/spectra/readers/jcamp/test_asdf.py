from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.spectra.readers.grid import MAX_POINTS
from specmol_core.spectra.readers.jcamp import asdf
from specmol_core.spectra.readers.jcamp.asdf import decode_ordinates
from specmol_core.spectra.readers.source import RefusedError

FORMS = ("AFFN", "PAC", "SQZ", "DIF", "SQZDUP", "DIFDUP")
values_of = st.one_of(
    st.lists(st.integers(-3, 3), min_size=1, max_size=80),
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=80),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(values=values_of, forms=st.lists(st.sampled_from(FORMS), min_size=1, max_size=4), width=st.integers(1, 11))
def test_lines_of_every_form_are_decoded(table, values: list[int], forms: list[str], width: int) -> None:
    decoded = decode_ordinates(table(values, forms, width).encode(), 1)

    assert decoded.values.tolist() == values


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(values=values_of, forms=st.lists(st.sampled_from(FORMS), min_size=1, max_size=4))
def test_chunk_size_does_not_change_the_result(table, values: list[int], forms: list[str]) -> None:
    text = table(values, forms).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asdf, "_CHUNK_BYTES", max(len(line) for line in text.split(b"\n")) + 1)
        decoded = decode_ordinates(text, 1)

    assert decoded.values.tolist() == values


@pytest.mark.parametrize(
    ("line", "values"),
    [
        # The examples of the standard: one line in each of its forms.
        ("99 98 97 96 98 93", [98, 97, 96, 98, 93]),
        ("99+98+97+96+98+93", [98, 97, 96, 98, 93]),
        ("99+98-97+96-98+93", [98, -97, 96, -98, 93]),
        ("99I8I7I6I8I3", [98, 97, 96, 98, 93]),
        ("99I8jjKn", [98, 97, 96, 98, 93]),
        ("50A%T", [1, 1, 1]),
        ("50@VKT%Lkj", [0, 0, 0, 0, 2, 4, 4, 7, 5, 4]),
        ("1 1.5E+03,-2.5e-1", [1500.0, -0.25]),
    ],
)
def test_examples_of_the_standard(line: str, values: list[float]) -> None:
    assert decode_ordinates(line.encode(), 1).values.tolist() == values


def test_the_letter_e_is_a_digit_unless_it_is_an_exponent() -> None:
    assert decode_ordinates(b"100E12e3E0", 1).values.tolist() == [512.0, -53.0, 50.0]
    assert decode_ordinates(b"1.0E+02 3.5e+00 2E-1", 1).values.tolist() == [3.5, 0.2]


def test_a_wrong_check_value_names_its_line(table) -> None:
    lines = table(list(range(0, 300, 3)), ("DIF",)).split("\n")
    at = 4
    letter = next(index for index, character in enumerate(lines[at]) if character.isalpha())
    damaged = lines[at][:letter] + ("B" if lines[at][letter] == "A" else "A") + lines[at][letter + 1 :]
    text = "\n".join([*lines[:at], damaged, *lines[at + 1 :]])

    with pytest.raises(RefusedError, match=rf"line {100 + at}: wrong checksum: the line before ends at"):
        decode_ordinates(text.encode(), 100)


def test_a_check_value_wrong_by_one_is_refused() -> None:
    assert decode_ordinates(b"0A0JJ\n2A2JJ\n4A4", 1).values.tolist() == [10, 11, 12, 13, 14]
    with pytest.raises(RefusedError, match="line 2: wrong checksum"):
        decode_ordinates(b"0A0JJ\n2A3JJ\n4A5", 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"0 1 2\n2 #", "line 8: '#' is no JCAMP-DX digit"),
        (b"0A1?A2", r"line 7: '\?' is no JCAMP-DX digit"),
        (b"0A1J\n\xb5", "is no JCAMP-DX digit"),
        (b"0 1.2.3", "line 7: '1.2.3' is no number"),
        (b"0 - 3", "line 7: '-' is no number"),
        (b"A1B2", "line 7 does not begin with an abscissa"),
        (b"0JJ", "line 7 begins with a difference"),
        (b"0T", "line 7 repeats something that is not a value"),
        (b"0ATT", "line 7 repeats something that is not a value"),
        (b"0AT.5", "not a whole number of times"),
        (b"0 " + b"1" * 50, "a number of 50 digits"),
        (b"0A9999999E+99\n1 9E+999", "too large"),
        (b"", "holds no points"),
        (b"\n\n", "holds no points"),
    ],
)
def test_an_invalid_table_is_refused_with_the_line(text: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        decode_ordinates(text, 7)


def test_a_repeat_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(RefusedError, match=f"more than {MAX_POINTS} points"):
        decode_ordinates(b"0A1Z99999999\n", 1)
    with pytest.raises(RefusedError, match="more than"):
        decode_ordinates(b"0A1" + b"s" + b"9" * 30, 1)


def test_values_agree_with_nmrglue(table) -> None:
    jcampdx = pytest.importorskip("nmrglue.fileio.jcampdx")
    values = np.cumsum(np.random.default_rng(3).integers(-400, 400, 2000)).tolist()
    text = table(values, ("DIFDUP",))

    theirs, _ = jcampdx._parse_data("(X++(Y..Y))\n" + text)

    np.testing.assert_array_equal(theirs, decode_ordinates(text.encode(), 1).values)
