from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import threading
from pathlib import Path

import pytest

from specmol_core.errors import LibraryError
from specmol_core.molecules.source import ByteSource, hash_file


def test_plain_and_gzip_files_give_the_same_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\ny\n")
    (tmp_path / "b").write_bytes(gzip.compress(b"x\n") + gzip.compress(b"y\n"))

    assert list(ByteSource(tmp_path / "a").lines()) == list(ByteSource(tmp_path / "b").lines()) == [b"x", b"y"]


def test_hash_is_that_of_the_stored_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(b"CCO\n")
    path = tmp_path / "a.smi.gz"
    path.write_bytes(packed)

    assert ByteSource(path).sha256 == hash_file(path) == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize("data", [b"CCO\nCCN\n", gzip.compress(b"CCO\nCCN\n")])
def test_standard_input_can_be_read_twice(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    source = ByteSource("-")

    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert list(source.lines()) == list(source.lines()) == [b"CCO", b"CCN"]


def test_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(LibraryError, match="standard input: is closed"):
        ByteSource("-")


def test_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"CCO\n"))
    writer.start()

    source = ByteSource(path)
    writer.join()

    assert list(source.lines()) == list(source.lines()) == [b"CCO"]


@pytest.mark.parametrize("cut", [0.5, 0.99])
def test_lines_before_the_end_of_truncated_gzip_data_are_yielded(cut: float, tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(300_000).hex(" ", 20).replace(" ", "\n").encode())
    path = tmp_path / "a.gz"
    path.write_bytes(packed[: int(cut * len(packed))])
    seen: list[bytes] = []

    with pytest.raises(LibraryError, match=r"a\.gz: the gzip data breaks off"):
        seen.extend(ByteSource(path).lines())

    assert len(seen) > 15_000 * cut * 0.9
    assert {len(line) for line in seen[1:]} == {40}


def test_damaged_gzip_data_is_an_error(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"CCO\n" * 100_000, mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    path = tmp_path / "a.gz"
    path.write_bytes(packed)

    with pytest.raises(LibraryError, match="gzip data"):
        list(ByteSource(path).lines())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "packed with zip; if it is an Excel workbook, save it as CSV; else unpack it"),
        (b"BZh91AY", "packed with bzip2"),
        (b"\x1f\x8b\x08", "gzip data breaks off"),
        (b"\x1f\x8bno gzip at all", "gzip data is damaged"),
    ],
)
def test_unreadable_content_is_an_error(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_bytes(data)

    with pytest.raises(LibraryError, match=reason):
        ByteSource(path)


def test_unreadable_paths_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="does not exist"):
        ByteSource(tmp_path / "none.sdf")
    with pytest.raises(LibraryError, match="is a folder"):
        ByteSource(tmp_path)
    with pytest.raises(LibraryError, match="not a regular file"):
        ByteSource("/dev/zero")


def test_change_while_reading_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_text("CCO\n" * 100_000)
    lines = ByteSource(path).lines()
    next(lines)
    with path.open("a") as file:
        file.write("CCN\n")

    with pytest.raises(LibraryError, match="changed while it was read"):
        list(lines)


def test_endless_blank_lines_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.smi.gz").write_bytes(gzip.compress(b"CCO\n" + b"\n" * 1_000_002, 1))

    lines = ByteSource(tmp_path / "a.smi.gz").lines()

    assert next(lines) == b"CCO"
    with pytest.raises(LibraryError, match="more than 1,000,000 blank lines in a row"):
        list(lines)


@pytest.mark.parametrize("content", [b"x" * (64 << 20), b"# a comment\n" * (1 << 20)])
def test_packed_data_of_no_library_are_refused(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.smi.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr("specmol_core.storage.unpacked._MIN_CHECKED_BYTES", 1 << 20)

    with pytest.raises(LibraryError, match="more than 200 times its size"):
        list(ByteSource(tmp_path / "a.smi.gz").lines())
