from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from support.fake_retrieval import FakeMatcher, fake_records

from specmol_core.config import EmbedConfig
from specmol_core.errors import CacheError
from specmol_core.matcher.protocol import MAX_PAYLOAD_BYTES
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.retrieval.cache.cache_file import default_cache_path, open_cache, open_expected_cache
from specmol_core.retrieval.cache.container import HEADER_BYTES
from specmol_core.retrieval.cache_lookup import expected_manifest
from specmol_core.retrieval.embed import embed_in_memory, embed_library

CONFIG = EmbedConfig(batch_size=16)


@pytest.fixture
def cache(tmp_path: Path, matcher: FakeMatcher) -> Path:
    return embed_library(fake_records(60), matcher, CONFIG, cache=tmp_path / "c.h5").cache


def seal(path: Path) -> None:
    """Give a changed cache a valid checksum, as an attacker would."""
    content = path.read_bytes()
    head = struct.pack("<16sQI", content[:16], len(content), zlib.crc32(content[HEADER_BYTES:]))
    head += struct.pack("<I", zlib.crc32(head))
    path.write_bytes(head.ljust(HEADER_BYTES, b"\0") + content[HEADER_BYTES:])


def test_cache_is_read_as_it_was_written(cache: Path, matcher: FakeMatcher) -> None:
    memory, disk = embed_in_memory(fake_records(60), matcher, CONFIG), open_cache(cache)

    assert disk.manifest == memory.manifest
    for name in ("joint", "index", "status", "duplicate_of"):
        np.testing.assert_array_equal(getattr(disk, name), getattr(memory, name))
    rows = np.arange(len(disk))
    assert disk.payloads(rows) == memory.payloads(rows)
    assert {0, 2, 18} <= {len(one) for one in disk.payloads(rows)}
    assert (disk.path, memory.path) == (cache, None)
    assert [disk.name[i] for i in range(len(disk))] == [memory.name[i] for i in range(len(memory))]
    assert disk.smiles[0] == "molecule 0"
    assert list(disk.rejections()) == list(memory.rejections())


def test_cache_is_plain_hdf5(cache: Path) -> None:
    with h5py.File(cache) as file:
        assert file["joint"].dtype == np.float16
        assert b'"checkpoint"' in bytes(file.attrs["manifest"])


def test_same_input_gives_the_same_bytes(cache: Path, tmp_path: Path, matcher: FakeMatcher) -> None:
    time.sleep(1.1 - time.time() % 1)  # HDF5 would keep the second
    again = embed_library(fake_records(60), matcher, CONFIG, cache=tmp_path / "again.h5").cache

    assert again.read_bytes() == cache.read_bytes()


@pytest.mark.slow
def test_every_flipped_bit_is_found(cache: Path) -> None:
    whole = cache.read_bytes()
    rng = np.random.default_rng(0)
    places = {*range(48), HEADER_BYTES - 1, HEADER_BYTES, len(whole) - 1, *rng.integers(0, len(whole), 150).tolist()}
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        cache.write_bytes(damaged)
        with pytest.raises(CacheError, match="specmol embed --force"):
            open_cache(cache)


@pytest.mark.parametrize("size", [0, 1, 100, HEADER_BYTES, HEADER_BYTES + 1000, -1])
def test_truncated(cache: Path, size: int) -> None:
    cache.write_bytes(cache.read_bytes()[:size])

    with pytest.raises(CacheError, match="delete it"):
        open_cache(cache)


def test_longer_than_written(cache: Path) -> None:
    cache.write_bytes(cache.read_bytes() + b"\0")

    with pytest.raises(CacheError, match="damaged"):
        open_cache(cache)


def test_missing_folder_or_foreign_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("hello\n" * 2000)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros(10_000)

    for name, reason in [
        ("no.h5", "specmol embed"),
        (".", "delete"),
        ("text.h5", "not a spec"),
        ("other.h5", "not a spec"),
    ]:
        with pytest.raises(CacheError, match=reason):
            open_cache(tmp_path / name)


