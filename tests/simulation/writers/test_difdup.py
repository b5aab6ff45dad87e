"""The compressed form of JCAMP-DX tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nmrglue.fileio.jcampdx import _parse_pseudo

from specmol_core.simulation.writers.difdup import difdup_lines
from specmol_core.spectra.readers.jcamp.asdf import decode_ordinates

ordinates = st.lists(
    st.one_of(st.integers(-3, 3), st.integers(-(10**9), 10**9)), min_size=2, max_size=300
)  # small ones repeat


@pytest.mark.slow
@settings(deadline=None)
@given(ordinates)
def test_other_readers_decode_what_was_encoded(values: list[int]) -> None:
    lines = difdup_lines(5000.0, -0.25, np.array(values))

    assert _parse_pseudo(lines) == values
    decoded = decode_ordinates("\n".join(lines).encode(), 1)
    assert decoded.values.tolist() == values
    assert decoded.first_x == 5000.0
    assert max(len(line) for line in lines) < 80


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1], ["1A"]),
        ([0, 0, 0, 0], ["1@%U", "4@"]),
        ([-5, 12, 29, 46], ["1eJ7U", "4D6"]),
        ([100, 95, 95], ["1A00n%", "3I5"]),
    ],
)
def test_examples_by_hand(values: list[int], expected: list[str]) -> None:
    assert [line.replace(".000", "") for line in difdup_lines(1.0, 1.0, np.array(values))] == expected
