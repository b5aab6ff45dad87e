from __future__ import annotations

from io import BytesIO

from specmol_core.molecules.lines import LINE_LIMIT, clean_name, decode, is_cut, read_lines


def test_line_ends_and_byte_order_mark_are_gone() -> None:
    assert list(read_lines(BytesIO(b"\xef\xbb\xbfa\r\nb\n\nc"))) == [b"a", b"b", b"", b"c"]


def test_long_line_is_cut_and_the_next_one_whole() -> None:
    lines = list(read_lines(BytesIO(b"x" * (3 * LINE_LIMIT + 5) + b"\nnext\n")))

    assert [is_cut(line) for line in lines] == [True, False]
    assert lines[1] == b"next"


def test_line_of_exactly_the_limit_is_whole() -> None:
    lines = list(read_lines(BytesIO(b"x" * LINE_LIMIT + b"\nnext")))

    assert [len(line) for line in lines] == [LINE_LIMIT, 4]


def test_every_byte_string_has_a_reading() -> None:
    assert decode("µ".encode()) == "µ"
    assert decode(b"\xb5") == "µ"


def test_name_is_one_printable_bounded_line() -> None:
    assert clean_name(b" a\tb\x00c ") == "a b c"
    assert len(clean_name("n" * 5_000)) == 200