def _replace(file: h5py.File, name: str, **options: object) -> None:
    content = file[name][...]
    del file[name]
    file.create_dataset(name, data=content, **options)


def _shortened(name: str) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        content = file[name][:-1]
        del file[name]
        file[name] = content

    return change


def _long_payloads(file: h5py.File) -> None:
    ends = file["payload_ends"][...]
    ends[5:] = ends[4] + 65_536
    file["payload_ends"][...] = ends
    del file["payload_bytes"]
    file["payload_bytes"] = np.zeros(ends[-1], np.uint8)


def _external(file: h5py.File) -> None:
    shape, dtype = file["index"].shape, file["index"].dtype
    del file["index"]
    file.create_dataset("index", shape, dtype, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(file["index"].shape, file["index"].dtype)
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "index", file["index"].shape)
    del file["index"]
    file.create_virtual_dataset("index", layout)


def _soft(file: h5py.File) -> None:
    del file["joint"]
    file["joint"] = h5py.SoftLink("/index")


def _far(file: h5py.File) -> None:
    del file["joint"]
    file["joint"] = h5py.ExternalLink("/etc/passwd", "/joint")


def _group(file: h5py.File) -> None:
    del file["joint"]
    file.create_group("joint")


def _set(name: str, row: int, value: float) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file[name][row] = value

    return change


def _manifest(old: bytes, new: bytes) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        text = bytes(file.attrs["manifest"])
        assert old in text
        file.attrs.create("manifest", np.bytes_(text.replace(old, new)))

    return change


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_soft, "link"),
        (_far, "link"),
        (_group, "not a data set"),
        (_external, "not stored as plain"),
        (_virtual, "not stored as plain"),
        (lambda f: _replace(f, "index", chunks=True), "not stored as plain"),
        (lambda f: _replace(f, "index", compression="gzip"), "not stored as plain"),
        (lambda f: _replace(f, "index", dtype="<i4"), "type or shape"),
        (lambda f: f.create_dataset("more", data=1), "columns of a cache"),
        (lambda f: f.attrs.create("more", 1), "attribute"),
        (lambda f: f.attrs.create("manifest", 1), "not text"),
        (lambda f: f.attrs.create("manifest", np.bytes_(b"[" * 30_000)), "nested too deeply"),
        (lambda f: f.attrs.create("manifest", np.bytes_(b"nonsense")), "Expecting value"),
        (_set("joint", 0, np.nan), "not finite"),
        (_set("joint", 3, -np.inf), "not finite"),
        (_set("index", 3, 2**40), "not the embedded records"),
        (_set("status", 3, 200), "add up"),
        (_set("duplicate_of", 0, 1), "an earlier record"),
        (_set("duplicate_of", 17, 59), "an earlier record"),
        (_set("duplicate_of", 17, 5), "not a candidate"),
        (_set("name_ends", 0, -1), "rows of column name"),
        (_set("smiles_ends", 5, 2**62), "rows of column smiles"),
        (_set("formula_ends", -1, 2**62), "rows of column formula"),
        (_set("payload_ends", 0, -1), "rows of column payload"),
        (_set("payload_ends", 5, 0), "rows of column payload"),
        (_set("payload_ends", 5, 2**62), "rows of column payload"),
        (_set("payload_ends", -1, 2**62), "rows of column payload"),
        (_shortened("payload_bytes"), "rows of column payload"),
        (_shortened("payload_ends"), "payload_ends has shape"),
        (_long_payloads, "more than 65535 bytes"),
        (_manifest(b'"format": 3', b'"format": 2'), "another version"),
        (_manifest(b'"read": 60', b'"read": 61'), "status has shape"),
        (_manifest(b'"read": 60', b'"read": -1'), "no valid read"),
        (_manifest(b'"joint_width": 8', b'"joint_width": 9'), "type or shape"),
        (_manifest(b'"joint_width"', b'"joint_wodth"'), "no valid joint_width"),
        (_manifest(b'["C", "N", "O", "H"]', b'["C", "N", "O", 1  ]'), "elements"),
    ],
)
def test_invalid_content_is_an_error(cache: Path, change: Callable[[h5py.File], None], reason: str) -> None:
    with h5py.File(cache, "r+") as file:
        change(file)
    seal(cache)

    with pytest.raises(CacheError, match=reason):
        open_cache(cache)


