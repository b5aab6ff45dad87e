from __future__ import annotations

import os
from pathlib import Path

import pytest

from specmol_core.spectra.readers.instruments import tree as tree_module
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("10/fid", "2/fid", "2/pdata/1/1r", "note"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_folders_come_in_natural_order(folder: Path) -> None:
    tree = FileTree.of_folder(folder)

    assert [name for name, _ in tree.folders()] == ["", "2", "2/pdata/1", "10"]
    assert dict(tree.folders())["2"] == {"fid"}
    assert "10/fid" in tree


def test_a_subtree_is_a_tree(folder: Path) -> None:
    branch = FileTree.of_folder(folder).subtree("2")

    assert set(branch.sizes) == {"fid", "pdata/1/1r"}
    assert branch.read("fid") == b"2/fid"
    assert branch.subtree("pdata/1").read("1r") == b"2/pdata/1/1r"
    assert branch.subtree("") is branch


def test_the_hash_covers_what_was_read(folder: Path) -> None:
    one, two, both = (FileTree.of_folder(folder) for _ in range(3))
    one.read("2/fid")
    two.subtree("2").read("fid")
    both.read("2/fid")
    both.read("10/fid")

    assert one.sha256() == two.sha256() != both.sha256()


def test_missing_and_large_files_are_refused(folder: Path) -> None:
    tree = FileTree.of_folder(folder)
    with pytest.raises(RefusedError, match=r"3/fid is missing"):
        tree.read("3/fid")
    with pytest.raises(RefusedError, match="2/fid: larger than"):
        tree.read("2/fid", max_bytes=3)
    (folder / "note").unlink()
    with pytest.raises(RefusedError, match="note cannot be read"):
        tree.read("note")


def test_links_to_folders_are_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "2" / "loop").symlink_to(folder)
    assert set(FileTree.of_folder(folder).sizes) == {"10/fid", "2/fid", "2/pdata/1/1r", "note"}

    monkeypatch.setattr(tree_module, "MAX_FILES", 2)
    with pytest.raises(RefusedError, match="more than 2 files"):
        FileTree.of_folder(folder)


def test_a_folder_that_lists_but_cannot_be_entered_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        if path.name == "fid":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", stat)

    with pytest.raises(RefusedError, match=r"fid cannot be read: Permission denied; check the permissions"):
        FileTree.of_folder(folder)
