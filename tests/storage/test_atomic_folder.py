"""Folders that appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from specmol_core.errors import OutputError
from specmol_core.storage.atomic_folder import atomic_folder


def test_folder_appears_at_the_end(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "out").exists()

    assert (tmp_path / "out" / "a").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_failure_leaves_the_old_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")

    with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "out", replace=True) as folder:
        (folder / "a").write_text("1")
        raise KeyboardInterrupt

    assert [p.name for p in tmp_path.rglob("*")] == ["out", "old"]


def test_folder_is_replaced_only_if_asked(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")

    with pytest.raises(OutputError, match="--force"), atomic_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out" / "old").is_file()
    with atomic_folder(tmp_path / "out", replace=True):
        pass
    assert [p.name for p in tmp_path.rglob("*")] == ["out"]


def test_missing_parent_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"), atomic_folder(tmp_path / "none" / "out"):
        pass


def test_file_of_this_name_is_kept(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(OutputError), atomic_folder(tmp_path / "out"):
        pass

    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EXDEV])
def test_rename_that_fails_leaves_the_old_folder(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")
    rename = Path.rename
    calls: list[Path] = []

    def failing(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:  # the new folder; the old one has another name by now
            raise OSError(number, "no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError) as caught, atomic_folder(tmp_path / "out", replace=True) as folder:
        (folder / "a").write_text("1")

    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "old"]
