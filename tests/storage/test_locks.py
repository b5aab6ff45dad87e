from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from specmol_core.storage import locks
from specmol_core.storage.locks import hold, is_held, try_lock

CODE = """
import sys, time
from pathlib import Path
from specmol_core.storage import locks
if sys.argv[2] == "without":
    locks.fcntl = None
lock = locks.try_lock(Path(sys.argv[1]))
print(lock is not None, flush=True)
sys.stdin.readline()
if lock is not None and sys.argv[3] == "release":
    lock.release()
"""


class Other:
    """A process that tries to lock the same file, and holds it until it is ended."""

    def __init__(self, path: Path, has_fcntl: bool, end: str = "release") -> None:
        arguments = [sys.executable, "-c", CODE, str(path), "with" if has_fcntl else "without", end]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        self.has_lock = self.process.stdout.readline() == "True\n"

    def end(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        self.process.communicate("\n")


@pytest.fixture(params=["record lock", "lock file", "refused record lock"])
def has_fcntl(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Each kind of lock: of POSIX, of Windows, and of a network file system without locks."""

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    if request.param == "lock file":
        monkeypatch.setattr(locks, "fcntl", None)
    if request.param == "refused record lock":
        monkeypatch.setattr(locks.fcntl, "lockf", refuse)
    return bool(request.param == "record lock")


@pytest.mark.slow
def test_only_one_process_has_the_lock(has_fcntl: bool, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    mine = try_lock(path)
    assert mine is not None
    first = Other(path, has_fcntl)
    assert not first.has_lock
    first.end()
    mine.release()

    second = Other(path, has_fcntl)
    assert second.has_lock
    assert try_lock(path) is None
    second.end()
    again = try_lock(path)
    assert again is not None
    again.release()


@pytest.mark.slow
def test_lock_of_a_killed_process_is_free(has_fcntl: bool, tmp_path: Path) -> None:
    other = Other(tmp_path / "lock", has_fcntl, "keep")
    assert other.has_lock
    assert try_lock(tmp_path / "lock") is None
    other.end(kill=True)

    mine = try_lock(tmp_path / "lock")

    assert mine is not None
    mine.release()


@pytest.mark.parametrize("has_fcntl", ["record lock"], indirect=True)
def test_missing_folder_is_an_error(has_fcntl: bool, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        try_lock(tmp_path / "none" / "lock")


def test_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "mine")

    with pytest.raises(OSError, match="symbolic"):
        try_lock(tmp_path / "lock")


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock file of a process of another machine, in a system without ``fcntl``."""
    monkeypatch.setattr(locks, "fcntl", None)
    path = tmp_path / "lock.owner"
    path.write_text(json.dumps({"host": "other", "pid": 1, "token": "x"}))
    return path


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_lock_file_of_another_machine_is_kept_while_it_is_renewed(owner: Path, tmp_path: Path) -> None:
    age(owner, 100)

    assert try_lock(tmp_path / "lock") is None
    assert [p.name for p in tmp_path.iterdir()] == ["lock.owner"]


def test_lock_file_that_is_not_renewed_is_replaced(owner: Path, tmp_path: Path) -> None:
    age(owner, 1_000)

    mine = try_lock(tmp_path / "lock")

    assert mine is not None
    assert json.loads(owner.read_text())["pid"] == os.getpid()
    mine.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[" * 4_000, "5", '{"host": 5, "pid": "x"}', '{"pid": 1e400}'])
def test_lock_file_of_unknown_content_counts_by_its_age(content: str, owner: Path, tmp_path: Path) -> None:
    owner.write_text(content)
    assert try_lock(tmp_path / "lock") is None
    age(owner, 1_000)

    mine = try_lock(tmp_path / "lock")

    assert mine is not None
    mine.release()


def test_lock_file_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    monkeypatch.setattr(locks, "_RENEWAL_SECONDS", 0.01)
    mine = try_lock(tmp_path / "lock")
    assert mine is not None
    age(tmp_path / "lock.owner", 1_000)
    deadline = time.monotonic() + 20

    while time.time() - (tmp_path / "lock.owner").stat().st_mtime > 500:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    mine.release()


def test_release_leaves_the_lock_file_of_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    mine = try_lock(tmp_path / "lock")
    assert mine is not None
    (tmp_path / "lock.owner").write_text('{"host": "other", "pid": 1, "token": "x"}')

    mine.release()
    mine.release()

    assert (tmp_path / "lock.owner").exists()


def test_marks_of_files_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader = (os.open(tmp_path / "a", os.O_WRONLY | os.O_CREAT) for _ in range(2))
    assert hold(writer)
    assert is_held(reader) is True
    os.close(writer)
    assert is_held(reader) is False

    monkeypatch.setattr(locks, "fcntl", None)
    assert not hold(reader)
    assert is_held(reader) is None
    os.close(reader)
