from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from specmol_core.errors import SpecmolError
from specmol_core.monitoring.times import given_times


@pytest.mark.parametrize(
    ("name", "text", "times"),
    [
        ("times.txt", "0\n90\n\n200.5\n", [0.0, 90.0, 200.5]),
        ("times.csv", "row,time_s\n1,5\n2,7\n", [5.0, 7.0]),
        ("vdlist", "0\n500m\n2s\n", [0.0, 0.5, 2.0]),
    ],
)
def test_a_file_of_times(tmp_path: Path, name: str, text: str, times: list[float]) -> None:
    (tmp_path / name).write_text(text)

    found = given_times(str(tmp_path / name))

    assert [found.at(place) for place in range(len(times))] == times
    assert found.at(len(times)) is None


def test_dates(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date\n2026-11-30T12:00:00\n2026-11-30T12:10:00\n")

    found = given_times(str(tmp_path / "a.csv"))

    assert found.at(0) == datetime(2026, 11, 30, 12).timestamp()


def test_a_distance() -> None:
    assert [given_times("12.5").at(place) for place in (0, 1, 4)] == [0.0, 12.5, 50.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [("0", "above 0"), ("-5", "above 0"), ("nan", "above 0"), ("none.csv", "cannot be read"),
     ("soon.csv", "line 2: the time 'soon' is neither"), ("vdlist", "no list of delays"), ("empty.csv", "no time")],
)  # fmt: skip
def test_times_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("soon.csv").write_text("time\nsoon\n")
    Path("vdlist").write_text("10x\n")
    Path("empty.csv").write_text("\n")

    with pytest.raises(SpecmolError, match=words):
        given_times(text)


def test_a_cell_that_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("1\n" + "2" * 200_000)

    with pytest.raises(SpecmolError, match="line 2: is no CSV"):
        given_times(str(tmp_path / "times.csv"))
