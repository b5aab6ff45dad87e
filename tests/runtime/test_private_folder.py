from __future__ import annotations

import os
from pathlib import Path

import pytest

from specmol_core.runtime.private_folder import private_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def refused(path: Path) -> str:
    with pytest.raises(PermissionError) as caught:
        private_folder(path, (".code",))
    return str(caught.value)


def test_a_missing_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = private_folder(tmp_path / "a" / "b", (".code",))
    finally:
        os.umask(old)

    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o702, 0o720, 0o1777])
def test_others_may_not_write(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    if mode == 0o720:
        os.chown(tmp_path, -1, 0)

    assert "can be written by others" in refused(tmp_path)


@pytest.mark.parametrize(("mode", "good"), [(0o777, False), (0o1777, True), (0o755, True)])
def test_nobody_else_may_rename_what_is_on_the_way(tmp_path: Path, mode: int, good: bool) -> None:
    above = tmp_path / "above"
    (above / "folder").mkdir(parents=True)
    above.chmod(mode)

    if good:
        assert private_folder(above / "folder", (".code",)) == above / "folder"
    else:
        assert "can be changed by others" in refused(above / "folder")


def test_a_file_that_others_may_write_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "a.txt").chmod(0o666)
    assert private_folder(tmp_path, (".code",)) == tmp_path

    (tmp_path / "a.code").touch()
    (tmp_path / "a.code").chmod(0o666)
    assert "a.code" in refused(tmp_path)


def test_a_link_for_a_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.code").symlink_to("/etc/hostname")

    assert "a.code" in refused(tmp_path)


def test_a_relative_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert "no absolute path" in refused(Path("~") / "x")
    assert not list(tmp_path.iterdir())


@as_root
def test_another_user_owns_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.code").touch()
    os.chown(folder / "a.code", 12345, -1)
    assert "a.code" in refused(folder)

    os.chown(folder, 12345, -1)
    assert "belongs to another user" in refused(folder)

    (folder / "inner").mkdir()
    assert "can be changed by others" in refused(folder / "inner")
