from __future__ import annotations

import gzip
import io

import pytest

from specmol_core.errors import LibraryError
from specmol_core.storage import unpacked
from specmol_core.storage.unpacked import UnpackedStream


def stream(content: bytes) -> io.BufferedReader:
    return io.BufferedReader(UnpackedStream(io.BytesIO(content), lambda reason: LibraryError("a", reason)))


def test_members_follow_each_other() -> None:
    assert stream(gzip.compress(b"a\n") + gzip.compress(b"b\n")).read() == b"a\nb\n"


def test_bytes_before_damage_are_given() -> None:
    content = gzip.compress(b"x" * 100 + b"\n" + bytes(range(256)) * 1_000)

    damaged = stream(content[: len(content) // 2])

    assert damaged.readline() == b"x" * 100 + b"\n"
    with pytest.raises(EOFError):
        damaged.read()


def test_far_too_many_bytes_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "_MIN_CHECKED_BYTES", 1 << 20)

    with pytest.raises(LibraryError, match="more than 200 times its size"):
        stream(gzip.compress(bytes(4 << 20))).read()
    assert len(stream(gzip.compress(bytes(1 << 19))).read()) == 1 << 19
