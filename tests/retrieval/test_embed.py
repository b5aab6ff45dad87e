from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from numpy.typing import NDArray
from support.fake_retrieval import FakeMatcher, candidate, fake_records, parsed_record

from specmol_core.config import EmbedConfig
from specmol_core.errors import CacheError, CheckpointError, ChildError, LibraryError, OutputError
from specmol_core.matcher.protocol import MAX_PAYLOAD_BYTES
from specmol_core.molecules.library import open_library
from specmol_core.molecules.records import Candidate, ParsedRecord, RejectedRecord
from specmol_core.retrieval.cache.cache_file import open_cache
from specmol_core.retrieval.cache.columns import Counts, RecordStatus
from specmol_core.retrieval.cache.container import verify_container
from specmol_core.retrieval.cache.resumable_run import resumable_folder
from specmol_core.retrieval.embed import embed_in_memory, embed_library
from specmol_core.retrieval.library_source import LibraryRecords, records_of_library
from specmol_core.storage import locks

CONFIG = EmbedConfig(batch_size=16, commit_seconds=0.0)
SCRIPT = Path(__file__).parents[1] / "support" / "fake_retrieval.py"
ROOT = Path(__file__).parents[2]


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )


def start_and_kill(cache: Path, count: int, until: int) -> None:
    with start(cache, count, 0.05) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= until:
                break
        process.send_signal(signal.SIGKILL)


def interrupt_at(cache: Path, matcher: FakeMatcher, record: int) -> None:
    """Embed 100 records, with a Ctrl-C after this one."""

    def interrupt(counts: Counts) -> None:
        if counts.read >= record:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_library(fake_records(100), matcher, CONFIG, cache=cache, progress=interrupt)


def records_from(items: list[ParsedRecord], label: str = "library.smi") -> LibraryRecords:
    def parse_from(start: int) -> Iterator[list[ParsedRecord]]:
        yield items[start:]

    return replace(fake_records(len(items)), label=label, parse_from=parse_from)


def test_record_statuses_agree_with_a_dict(matcher: FakeMatcher) -> None:
    candidates = embed_in_memory(fake_records(500), matcher, CONFIG)
    first: dict[str, int] = {}
    for index in range(500):
        item = parsed_record(index)
        if isinstance(item, RejectedRecord):
            expected = (RecordStatus.REJECTED, -1)
        elif item.smiles in first:
            expected = (RecordStatus.DUPLICATE, first[item.smiles])
        else:
            first[item.smiles] = index
            expected = (RecordStatus.EMBEDDED, -1)
        assert (candidates.status[index], candidates.duplicate_of[index]) == expected

    assert candidates.index.tolist() == sorted(first.values())
    assert candidates.counts == Counts(500, len(first), 500 - len(first) - 45, 45)
    row = 17
    item = parsed_record(int(candidates.index[row]))
    assert isinstance(item, Candidate)
    assert (candidates.name[row], candidates.smiles[row], candidates.formula[row]) == (
        item.name,
        item.smiles,
        item.formula,
    )
    (payloads,), (joint,) = matcher.embed([item.graph])
    assert candidates.payloads(np.array([row])) == [payloads]
    np.testing.assert_array_equal(candidates.joint[row], joint)


def test_different_molecules_with_equal_keys_are_not_duplicates(matcher: FakeMatcher) -> None:
    items: list[ParsedRecord] = [replace(candidate(i, m), key=7) for i, m in enumerate([1, 2, 1, 3])]
    for config in (CONFIG, replace(CONFIG, batch_size=1)):
        candidates = embed_in_memory(records_from(items), matcher, config)

        assert candidates.status.tolist() == [
            RecordStatus.EMBEDDED,
            RecordStatus.EMBEDDED,
            RecordStatus.DUPLICATE,
            RecordStatus.EMBEDDED,
        ]
        assert candidates.duplicate_of.tolist() == [-1, -1, 0, -1]