@pytest.mark.slow
def test_damage_with_a_valid_checksum_is_always_a_cache_error(cache: Path) -> None:
    whole, rng = cache.read_bytes(), np.random.default_rng(1)
    for place in rng.integers(HEADER_BYTES, len(whole), 200):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        cache.write_bytes(damaged)
        seal(cache)
        with suppress(CacheError):
            list(open_cache(cache).rejections())


class OfLength(FakeMatcher):
    """Returns payloads with the lengths 0, 1, 65,535, 0, ..., one per record."""

    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        lengths = [(0, 1, MAX_PAYLOAD_BYTES)[row % 3] for row in range(len(graphs))]
        return [bytes([1 + row]) * length for row, length in enumerate(lengths)], super().embed(graphs)[1]


def test_payload_may_be_empty_or_long(tmp_path: Path) -> None:
    matcher = OfLength()
    memory = embed_in_memory(fake_records(16), matcher, CONFIG)
    disk = open_cache(embed_library(fake_records(16), matcher, CONFIG, cache=tmp_path / "c.h5").cache)
    rows = np.array([12, 2, 0, 5, 1, 2])

    for candidates in (memory, disk):
        assert [bytes(one) for one in candidates.payloads(rows)] == [
            b"",
            b"\3" * MAX_PAYLOAD_BYTES,
            b"",
            b"\6" * MAX_PAYLOAD_BYTES,
            b"\2",
            b"\3" * MAX_PAYLOAD_BYTES,
        ]


class Empty(FakeMatcher):
    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        return [b""] * len(graphs), super().embed(graphs)[1]


def test_all_payloads_may_be_empty(tmp_path: Path) -> None:
    cache = embed_library(fake_records(16), Empty(), CONFIG, cache=tmp_path / "c.h5").cache

    for candidates in (embed_in_memory(fake_records(16), Empty(), CONFIG), open_cache(cache)):
        assert candidates.payloads(np.arange(len(candidates))) == [b""] * len(candidates)


def test_first_difference_is_named(cache: Path, matcher: FakeMatcher) -> None:
    right = expected_manifest(fake_records(60), matcher, CONFIG)

    assert len(open_expected_cache(cache, replace(right, library=replace(right.library, name="renamed.smi")))) == 48
    for wrong, reason in [
        (expected_manifest(fake_records(60, text="edited"), matcher, CONFIG), "another library"),
        (expected_manifest(fake_records(60), FakeMatcher(seed=1), CONFIG), "another checkpoint"),
        (expected_manifest(fake_records(60), FakeMatcher(joint_width=9), CONFIG), r"another joint_width \(8, not 9\)"),
        (expected_manifest(fake_records(60), matcher, EmbedConfig(max_atoms=20)), r"another max_atoms \(100, not 20\)"),
    ]:
        with pytest.raises(CacheError, match=reason):
            open_expected_cache(cache, wrong)


def test_default_path_is_beside_the_library(tmp_path: Path) -> None:
    path = default_cache_path(tmp_path / "a.sdf.gz", "0" * 64, "0123456789abcdef")

    assert path == tmp_path / "a.sdf.gz.specmol-0123456789ab.h5"


def test_default_path_for_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    first = default_cache_path(Path("/library/a.smi"), "a" * 64, "c" * 64)

    assert first.parent == tmp_path / "xdg" / "specmol"
    assert first != default_cache_path(Path("/library/a.smi"), "b" * 64, "c" * 64)
    assert first != default_cache_path(Path("/library/a.smi"), "a" * 64, "d" * 64)

    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_cache_path(Path("/l/a.smi"), "a" * 64, "c").parent == Path("/home/someone/.cache/specmol")
