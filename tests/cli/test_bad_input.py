"""Every kind of bad input: exit code, one line with the remedy, no traceback, no incomplete file."""

from __future__ import annotations

import errno
import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from specmol_cli.main import run

from ..conftest import CANDIDATES, sd_record

pytestmark = pytest.mark.slow

Outcome = tuple[int, str, str]


@pytest.fixture
def rank(
    quick_loading: None, tiny_checkpoint: Path, spectra: tuple[Path, Path], sdf: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    def call(
        *options: object, h1: Path = spectra[0], library: Path = sdf, checkpoint: Path = tiny_checkpoint
    ) -> Outcome:
        files = ["--h1", h1, "--c13", spectra[1], "--library", library, "--checkpoint", checkpoint]
        code = run([str(option) for option in ("rank", *files, "--workers", "1", *options)])
        return code, *capfd.readouterr()

    return call


def failed(outcome: Outcome, code: int, *words: object) -> None:
    """Assert that the command failed with this code, in one line that has these words."""
    found, out, err = outcome
    assert (found, out) == (code, ""), err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert str(word) in err


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(side: int) -> bytes:
    """A small file that unpacks to side x side grey pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side + 1) * 64)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SPECTRA: dict[str, Callable[[bytes], bytes] | None] = {
    "missing": None,
    "empty": lambda png: b"",
    "truncated": lambda png: png[: len(png) // 2],
    "huge": lambda png: huge_png(30_000),
    "text": lambda png: b"this is no image\n" * 20,
    "noise": lambda png: bytes(range(256)) * 40,
}


@pytest.mark.parametrize("kind", SPECTRA)
def test_bad_spectrum(
    kind: str, rank: Callable[..., Outcome], spectra: tuple[Path, Path], sdf: Path, tmp_path: Path
) -> None:
    path, make = tmp_path / "bad.png", SPECTRA[kind]
    if make is not None:
        path.write_bytes(make(spectra[0].read_bytes()))

    failed(rank(h1=path), 3, path)
    assert list(sdf.parent.iterdir()) == [sdf]


def test_folder_without_spectrum_is_refused(rank: Callable[..., Outcome], tmp_path: Path) -> None:
    failed(rank(h1=tmp_path), 3, tmp_path)


def chain(name: str, atoms: int) -> str:
    """V3000 record of an alkane; RDKit takes gigabytes to write one of ten thousand atoms."""
    lines = [name, "", "", "  0  0  0     0  0            999 V3000", "M  V30 BEGIN CTAB"]
    lines += [f"M  V30 COUNTS {atoms} {atoms - 1} 0 0 0", "M  V30 BEGIN ATOM"]
    lines += [f"M  V30 {i} C {i % 2} {i} 0 0" for i in range(1, atoms + 1)]
    lines += ["M  V30 END ATOM", "M  V30 BEGIN BOND"]
    lines += [f"M  V30 {i} 1 {i} {i + 1}" for i in range(1, atoms)]
    return "\n".join([*lines, "M  V30 END BOND", "M  V30 END CTAB", "M  END", "$$$$", ""])


HEAVY = chain("ten thousand", 10_000)
BROKEN = "broken\n\n\n  9 oh no\nM  END\n$$$$\n"
V3000 = chain("v3000", 9)
GOOD = [sd_record(*item) for item in CANDIDATES.items()]

LIBRARIES: dict[str, tuple[str, int, int]] = {
    "broken records in the middle": (GOOD[0] + BROKEN + GOOD[1] + BROKEN + GOOD[2], 3, 2),
    "no delimiter at the end": ("".join(GOOD).rsplit("$$$$", 1)[0], 5, 0),
    "CRLF": ("".join(GOOD).replace("\n", "\r\n"), 5, 0),
    "V3000": (V3000 + GOOD[0], 2, 0),
    "ten thousand atoms": (GOOD[0] + HEAVY + GOOD[1], 2, 1),
}


@pytest.mark.parametrize("kind", LIBRARIES)
def test_bad_records_are_rejected_and_the_others_ranked(
    kind: str, rank: Callable[..., Outcome], tmp_path: Path
) -> None:
    content, good, bad = LIBRARIES[kind]
    path = tmp_path / "odd.sdf"
    path.write_bytes(content.encode())

    code, out, err = rank("--format", "json", "--no-cache", library=path)

    assert (code, err) == (0, "")
    library = json.loads(out)["library"]
    assert (library["scored"], library["rejected"], library["read"]) == (good, bad, good + bad)


@pytest.mark.parametrize(
    "content", [None, b"", BROKEN.encode() * 3, b"\0" * 1000], ids=["missing", "empty", "bad", "noise"]
)
def test_library_without_candidate_is_refused(
    content: bytes | None, rank: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = tmp_path / "l.sdf"
    if content is not None:
        path.write_bytes(content)

    failed(rank(library=path), 4, path)
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["l.sdf"] * (content is not None)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


CHECKPOINTS: dict[str, Callable[[Path], None]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"weights\n" * 100),
    "truncated": lambda path: os.truncate(path, 5000),
    "foreign": lambda path: path.write_bytes(struct.pack("<Q", 2) + b"{}"),
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
def test_bad_checkpoint(
    kind: str, rank: Callable[..., Outcome], tiny_checkpoint: Path, sdf: Path, tmp_path: Path
) -> None:
    path = tmp_path / "matchnet.safetensors"
    path.write_bytes(tiny_checkpoint.read_bytes())
    CHECKPOINTS[kind](path)

    failed(rank(checkpoint=path), 5, path)
    assert list(sdf.parent.iterdir()) == [sdf]


def test_checkpoint_without_its_backbone_is_refused(
    rank: Callable[..., Outcome], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    path = tmp_path / "matchnet.safetensors"
    path.write_bytes(tiny_checkpoint.read_bytes())

    failed(rank(checkpoint=path), 5, path, "tiny.safetensors")


@pytest.mark.parametrize(
    "make", [damage, lambda p: p.write_bytes(b""), lambda p: os.truncate(p, 3000)], ids=["flipped", "empty", "cut"]
)
def test_damaged_cache(make: Callable[[Path], None], rank: Callable[..., Outcome], tmp_path: Path) -> None:
    cache = tmp_path / "c.h5"
    assert rank("--cache", cache)[0] == 0
    make(cache)
    before = cache.read_bytes()

    failed(rank("--cache", cache), 5, cache)
    assert cache.read_bytes() == before


def test_cache_of_another_library_is_refused(rank: Callable[..., Outcome], tmp_path: Path) -> None:
    cache, other = tmp_path / "c.h5", tmp_path / "other.smi"
    other.write_text("CCO\n")
    assert rank("--cache", cache)[0] == 0

    failed(rank("--cache", cache, library=other), 5, cache, "another library")


def test_full_disk_for_the_result(
    rank: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "r.json"
    path.write_text("old")
    assert rank()[0] == 0
    monkeypatch.setattr("os.fsync", full)

    failed(rank("--output", path), 6, path, "disk is full")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["r.json"]


def test_full_disk_for_the_cache(rank: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, sdf: Path) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)

    # The ranking does without the cache that nobody asked for.
    assert rank()[0] == 0
    failed(rank("--cache", sdf.parent / "c.h5"), 6, "disk is full")
    assert [p for p in sdf.parent.iterdir() if p.suffix == ".h5"] == []


def test_missing_folder_of_the_result_is_named(rank: Callable[..., Outcome], tmp_path: Path) -> None:
    failed(rank("--output", tmp_path / "none" / "r.json"), 6, tmp_path / "none")


def test_cache_of_a_read_only_folder_is_in_the_user_cache(
    rank: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, sdf: Path, tmp_path: Path
) -> None:
    access = os.access
    # The superuser may write everywhere, so permissions alone would test nothing.
    monkeypatch.setattr("os.access", lambda path, mode, **k: Path(path) != sdf.parent and access(path, mode, **k))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))

    assert rank()[0] == 0
    assert list(sdf.parent.iterdir()) == [sdf]
    assert len(list((tmp_path / "user" / "specmol").glob("*.h5"))) == 1