def test_long_runs_of_rejected_records_are_written(matcher: FakeMatcher) -> None:
    items: list[ParsedRecord] = [candidate(0, 1), *(RejectedRecord(i, "", "bad") for i in range(1, 100))]
    seen: list[int] = []
    embed_in_memory(records_from(items), matcher, EmbedConfig(batch_size=2), progress=lambda c: seen.append(c.read))

    assert seen == [32, 64, 96, 100]


def test_report_lists_the_rejected_records(tmp_path: Path, matcher: FakeMatcher) -> None:
    beside = embed_library(fake_records(20), matcher, CONFIG, cache=tmp_path / "c.h5").report
    named = embed_library(fake_records(20), matcher, CONFIG, cache=tmp_path / "c.h5", report=tmp_path / "r.csv").report

    assert beside == tmp_path / "c.h5.rejected.csv"
    assert named == tmp_path / "r.csv"
    assert beside.read_text() == 'index,name,reason\n5,bad 5,"no such thing, 5"\n16,bad 16,"no such thing, 16"\n'
    assert named.read_bytes() == beside.read_bytes()


def test_without_a_rejection_there_is_no_report(tmp_path: Path, matcher: FakeMatcher) -> None:
    stale = tmp_path / "c.h5.rejected.csv"
    stale.write_text("old")

    assert embed_library(fake_records(4), matcher, CONFIG, cache=tmp_path / "c.h5").report is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.h5"]


def test_embed_library_returns_the_candidates_of_the_new_cache(tmp_path: Path, matcher: FakeMatcher) -> None:
    created = embed_library(fake_records(60), matcher, CONFIG, cache=tmp_path / "c.h5").candidates
    reused = embed_library(fake_records(60), matcher, CONFIG, cache=tmp_path / "c.h5").candidates

    assert created.manifest == reused.manifest == open_cache(tmp_path / "c.h5").manifest
    assert created.path == reused.path == tmp_path / "c.h5"
    for name in ("joint", "index", "status", "duplicate_of"):
        np.testing.assert_array_equal(getattr(created, name), getattr(reused, name))
    assert [*created.rejections()] == [*reused.rejections()]
    rows = np.arange(len(created))
    assert [bytes(one) for one in created.payloads(rows)] == [bytes(one) for one in reused.payloads(rows)]


@pytest.mark.parametrize("interrupted", [False, True])
def test_only_rows_of_an_earlier_run_are_verified(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    cache, verified = tmp_path / "c.h5", list[bool]()
    if interrupted:
        interrupt_at(cache, matcher, 50)

    def check(file: BinaryIO) -> int:
        verified.append(True)
        return verify_container(file)

    monkeypatch.setattr("specmol_core.retrieval.cache.cache_file.verify_container", check)
    created = embed_library(fake_records(100), matcher, CONFIG, cache=cache)

    assert (created.resumed_at > 0, any(verified)) == (interrupted, interrupted)


def test_existing_cache_is_not_changed(tmp_path: Path, matcher: FakeMatcher) -> None:
    first = embed_library(fake_records(20), matcher, CONFIG, cache=tmp_path / "c.h5")
    inode = first.cache.stat().st_ino
    second = embed_library(fake_records(20), matcher, CONFIG, cache=tmp_path / "c.h5")

    assert (first.reused, second.reused) == (False, True)
    assert second.counts == first.counts
    assert first.cache.stat().st_ino == inode

    assert not embed_library(fake_records(20), matcher, CONFIG, cache=tmp_path / "c.h5", force=True).reused
    assert first.cache.stat().st_ino != inode


def test_named_cache_of_another_library_is_replaced_only_with_force(tmp_path: Path, matcher: FakeMatcher) -> None:
    cache = tmp_path / "c.h5"
    embed_library(fake_records(20), matcher, CONFIG, cache=cache)
    with pytest.raises(CacheError, match="another library"):
        embed_library(fake_records(30), matcher, CONFIG, cache=cache)
    assert open_cache(cache).counts.read == 20
    assert not resumable_folder(cache).exists()

    embed_library(fake_records(30), matcher, CONFIG, cache=cache, force=True)
    assert open_cache(cache).counts.read == 30


def test_strict_stops_at_the_first_rejection_and_leaves_nothing(tmp_path: Path, matcher: FakeMatcher) -> None:
    with pytest.raises(LibraryError, match=r"library.smi: record 5: no such thing, 5; .*--strict"):
        embed_library(fake_records(40), matcher, replace(CONFIG, strict=True), cache=tmp_path / "c.h5")

    assert list(tmp_path.iterdir()) == []


def test_strict_checks_a_cache_made_without_strict(tmp_path: Path, matcher: FakeMatcher) -> None:
    embed_library(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")

    with pytest.raises(LibraryError, match="record 5"):
        embed_library(fake_records(40), matcher, replace(CONFIG, strict=True), cache=tmp_path / "c.h5")


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], "holds no record"),
        ([RejectedRecord(0, "x", "unparsable"), RejectedRecord(1, "y", "z")], r"none of its 2 .*unparsable"),
    ],
)
def test_library_without_a_candidate_is_an_error(
    tmp_path: Path, matcher: FakeMatcher, items: list[ParsedRecord], reason: str
) -> None:
    with pytest.raises(LibraryError, match=reason):
        embed_library(records_from(items), matcher, CONFIG, cache=tmp_path / "c.h5")
    with pytest.raises(LibraryError, match=reason):
        embed_in_memory(records_from(items), matcher, CONFIG)

    assert list(tmp_path.iterdir()) == []


