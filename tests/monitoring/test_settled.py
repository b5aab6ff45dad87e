from __future__ import annotations

import os
from pathlib import Path

from specmol_core.monitoring.settled import SettledFiles


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def write(path: Path, text: str, at: float) -> None:
    path.write_text(text)
    os.utime(path, (at, at))


def test_old_files_are_complete_at_once(tmp_path: Path) -> None:
    write(tmp_path / "fid", "x", 1000.0)

    assert SettledFiles(2.0, Clock(1003.0)).is_settled(tmp_path)
    assert SettledFiles(2.0, Clock(1003.0)).is_settled(tmp_path / "fid")


def test_a_file_that_grows_is_waited_for(tmp_path: Path) -> None:
    clock = Clock(1000.0)
    settled = SettledFiles(2.0, clock)
    write(tmp_path / "fid", "x", 1000.0)
    assert not settled.is_settled(tmp_path)

    clock.now = 1001.9
    write(tmp_path / "fid", "xx", 1001.8)
    assert not settled.is_settled(tmp_path)

    clock.now = 1003.5
    assert not settled.is_settled(tmp_path)
    clock.now = 1003.9
    assert settled.is_settled(tmp_path)


def test_a_new_file_beside_it_starts_the_wait_again(tmp_path: Path) -> None:
    clock = Clock(1003.0)
    settled = SettledFiles(2.0, clock)
    (tmp_path / "pdata").mkdir()
    write(tmp_path / "fid", "x", 1000.0)
    assert settled.is_settled(tmp_path)

    write(tmp_path / "pdata" / "1r", "x", 1002.9)
    assert not settled.is_settled(tmp_path)


def test_a_clock_that_is_ahead_does_not_wait_for_ever(tmp_path: Path) -> None:
    clock = Clock(1000.0)
    settled = SettledFiles(2.0, clock)
    write(tmp_path / "fid", "x", 9000.0)
    assert not settled.is_settled(tmp_path)

    clock.now = 1002.0
    assert settled.is_settled(tmp_path)


def test_nothing_is_not_complete(tmp_path: Path) -> None:
    assert not SettledFiles(0.0, Clock(1e10)).is_settled(tmp_path)
    assert not SettledFiles(0.0, Clock(1e10)).is_settled(tmp_path / "none")
