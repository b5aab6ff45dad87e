from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specmol_core.spectra.readers.instruments.bruker_parameters import parse_parameters, repetition_s
from specmol_core.spectra.readers.source import RefusedError

FILE = """##TITLE= Parameter file
$$ a comment
##$NUC1= <13C>
##$D= (0..5)
0 1 2
3 4 5
##$SF= 100.5
##$SOLVENT= <CD3OD, 99 %>
$$ ##$SF= 7
##$BAD= nan
##$HUGE= 1e400
##END=
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_values_by_name(ending: str) -> None:
    parameters = parse_parameters(FILE.replace("\n", ending).encode())

    assert parameters.text("NUC1") == "13C"
    assert parameters.text("SOLVENT") == "CD3OD, 99 %"
    assert parameters.text("missing") == ""
    assert parameters.required_number("SF") == 100.5
    assert parameters.values["D"].split() == ["(0..5)", "0", "1", "2", "3", "4", "5"]
    for name in ("BAD", "HUGE", "NUC1", "missing"):
        assert parameters.number(name, 3.0) == 3.0
        with pytest.raises(RefusedError, match=f"parameter {name} is missing or not a number"):
            parameters.required_number(name)


@pytest.mark.parametrize("text", ["##$A= <broken", "##$A= (0..900000)\n1 2", "##$A=", "##$", "", "##$A= 1\0"])
def test_a_truncated_file_is_parsed(text: str) -> None:
    # nmrglue 0.12 never returns from the first two.
    assert set(parse_parameters(text.encode()).values) <= {"A"}


@given(st.binary(max_size=300))
def test_any_bytes_end_in_parameters(content: bytes) -> None:
    parse_parameters(b"##$A= " + content)


_DELAYS = b"##$D= (0..63)\n0 1.5 0 0\n##$TD= 16384\n##$SW_h= 8192\n"


def test_the_time_between_scans_is_delay_and_acquisition() -> None:
    assert repetition_s(parse_parameters(b"##$NS= 16\n" + _DELAYS)) == 2.5
    assert repetition_s(parse_parameters(b"##$NS= 1\n##$DS= 2\n" + _DELAYS)) == 2.5


@pytest.mark.parametrize(
    "content",
    [
        b"##$NS= 1\n" + _DELAYS,
        b"##$NS= 16\n",
        b"##$NS= 16\n" + _DELAYS.replace(b"1.5", b"x"),
        b"##$NS= 16\n" + _DELAYS.replace(b"8192", b"0"),
        b"##$NS= 16\n##$D= 3\n##$TD= 16384\n##$SW_h= 8192\n",
    ],
)
def test_one_scan_or_unknown_delays_have_no_time_between_scans(content: bytes) -> None:
    assert repetition_s(parse_parameters(content)) is None
