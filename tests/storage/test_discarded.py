from __future__ import annotations

import errno
from pathlib import Path

import pytest

from specmol_core.storage.discarded import discard_folder, sweep_discarded


def test_discarded_folder_is_gone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "column").write_bytes(b"x")

    discard_folder(tmp_path / "run")

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_was_removing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library.h5.partial").mkdir()
    (tmp_path / "library.h5.partial" / "column").write_bytes(b"x")
    with monkeypatch.context() as killed:
        killed.setattr("shutil.rmtree", lambda path, ignore_errors: None)
        discard_folder(tmp_path / "library.h5.partial")
    assert len(list(tmp_path.iterdir())) == 1

    sweep_discarded(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_other_folders_stay(tmp_path: Path) -> None:
    other = [tmp_path / name for name in ("run.partial", ".run.tmp", ".run.0123456789ab.tmp", ".link.0123456789ab.tmp")]
    for folder in other[:3]:
        (folder / "inner").mkdir(parents=True)
    other[3].symlink_to(other[0], target_is_directory=True)

    sweep_discarded(tmp_path)
    sweep_discarded(tmp_path / "missing")

    assert sorted(tmp_path.iterdir()) == sorted(other)


def test_folder_goes_even_if_the_disk_has_no_space_for_a_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "column").write_bytes(b"x")

    def full(self: Path, target: Path) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(Path, "rename", full)
    discard_folder(tmp_path / "run")

    assert list(tmp_path.iterdir()) == []