def test_library_that_changes_or_breaks_off_is_an_error(tmp_path: Path, matcher: FakeMatcher) -> None:
    def broken(start: int) -> Iterator[list[ParsedRecord]]:
        yield [parsed_record(i) for i in range(40)]
        raise LibraryError("library.smi", "breaks off")

    for records, reason in [
        (replace(fake_records(40), is_unchanged=lambda: False), "changed while"),
        (replace(fake_records(40), parse_from=broken), "breaks off"),
    ]:
        with pytest.raises(LibraryError, match=reason):
            embed_library(records, matcher, CONFIG, cache=tmp_path / "c.h5")
        assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class BrokenMatcher(FakeMatcher):
    answer: tuple[list[bytes], NDArray[np.float16]] = ([], np.zeros((0, 8), np.float16))

    def embed(self, graphs: object) -> tuple[list[bytes], NDArray[np.float16]]:
        return self.answer


_SOUND = np.zeros((16, 8), np.float16)


@pytest.mark.parametrize(
    ("payloads", "joint", "what"),
    [
        ([b"x"] * 15, _SOUND, "payload"),
        ([b"x"] * 17, _SOUND, "payload"),
        ([b"x"] * 15 + [bytes(MAX_PAYLOAD_BYTES + 1)], _SOUND, "payload"),
        ([b"x"] * 16, _SOUND[:15], "joint vectors"),
        ([b"x"] * 16, _SOUND[:, :7], "joint vectors"),
        ([b"x"] * 16, _SOUND + np.float16(np.nan), "joint vectors"),
    ],
)
def test_unusable_output_of_the_model_is_a_checkpoint_error(
    tmp_path: Path, payloads: list[bytes], joint: NDArray[np.float16], what: str
) -> None:
    matcher = BrokenMatcher(answer=(payloads, joint))

    with pytest.raises(CheckpointError, match=f"unusable {what} for records 0 to"):
        embed_library(fake_records(40), matcher, CONFIG, cache=tmp_path / "c.h5")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_resumed_run_gives_the_same_bytes(tmp_path: Path, matcher: FakeMatcher) -> None:
    whole = embed_library(fake_records(300), matcher, CONFIG, cache=tmp_path / "whole.h5")
    cache = tmp_path / "killed.h5"
    for until in (40, 120):
        start_and_kill(cache, 300, until)
        assert not cache.exists()
    # A process killed during a write leaves bytes that were never committed.
    with open(resumable_folder(cache) / "payload_bytes", "ab") as file:
        file.write(b"half a row")
    summary = embed_library(fake_records(300), matcher, CONFIG, cache=cache)

    assert summary.resumed_at >= 100
    assert summary.counts == whole.counts
    assert cache.read_bytes() == whole.cache.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "killed.h5",
        "killed.h5.rejected.csv",
        "whole.h5",
        "whole.h5.rejected.csv",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["flip", "shorter", "state", "counts", "foreign", "no-resume"])
