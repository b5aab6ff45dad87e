from __future__ import annotations

import io

import pytest

from specmol_core.molecules.recoded import RecodedStream, find_recoding


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("CCO a\n".encode("utf-16-le"), "utf-16-le"),
        ("CCO a\n".encode("utf-16-be"), "utf-16-be"),
        (b"\xff\xfe" + "CCO".encode("utf-16-le"), "utf-16"),
        (b"\xfe\xff" + "CCO".encode("utf-16-be"), "utf-16"),
        ("\ufeffCCO".encode("utf-32-le"), "utf-32"),
        (b"CCO\rCCN\r", "latin-1"),
        (b'CCO,"two\nlines"\rCCN,a\rCCC,b\r', "latin-1"),
        (b"CCO\r\r\nCCN\r\r\n", ""),
        (b"CCO\r\nCCN\r\n", ""),
        (b"CCO\nC\x00C\n", ""),
        (bytes(100), ""),
        (b"", ""),
    ],
)
def test_recoding_is_found(head: bytes, expected: str) -> None:
    assert find_recoding(head) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_text_is_the_same_wherever_the_stream_is_cut(encoding: str) -> None:
    text = "CCO été\r\nCCN\rC\n" * 40_000

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(997)

    stream = io.BufferedReader(RecodedStream(Dripping(text.encode(encoding)), encoding))
    target = "latin-1" if encoding == "latin-1" else "utf-8"

    assert stream.read() == text.replace("\r\n", "\n").replace("\r", "\n").encode(target)


def test_damaged_text_is_read_to_its_end() -> None:
    content = "CCO\n".encode("utf-16-le") + b"\x00\xd8" + "a\nCCN\n".encode("utf-16-le") + b"x"

    text = io.BufferedReader(RecodedStream(io.BytesIO(content), "utf-16-le")).read().decode()

    assert text == "CCO\n\ufffda\nCCN\n\ufffd"
