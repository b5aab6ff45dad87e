from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.fake_retrieval import FakeMatcher, fake_records

from specmol_core.config import EmbedConfig
from specmol_core.errors import CacheError, LibraryError
from specmol_core.retrieval.cache.candidates import CandidateSet
from specmol_core.retrieval.get_candidates import get_candidates

CONFIG = EmbedConfig(batch_size=16)


def _payloads(candidates: CandidateSet) -> list[bytes]:
    return [bytes(one) for one in candidates.payloads(np.arange(len(candidates)))]


def test_cache_is_made_beside_the_library_and_then_used(tmp_path: Path, matcher: FakeMatcher) -> None:
    records = fake_records(40, path=tmp_path / "l.smi")
    made = get_candidates(records, matcher, CONFIG)
    used = get_candidates(replace(records, parse_from=lambda start: pytest.fail("embedded again")), matcher, CONFIG)

    assert (tmp_path / f"l.smi.specmol-{matcher.id[:12]}.h5").exists()
    assert _payloads(made) == _payloads(used)


def test_stale_cache_in_its_place_is_replaced_with_a_warning(tmp_path: Path, matcher: FakeMatcher) -> None:
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


def test_damaged_cache_in_its_place_is_an_error(tmp_path: Path, matcher: FakeMatcher) -> None:
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


def test_nowhere_to_write_embeds_in_memory(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    warnings = list[str]()
    candidates = get_candidates(fake_records(40, path=tmp_path / "l.smi"), matcher, CONFIG, warn=warnings.append)

    assert candidates.counts.read == 40
    assert "cannot be written" in warnings[0]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_strict_holds_for_a_cache_too(tmp_path: Path, matcher: FakeMatcher) -> None:
    get_candidates(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")

    with pytest.raises(LibraryError, match="record 5"):
        get_candidates(fake_records(40), matcher, replace(CONFIG, strict=True), cache=tmp_path / "c.h5")
