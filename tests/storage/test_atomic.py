from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from specmol_core.errors import OutputError
from specmol_core.storage import locks
from specmol_core.storage.atomic import atomic_path, atomic_write


def test_file_appears_only_when_the_body_ends(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    with atomic_write(path) as file:
        file.write("é\n")
        assert not path.exists()

    assert path.read_bytes() == "é\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_binary_files_and_files_opened_by_name(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a", "wb") as file:
        file.write(b"\0\xff")
    with atomic_path(tmp_path / "b") as temporary:
        temporary.write_bytes(b"b")

    assert (tmp_path / "a").read_bytes() == b"\0\xff"
    assert (tmp_path / "b").read_bytes() == b"b"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_any_exception_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "result.txt"
    path.write_text("old")

    def write() -> None:
        with atomic_write(path) as file:
            file.write("new")
            raise error

    with pytest.raises(error):
        write()

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EDQUOT, "quota"),
        (errno.EIO, "check the disk"),
    ],
)
def test_failed_write_names_path_and_remedy(tmp_path: Path, number: int, remedy: str) -> None:
    path = tmp_path / "result.txt"
    with pytest.raises(OutputError, match=remedy) as caught, atomic_write(path):
        raise OSError(number, os.strerror(number))

    assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_failed_sync_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.txt"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"), atomic_write(path) as file:
        file.write("new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "remedy"), [("missing/file", "no such folder"), ("file/below", "not a folder"), ("folder", "a folder")]
)
def test_impossible_paths_are_errors(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError, match=remedy), atomic_write(tmp_path / name):
        pytest.fail("the body must not run")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission"), atomic_write(tmp_path / "file"):
            pytest.fail("the body must not run")
    finally:
        tmp_path.chmod(0o700)


def test_permissions_are_those_of_the_old_file_or_the_umask(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o440)
    mask = os.umask(0o027)
    try:
        for path in (old, new):
            with atomic_write(path) as file:
                file.write("x")
    finally:
        os.umask(mask)

    assert stat.S_IMODE(old.stat().st_mode) == 0o440
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


def test_symbolic_link_is_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with atomic_write(link) as file:
        file.write("new")

    assert link.is_symlink()
    assert target.read_text() == "new"


def test_device_is_written_directly() -> None:
    with atomic_write("/dev/null") as file:
        file.write("gone")

    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_full_device_is_an_output_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OutputError, match="disk is full"), atomic_write("/dev/full") as file:
        file.write("x")


def run_process(code: str, folder: Path) -> int:
    """Run code in a process in this folder, and return its exit status."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    code = f"import os; from specmol_core.storage.atomic import atomic_path, atomic_write\n{code}"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=False).returncode


@pytest.mark.slow
def test_temporary_file_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".mine.tmp").touch()
    killed = "with atomic_path('a.txt') as path:\n    path.write_text('half'); os.kill(os.getpid(), 9)\n"
    assert run_process(killed, tmp_path) == -9
    assert len(list(tmp_path.iterdir())) == 2

    assert run_process("with atomic_write('b.txt') as file: file.write('whole')", tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.tmp", "b.txt"]


@pytest.mark.slow
def test_temporary_file_of_a_running_process_is_kept(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.txt") as path:
        path.write_text("whole")
        assert run_process("with atomic_write('b.txt') as file: file.write('whole')", tmp_path) == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EXDEV, "mounted on its own"),
        (errno.EBUSY, "mounted on its own or in use"),
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.ESTALE, "network folder"),
    ],
)
def test_rename_that_fails_leaves_the_old_file(
    number: int, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "result.txt"
    path.write_text("old")

    def failing(self: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError, match=remedy), atomic_write(path) as file:
        file.write("new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_file_system_without_locks_is_written(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    with atomic_write(tmp_path / "a") as file:
        file.write("whole")

    assert (tmp_path / "a").read_text() == "whole"


def test_system_without_locks_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    with atomic_write(tmp_path / "a") as file:
        file.write("whole")

    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_file_system_without_permissions_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o666)
    monkeypatch.setattr(Path, "chmod", refuse)
    with atomic_write(path) as file:
        file.write("new")
    assert path.read_text() == "new"

    os.chmod(path, 0o600)
    with pytest.raises(OutputError, match="permission"), atomic_write(path) as file:
        file.write("would be readable by others")


@pytest.mark.parametrize(
    ("host", "age", "has_locks", "is_removed"),
    [
        ("mine", 0, True, True),
        ("mine", 0, False, False),
        ("mine", 90_000, False, True),
        ("other", 0, True, False),
        ("other", 90_000, True, True),
    ],
)
def test_files_left_behind_are_removed_when_it_is_certain(
    host: str, age: int, has_locks: bool, is_removed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = locks.host_mark()
    other = f"{int(mark, 16) ^ 1:04x}"
    left = tmp_path / f".a.{mark if host == 'mine' else other}01234567.tmp"
    left.write_text("half")
    os.utime(left, (left.stat().st_atime, left.stat().st_mtime - age))
    if not has_locks:
        monkeypatch.setattr(locks, "fcntl", None)

    with atomic_write(tmp_path / "b") as file:
        file.write("whole")

    assert left.exists() != is_removed


def test_old_file_that_is_being_written_stays(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a") as path:
        os.utime(path, (0, 0))
        assert run_process("with atomic_write('b.txt') as file: file.write('whole')", tmp_path) == 0
        assert path.exists()