def test_damaged_unfinished_run_is_discarded(tmp_path: Path, matcher: FakeMatcher, damage: str) -> None:
    cache = tmp_path / "c.h5"
    interrupt_at(cache, matcher, 60)
    folder = resumable_folder(cache)
    column, state = folder / "smiles_bytes", folder / "state.json"
    if damage == "flip":
        column.write_bytes(b"X" + column.read_bytes()[1:])
    elif damage == "shorter":
        column.write_bytes(column.read_bytes()[:10])
    elif damage == "state":
        state.write_text("{")
    elif damage == "counts":
        values = json.loads(state.read_text())
        values["manifest"]["counts"]["embedded"] += 1
        state.write_text(json.dumps(values))
    elif damage == "foreign":
        matcher = FakeMatcher(seed=5)
    fresh = embed_library(fake_records(100), matcher, CONFIG, cache=tmp_path / "fresh.h5")
    summary = embed_library(fake_records(100), matcher, CONFIG, cache=cache, resume=damage != "no-resume")

    assert summary.resumed_at == 0
    assert cache.read_bytes() == fresh.cache.read_bytes()


def test_interrupt_keeps_committed_work(tmp_path: Path, matcher: FakeMatcher) -> None:
    cache = tmp_path / "c.h5"
    interrupt_at(cache, matcher, 60)

    assert [p.name for p in tmp_path.iterdir()] == ["c.h5.partial"]
    assert 0 < embed_library(fake_records(100), matcher, CONFIG, cache=cache).resumed_at < 60


@pytest.mark.parametrize(("record", "remaining"), [(60, ["c.h5.partial"]), (0, [])])
def test_committed_work_is_kept_if_processes_keep_dying(
    tmp_path: Path, matcher: FakeMatcher, record: int, remaining: list[str]
) -> None:
    cache, whole = tmp_path / "c.h5", fake_records(100)

    def parse_from(start: int) -> Iterator[list[ParsedRecord]]:
        for batch in whole.parse_from(start):
            if batch[0].index >= record:
                raise ChildError("the processes keep being killed; check memory")
            yield list(batch)

    with pytest.raises(
        ChildError, match=r"check memory; finished work is kept in .*c\.h5\.partial" if remaining else "memory$"
    ):
        embed_library(replace(whole, parse_from=parse_from), matcher, CONFIG, cache=cache)

    assert [p.name for p in tmp_path.iterdir()] == remaining
    assert embed_library(whole, matcher, CONFIG, cache=cache).resumed_at == (59 if remaining else 0)


def test_interrupt_before_the_first_commit_leaves_nothing(tmp_path: Path, matcher: FakeMatcher) -> None:
    interrupt_at(tmp_path / "c.h5", matcher, 1)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", [100, 5_000, 16_000])
