from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from specmol_core.errors import DatasetError
from specmol_core.storage import json_lines
from specmol_core.storage.json_lines import read_json_lines


def found(path: Path, content: bytes) -> list[tuple[int, dict]]:
    path.write_bytes(content)
    return list(read_json_lines(path))


@pytest.mark.parametrize("packed", [False, True])
def test_objects_have_the_numbers_of_their_lines(packed: bool, tmp_path: Path) -> None:
    content = b'{"a": 1}\r\n\n{"a": [2]}'

    # The content says whether the file is packed, not its name.
    objects = found(tmp_path / "a.jsonl", gzip.compress(content) if packed else content)

    assert objects == [(1, {"a": 1}), (3, {"a": [2]})]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": 1}\n{"a": ', "line 2 is not JSON"),
        (b"[1]\n", "line 1 is not a JSON object"),
        (b'{"a": NaN}\n', "NaN is not a number"),
        (b'{"a": -Infinity}\n', "-Infinity is not a number"),
        (b'{"a": "\xff"}\n', "line 1 is not JSON"),
        (b'{"a": ' + b"[" * 200_000 + b"\n", "line 1 is not JSON"),
        (b'{"a": ' + b"1" * 6_000 + b"}\n", "line 1 is not JSON"),
        (b"x" * (9 << 20), "line 1 is longer than 8 MB"),
        (b"\n" * 1_000_002, "more than 1,000,000 blank lines"),
        (gzip.compress(b'{"a": 1}\n')[:-6], "cannot be read after line 1"),
        # Without a line break in the content, the reader meets the damaged end first.
        (gzip.compress(bytes(range(128, 227)))[:-9] + b"x" * 9, "cannot be read"),
    ],
)
def test_other_content_is_an_error_of_one_line(content: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=reason) as caught:
        found(tmp_path / "a.jsonl", content)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_missing_file_and_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(DatasetError, match="cannot be read"):
            list(read_json_lines(path))


def test_data_that_unpack_to_far_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.storage.unpacked._MIN_CHECKED_BYTES", 1 << 20)

    with pytest.raises(DatasetError, match="unpacks to more than 200 times its size"):
        found(tmp_path / "a.jsonl.gz", gzip.compress(b'{"a": 1}' + b" " * (7 << 20) + b"\n"))


def test_named_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b'{"a": 1}\n',))
    writer.start()

    assert list(read_json_lines(path)) == [(1, {"a": 1})]
    writer.join()


def test_lines_are_read_as_a_stream(tmp_path: Path) -> None:
    assert json_lines._MAX_LINE_BYTES < 1 << 24
    (tmp_path / "a.jsonl").write_bytes(b'{"a": 1}\n' + b"x" * 100)

    assert next(read_json_lines(tmp_path / "a.jsonl")) == (1, {"a": 1})
