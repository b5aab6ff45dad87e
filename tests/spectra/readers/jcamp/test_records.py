"""Records of JCAMP-DX files begin on their own lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.spectra.readers.jcamp.records import _record_starts, parse_blocks

_RECORD = re.compile(rb"^[ \t]*##", re.MULTILINE)


@pytest.mark.slow
@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from([b"#", b"##", b" ", b"\t", b"\n", b"a"])).map(b"".join))
def test_records_begin_where_a_line_begins_with_two_hashes(content: bytes) -> None:
    assert _record_starts(content) == [match.span() for match in _RECORD.finditer(content)]


def test_labels_are_compared_without_blanks_dashes_slashes_and_underscores() -> None:
    (block,) = parse_blocks(b"##TITLE= a\n##data-Type/_ = NMR\n##END=\n")

    assert block.text("DATATYPE") == "NMR"