def test_full_disk_gives_a_one_line_error_and_keeps_the_old_cache(
    tmp_path: Path, matcher: FakeMatcher, limit: int
) -> None:
    # 5,000 bytes end it in a column, 16,000 in the finished file, 100 before the first commit.
    cache = tmp_path / "c.h5"
    with start(cache, 400, 0, limit) as process:
        output, _ = process.communicate(timeout=60)

    assert process.returncode == OutputError.exit_code
    assert output.splitlines()[-1].startswith(f"OutputError: {cache}: the file would be larger than allowed")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_at_the_end_keeps_the_old_cache(
    tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = embed_library(fake_records(4), matcher, CONFIG, cache=tmp_path / "c.h5").cache
    old, sync, calls = cache.read_bytes(), os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        embed_library(fake_records(100), matcher, CONFIG, cache=cache, force=True)

    assert cache.read_bytes() == old
    assert list(tmp_path.iterdir()) == [cache]


@pytest.mark.parametrize("name", ["missing/c.h5", "file/c.h5"])
def test_parent_that_is_not_a_folder_is_an_error(tmp_path: Path, matcher: FakeMatcher, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="folder"):
        embed_library(fake_records(4), matcher, CONFIG, cache=tmp_path / name)

    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_second_run_waits_for_the_first_and_uses_its_cache(tmp_path: Path, matcher: FakeMatcher) -> None:
    cache, warnings = tmp_path / "c.h5", list[str]()
    with start(cache, 200, 0.05) as process:
        assert process.stdout is not None
        process.stdout.readline()
        threading.Thread(target=process.stdout.read, daemon=True).start()
        summary = embed_library(fake_records(200), matcher, CONFIG, cache=cache, warn=warnings.append)

    assert process.returncode == 0
    assert warnings == ["another run is embedding library.smi; waiting for it"]
    assert summary.reused


def test_records_are_read_by_the_parser_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def parse(library: object, *, parser: str, **settings: object) -> Iterator[list[ParsedRecord]]:
        asked.append(parser)
        yield [candidate(0, 1)]

    monkeypatch.setattr("specmol_core.molecules.library.parse_records", parse)
    (tmp_path / "library.smi").write_text("CCO\n")
    records = records_of_library(open_library(tmp_path / "library.smi"), EmbedConfig(), "some.module:function")
    list(records.parse_from(0))

    assert asked == ["some.module:function"]


@pytest.mark.slow
def test_real_library_from_file_to_cache(tmp_path: Path, matcher: FakeMatcher) -> None:
    library = tmp_path / "library.smi"
    library.write_text("CCO ethanol\nOCC again\nnonsense(\nc1ccccc1 benzene\n")
    records = records_of_library(open_library(library), EmbedConfig(), matcher.parser)
    summary = embed_library(records, matcher, CONFIG)

    assert summary.cache.name == f"library.smi.specmol-{matcher.id[:12]}.h5"
    assert summary.counts == Counts(4, 2, 1, 1)
    candidates = open_cache(summary.cache)
    assert [candidates.name[0], candidates.smiles[1], candidates.formula[1]] == ["ethanol", "c1ccccc1", "C6H6"]
    assert candidates.duplicate_of[1] == 0
    assert [r.index for r in candidates.rejections()] == [2]

    library.write_text("CCO ethanol\n")
    assert not records.is_unchanged()
    warnings = list[str]()
    records = records_of_library(open_library(library), EmbedConfig(), matcher.parser)
    assert embed_library(records, matcher, CONFIG, warn=warnings.append).counts.read == 1
    assert "another library" in warnings[0]
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, None])
def test_file_system_without_locks(
    number: int | None, tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, "No locks available")

    if number is None:  # Windows
        monkeypatch.setattr(locks, "fcntl", None)
    else:
        monkeypatch.setattr(locks.fcntl, "lockf", refuse)
        monkeypatch.setattr(locks.fcntl, "flock", refuse)
    cache = tmp_path / "c.h5"

    assert embed_library(fake_records(100), matcher, CONFIG, cache=cache).counts.read == 100
    assert embed_library(fake_records(100), matcher, CONFIG, cache=cache).reused
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.h5", "c.h5.rejected.csv"]


def test_file_system_that_maps_no_files(tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = embed_library(fake_records(100), matcher, CONFIG, cache=tmp_path / "a.h5").candidates

    def refuse(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(np, "memmap", refuse)
    written = embed_library(fake_records(100), matcher, CONFIG, cache=tmp_path / "b.h5").candidates
    read = embed_library(fake_records(100), matcher, CONFIG, cache=tmp_path / "a.h5").candidates

    for found in (written, read):
        assert found.joint.tolist() == expected.joint.tolist()
        assert [found.smiles[row] for row in range(len(found))] == [expected.smiles[r] for r in range(len(expected))]


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EDQUOT, errno.ESTALE])
def test_rename_that_fails_leaves_no_files(
    number: int, tmp_path: Path, matcher: FakeMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "c.h5":
            raise OSError(number, "no")
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError) as caught:
        embed_library(fake_records(100), matcher, CONFIG, cache=tmp_path / "c.h5")

    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
