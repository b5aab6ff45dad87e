from __future__ import annotations

import os
from pathlib import Path

import pytest

from specmol_core.runtime.private_folder import private_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def error_of(path: Path) -> str:
    """Return the message of the PermissionError for a folder."""
    with pytest.raises(PermissionError) as caught:
        private_folder(path, (".code",))
    return str(caught.value)


def test_missing_folder_is_created_for_this_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = private_folder(tmp_path / "a" / "b", (".code",))
    finally:
        os.umask(old)

    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o702, 0o720, 0o1777])
def test_folder_writable_by_others_is_error_of(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    if mode == 0o720:
        os.chown(tmp_path, -1, 0)

    assert "can be written by others" in error_of(tmp_path)


@pytest.mark.parametrize(("mode", "is_safe"), [(0o777, False), (0o1777, True), (0o755, True)])
def test_parent_that_others_can_change_is_error_of(tmp_path: Path, mode: int, is_safe: bool) -> None:
    parent = tmp_path / "parent"
    (parent / "folder").mkdir(parents=True)
    parent.chmod(mode)

    if is_safe:
        assert private_folder(parent / "folder", (".code",)) == parent / "folder"
    else:
        assert "can be changed by others" in error_of(parent / "folder")


def test_file_writable_by_others_is_error_of(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "a.txt").chmod(0o666)
    assert private_folder(tmp_path, (".code",)) == tmp_path

    (tmp_path / "a.code").touch()
    (tmp_path / "a.code").chmod(0o666)
    assert "a.code" in error_of(tmp_path)


def test_symbolic_link_is_error_of(tmp_path: Path) -> None:
    (tmp_path / "a.code").symlink_to("/etc/hostname")

    assert "a.code" in error_of(tmp_path)


def test_relative_path_is_error_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert "not an absolute path" in error_of(Path("~") / "x")
    assert not list(tmp_path.iterdir())


@as_root
def test_folder_or_file_of_another_user_is_error_of(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.code").touch()
    os.chown(folder / "a.code", 12345, -1)
    assert "a.code" in error_of(folder)

    os.chown(folder, 12345, -1)
    assert "belongs to another user" in error_of(folder)

    (folder / "inner").mkdir()
    assert "can be changed by others" in error_of(folder / "inner")
