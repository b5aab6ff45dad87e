from __future__ import annotations

from typing import Any

import pytest

from specmol_core.monitoring.plateaus import plateaus


def rows(steady: str, shares: list[float]) -> list[dict[str, Any]]:
    return [
        {"spectrum": str(k), "time_s": 10.0 * k, "steady": mark == "s", "a": share, "b": 1 - share}
        for k, (mark, share) in enumerate(zip(steady, shares, strict=True))
    ]


def test_two_mixtures_that_arrive_one_after_the_other() -> None:
    series = rows("-------ss----ss", [0.5, 0.4, 0.3, *[0.2] * 6, 0.6, *[0.8] * 5])

    first, second = plateaus(series, ["a", "b"])

    assert (first.first, first.last, first.from_s, first.to_s, first.spectra) == ("3", "8", 30.0, 80.0, 6)
    assert first.fractions == pytest.approx({"a": 0.2, "b": 0.8})
    # The second plateau does not reach back into the first one.
    assert (second.first, second.last) == ("9", "14")


@pytest.mark.parametrize("steady", ["", "----"])
def test_no_plateau(steady: str) -> None:
    assert plateaus(rows(steady, [0.1] * len(steady)), ["a", "b"]) == []


def test_a_series_that_was_read_back_from_a_table() -> None:
    series = [row | {"steady": str(row["steady"])} for row in rows("----s", [0.3] * 5)]

    assert [plateau.spectra for plateau in plateaus(series, ["a"])] == [5]
