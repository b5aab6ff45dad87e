from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.fake_retrieval import FakeMatcher, fake_records

from specmol_core.config import EmbedConfig
from specmol_core.errors import CacheError, LibraryError, OutputError
from specmol_core.retrieval import cache_lookup as existing
from specmol_core.retrieval import embed
from specmol_core.retrieval import get_candidates as get_candidates_module
from specmol_core.retrieval.cache.cache_file import open_cache
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.cache_lookup import CacheLookup
from specmol_core.retrieval.embed import embed_library
from specmol_core.retrieval.get_candidates import get_candidates

CONFIG = EmbedConfig(batch_size=16)


def _payloads(candidates: CandidateSet) -> list[bytes]:
    return [bytes(one) for one in candidates.payloads(np.arange(len(candidates)))]


def test_cache_is_created_beside_the_library_and_then_used(tmp_path: Path, matcher: FakeMatcher) -> None:
    records = fake_records(40, path=tmp_path / "l.smi")
    created = get_candidates(records, matcher, CONFIG)
    reused = get_candidates(replace(records, parse_from=lambda start: pytest.fail("embedded again")), matcher, CONFIG)

    assert (tmp_path / f"l.smi.specmol-{matcher.id[:12]}.h5").exists()
    assert _payloads(created) == _payloads(reused)


def test_stale_cache_at_the_default_path_is_replaced_with_a_warning(tmp_path: Path, matcher: FakeMatcher) -> None:
    path, warnings = tmp_path / "l.smi", list[str]()
    get_candidates(fake_records(40, path=path), matcher, CONFIG, warn=warnings.append)
    assert warnings == []
    edited = get_candidates(fake_records(41, path=path), matcher, CONFIG, warn=warnings.append)

    assert edited.counts.read == 41
    assert len(warnings) == 1
    assert "another library" in warnings[0]


def test_named_cache_of_another_checkpoint_is_an_error(tmp_path: Path, matcher: FakeMatcher) -> None:
    cache = tmp_path / "c.h5"
    get_candidates(fake_records(40), matcher, CONFIG, cache=cache)

    with pytest.raises(CacheError, match="another checkpoint"):
        get_candidates(fake_records(40), FakeMatcher(seed=1), CONFIG, cache=cache)


def test_damaged_cache_at_the_default_path_is_an_error(tmp_path: Path, matcher: FakeMatcher) -> None:
    records = fake_records(40, path=tmp_path / "l.smi")
    get_candidates(records, matcher, CONFIG)
    cache = next(tmp_path.glob("*.h5"))
    cache.write_bytes(cache.read_bytes()[:-1])

    with pytest.raises(CacheError, match="damaged"):
        get_candidates(records, matcher, CONFIG)


@pytest.mark.parametrize("stream", [True, False])
def test_without_a_cache_nothing_is_written(tmp_path: Path, matcher: FakeMatcher, stream: bool) -> None:
    records = fake_records(40, path=None if stream else tmp_path / "l.smi")
    memory = get_candidates(records, matcher, CONFIG, use_cache=stream)

    assert list(tmp_path.iterdir()) == []
    disk = get_candidates(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")
    assert _payloads(memory) == _payloads(disk)
    np.testing.assert_array_equal(memory.joint, disk.joint)


def test_library_is_embedded_in_memory_if_nothing_can_be_written(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    warnings = list[str]()
    candidates = get_candidates(fake_records(40, path=tmp_path / "l.smi"), matcher, CONFIG, warn=warnings.append)

    assert candidates.counts.read == 40
    assert "a part of this path is a file" in warnings[0]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_library_is_embedded_in_memory_if_it_is_read_only_and_there_is_no_home(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    warnings = list[str]()
    records = fake_records(40, path=tmp_path / "l.smi")
    candidates = get_candidates(records, matcher, CONFIG, warn=warnings.append)

    assert candidates.counts.read == 40
    assert len(warnings) == 1
    assert "no home folder" in warnings[0]
    with pytest.raises(OutputError, match="name a file with --cache"):
        embed_library(records, matcher, CONFIG)


@pytest.mark.parametrize("step", ["write_cache", "open_resumable_run"])
def test_library_is_embedded_in_memory_if_the_disk_is_full(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(path: Path, *arguments: object, **options: object) -> None:
        raise OutputError(path, "the disk is full; free some space or write elsewhere")

    monkeypatch.setattr(f"specmol_core.retrieval.embed.{step}", full)
    warnings = list[str]()
    records = fake_records(40, path=tmp_path / "l.smi")
    candidates = get_candidates(records, matcher, CONFIG, warn=warnings.append)

    assert candidates.counts.read == 40
    assert "the disk is full" in warnings[0]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="the disk is full"):
        get_candidates(records, matcher, CONFIG, cache=tmp_path / "c.h5")


def test_library_is_embedded_in_memory_if_the_cache_folder_is_unreadable(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = Path.stat

    def refuse(path: Path, **options: Any) -> os.stat_result:
        if path.suffix == ".h5":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    warnings = list[str]()
    candidates = get_candidates(fake_records(40, path=tmp_path / "l.smi"), matcher, CONFIG, warn=warnings.append)

    assert candidates.counts.read == 40
    assert "no permission" in warnings[0]


def test_strict_applies_to_a_cache(tmp_path: Path, matcher: FakeMatcher) -> None:
    get_candidates(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")

    with pytest.raises(LibraryError, match="record 5"):
        get_candidates(fake_records(40), matcher, replace(CONFIG, strict=True), cache=tmp_path / "c.h5")


def test_new_cache_is_neither_looked_up_again_nor_verified(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []

    def look(cache: Path, *arguments: Any, **options: Any) -> CacheLookup:
        looked.append(cache)
        return existing.find_cache(cache, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(get_candidates_module, "find_cache", look)
        patch.setattr(embed, "find_cache", look)
        patch.setattr(
            "specmol_core.retrieval.cache.cache_file.verify_container", lambda file: pytest.fail("read whole again")
        )
        created = get_candidates(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")
    reused = get_candidates(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")

    assert looked == [tmp_path / "c.h5"]
    assert (created.manifest, created.path) == (reused.manifest, reused.path)
    assert _payloads(created) == _payloads(reused)
    np.testing.assert_array_equal(created.joint, reused.joint)


def test_cache_made_by_another_run_in_the_meantime_is_used(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "c.h5"

    def look(*arguments: Any, **options: Any) -> CacheLookup:
        found = existing.find_cache(*arguments, **options)
        monkeypatch.undo()
        get_candidates(fake_records(40), matcher, CONFIG, cache=cache)
        return found

    monkeypatch.setattr(get_candidates_module, "find_cache", look)
    records = replace(fake_records(40), parse_from=lambda start: pytest.fail("embedded again"))

    assert len(get_candidates(records, matcher, CONFIG, cache=cache)) == len(open_cache(cache))
