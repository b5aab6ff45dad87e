from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specmol_core.retrieval.cache.columns import ByteColumn, ColumnWriter, TextColumn, resumable_columns


def flat(strings: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The strings in two arrays, as a cache holds them."""
    return np.frombuffer(b"".join(strings), np.uint8), np.cumsum([len(s) for s in strings], dtype=np.int64)


@given(st.lists(st.binary(max_size=6), max_size=12), st.data())
def test_byte_column_agrees_with_a_list(strings: list[bytes], data: st.DataObject) -> None:
    column = ByteColumn(*flat(strings))
    rows = data.draw(st.lists(st.sampled_from(range(len(strings))), max_size=20)) if strings else []

    assert len(column) == len(strings)
    assert [column[row] for row in range(len(strings))] == strings
    assert column.take(np.array(rows, dtype=np.int64)) == [strings[row] for row in rows]


@pytest.mark.slow
@given(st.lists(st.text(max_size=6), max_size=12))
def test_text_column_agrees_with_a_list(texts: list[str]) -> None:
    column = TextColumn(*flat([text.encode() for text in texts]))

    assert [column[row] for row in range(len(column))] == texts


def test_invalid_utf8_is_decoded_with_replacement() -> None:
    assert TextColumn(*flat([b"na\xff", b"me"]))[0] == "na\ufffd"


def test_strings_are_read_only_views() -> None:
    content, ends = flat([b"ab", b"", b"cde"])
    content = content.copy()
    _, _, last = ByteColumn(content, ends).take(np.arange(3))
    content[2] = ord("x")

    assert last == b"xde"
    assert last.readonly


@pytest.mark.parametrize("row", [-1, 3])
def test_missing_row_is_an_error(row: int) -> None:
    content, ends = flat([b"ab", b"", b"cde"])

    with pytest.raises(IndexError, match="of 3"):
        ByteColumn(content, ends)[row]
    with pytest.raises(IndexError, match="of 3"):
        TextColumn(content, ends)[row]
    with pytest.raises(IndexError, match="of 3"):
        ByteColumn(content, ends).take(np.array([1, row]))
    with pytest.raises(IndexError, match="of 0"):
        ByteColumn(content[:0], ends[:0]).take(np.array([row]))


@given(st.lists(st.lists(st.binary(max_size=5), max_size=5), max_size=5))
def test_strings_appended_in_parts_follow_each_other(parts: list[list[bytes]]) -> None:
    columns = resumable_columns(joint_width=2)
    files = {column.name: io.BytesIO() for column in columns}
    writer = ColumnWriter(columns, files)
    for part in parts:
        writer.append_bytes("payload", part)

    strings = [string for part in parts for string in part]
    assert files["payload_bytes"].getvalue() == b"".join(strings)
    assert np.frombuffer(files["payload_ends"].getvalue(), "<i8").tolist() == flat(strings)[1].tolist()
    assert writer.rows("payload_ends") == len(strings)
