from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.monitoring.expand import ExpandedEntry
from specmol_core.monitoring.items import SeriesItem
from specmol_core.monitoring.settled import SettledFiles
from specmol_core.monitoring.watch import settled_items, watched_items


def single(item: SeriesItem) -> ExpandedEntry:
    return ExpandedEntry((item,), True)


class Laboratory:
    """A clock whose sleeps let others write files."""

    def __init__(self, events: dict[float, Callable[[], None]]) -> None:
        self.now, self._events = 0.0, dict(events)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for at in sorted(self._events):
            if at <= self.now:
                self._events.pop(at)()


class Complete(SettledFiles):
    """Spectra whose folder has a file ``1r``."""

    def is_settled(self, path: Path) -> bool:
        return (path / "1r").exists()


def make(folder: Path, name: str, *, complete: bool) -> Callable[[], None]:
    def write() -> None:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "acqus").write_text("")
        if complete:
            (folder / name / "1r").write_text("")

    return write


def test_a_folder_that_fills(tmp_path: Path) -> None:
    make(tmp_path, "1", complete=True)()
    laboratory = Laboratory(
        {
            1.0: make(tmp_path, "3", complete=True),
            2.0: make(tmp_path, "2", complete=False),
            4.0: make(tmp_path, "10", complete=True),
            6.0: make(tmp_path, "2", complete=True),
        }
    )
    found = []

    for item in watched_items(
        tmp_path, {"0"}, Complete(0.0), single, idle=5.0, clock=laboratory.clock, sleep=laboratory.sleep
    ):
        found.append((item.key, laboratory.now))

    # Number 2 appears while 3 was complete already, and holds back 10 until it is complete.
    assert found == [("1", 0.0), ("3", 1.0), ("2", 6.0), ("10", 6.0)]
    assert laboratory.now >= 11.0


def test_spectra_that_have_a_line_are_left_out(tmp_path: Path) -> None:
    for name in ("1", "2"):
        make(tmp_path, name, complete=True)()
    laboratory = Laboratory({})

    items = watched_items(
        tmp_path, {"1"}, Complete(0.0), single, idle=1.0, clock=laboratory.clock, sleep=laboratory.sleep
    )

    assert [item.key for item in items] == ["2"]


def test_a_list_waits_for_each_and_gives_up(tmp_path: Path) -> None:
    make(tmp_path, "2", complete=True)()
    laboratory = Laboratory({2.0: make(tmp_path, "1", complete=True)})
    items = [SeriesItem(name, tmp_path / name) for name in ("1", "2", "3")]
    found = []

    for item in settled_items(items, Complete(0.0), 5.0, single, sleep=laboratory.sleep):
        found.append((item.key, laboratory.now))

    assert found == [("1", 2.0), ("2", 2.0), ("3", 7.0)]


def test_an_array_that_grows_gives_each_row_once_the_next_has_begun(tmp_path: Path) -> None:
    make(tmp_path, "1", complete=False)()
    rows = [0]

    def add() -> None:
        rows[0] += 1

    laboratory = Laboratory(
        {1.0: add, 2.0: add, 4.0: add, 6.0: make(tmp_path, "1", complete=True), 9.0: make(tmp_path, "2", complete=True)}
    )

    def expand(item: SeriesItem) -> ExpandedEntry:
        if item.key != "1":
            return single(item)
        return ExpandedEntry(tuple(SeriesItem(f"1::{row}", item.path) for row in range(rows[0])), False)

    found = [
        (item.key, laboratory.now)
        for item in watched_items(
            tmp_path, {"1::0"}, Complete(0.0), expand, idle=5.0, clock=laboratory.clock, sleep=laboratory.sleep
        )
    ]

    # The last row comes when the files do not change, and an array that was stopped holds back nothing.
    assert found == [("1::1", 4.0), ("1::2", 6.0), ("2", 9.0)]


def test_a_folder_that_stays_empty(tmp_path: Path) -> None:
    laboratory = Laboratory({})
    items = watched_items(
        tmp_path, set(), Complete(0.0), single, idle=3.0, clock=laboratory.clock, sleep=laboratory.sleep
    )

    with pytest.raises(SpectrumError, match="no spectrum came within 3 s"):
        next(items)


def test_a_folder_that_is_an_array_ends_with_its_last_row(tmp_path: Path) -> None:
    make(tmp_path, "1", complete=True)()
    laboratory = Laboratory({})

    def expand(item: SeriesItem) -> ExpandedEntry:
        return ExpandedEntry(tuple(SeriesItem(f"{item.key}::{row}", item.path) for row in range(3)), True)

    items = watched_items(
        tmp_path / "1", set(), Complete(0.0), expand, idle=None, clock=laboratory.clock, sleep=laboratory.sleep
    )

    assert [item.key for item in items] == ["1::0", "1::1", "1::2"]
