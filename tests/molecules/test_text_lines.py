from __future__ import annotations

from io import BytesIO

from specmol_core.molecules.text_lines import MAX_LINE_BYTES, clean_name, decode, is_truncated, read_lines


def test_line_ends_and_byte_order_mark_are_removed() -> None:
    assert list(read_lines(BytesIO(b"\xef\xbb\xbfa\r\nb\n\nc"))) == [b"a", b"b", b"", b"c"]


def test_long_line_is_cut_and_the_next_one_is_complete() -> None:
    lines = list(read_lines(BytesIO(b"x" * (3 * MAX_LINE_BYTES + 5) + b"\nnext\n")))

    assert [is_truncated(line) for line in lines] == [True, False]
    assert lines[1] == b"next"


def test_line_of_exactly_the_limit_is_not_cut() -> None:
    lines = list(read_lines(BytesIO(b"x" * MAX_LINE_BYTES + b"\nnext")))

    assert [len(line) for line in lines] == [MAX_LINE_BYTES, 4]


def test_every_byte_string_can_be_decoded() -> None:
    assert decode("µ".encode()) == "µ"
    assert decode(b"\xb5") == "µ"


def test_name_is_one_printable_line_of_bounded_length() -> None:
    assert clean_name(b" a\tb\x00c ") == "a b c"
    assert len(clean_name("n" * 5_000)) == 200
