from __future__ import annotations

import pytest

from specmol_core.spectra.analysis.trifluoromethyl import join_quartets
from specmol_core.spectra.peaks import Peak

MHZ = 100.6


def quartet(ppm: float, j_hz: float, heights: tuple[float, ...] = (1, 3, 3, 1), bend_hz: float = 0.0) -> list[Peak]:
    offsets = (-1.5 * j_hz, -0.5 * j_hz, 0.5 * j_hz, 1.5 * j_hz + bend_hz)
    return [Peak(ppm + o / MHZ, h, 2.0) for o, h in zip(offsets, heights, strict=True)]


def line(ppm: float, height: float = 10.0) -> Peak:
    return Peak(ppm, height, 2.0)


def shifts(peaks: list[Peak]) -> list[float]:
    return sorted(round(p.ppm, 2) for p in join_quartets(peaks, MHZ))


def test_a_cf3_group_and_its_neighbour_are_two_carbons() -> None:
    peaks = [line(17.3), *quartet(124.8, 281.0), *quartet(66.7, 31.0, (1.2, 2.8, 3.1, 0.9))]

    assert shifts(peaks) == [17.3, 66.7, 124.8]


def test_the_carbon_of_a_triflate_is_one_line() -> None:
    assert shifts([line(46.2), *quartet(120.7, 320.4)]) == [46.2, 120.7]


def test_the_joined_line_has_the_height_of_its_four() -> None:
    (result,) = join_quartets(quartet(124.8, 281.0), MHZ)

    assert result.height == pytest.approx(8.0)
    assert result.width_hz == 2.0


def test_lines_inside_a_quartet_are_kept() -> None:
    assert shifts([*quartet(124.0, 272.0), line(124.9), line(127.3)]) == [124.0, 124.9, 127.3]


@pytest.mark.parametrize(
    "lines",
    [
        quartet(124.8, 281.0, (3, 3, 3, 3)),
        quartet(124.8, 281.0, (0.1, 3, 3, 1)),
        quartet(124.8, 281.0, (1, 3, 1, 1)),
        quartet(124.8, 281.0, bend_hz=9.0),
        quartet(124.8, 281.0)[:3],
        quartet(124.8, 160.0),
        quartet(66.7, 31.0),
    ],
    ids=["even heights", "faint end", "uneven middle", "uneven gaps", "three lines", "another J", "neighbour alone"],
)
def test_other_lines_are_kept(lines: list[Peak]) -> None:
    assert shifts(lines) == sorted(round(p.ppm, 2) for p in lines)


def test_a_line_belongs_to_one_quartet() -> None:
    both = [*quartet(124.0, 272.0), *quartet(124.6, 285.0)]

    assert shifts(both) == [124.0, 124.6]


def test_no_lines_give_no_lines() -> None:
    assert join_quartets([], MHZ) == []
