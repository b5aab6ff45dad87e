from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import line_pattern, render_peaks

AXIS = PpmAxis(10.0, 0.0, 65_536)
CARBON = PpmAxis(230.0, -2.0, 65_536)


def maxima(trace: np.ndarray, axis: PpmAxis = AXIS, share: float = 0.05) -> np.ndarray:
    inner = (trace[1:-1] > trace[:-2]) & (trace[1:-1] >= trace[2:]) & (trace[1:-1] > share * trace.max())
    return axis.grid()[1:-1][inner]


@pytest.mark.parametrize("shift", [0.9, 2.17, 7.26])
def test_singlet_is_one_line_at_its_shift(shift: float) -> None:
    found = maxima(render_peaks([Peak(shift, 1.0, None, "s", (), 3.0)], "1H", 400.0, AXIS))

    assert found == pytest.approx([shift], abs=AXIS.step)


def test_line_is_the_lorentzian_of_the_definition() -> None:
    trace = render_peaks([Peak(5.0, 1.0, 4.0)], "1H", 400.0, AXIS)
    peak = AXIS.grid()[trace.argmax()]
    # The width is rounded to a power of 1.25.
    inside = AXIS.grid()[trace > trace.max() / 2]
    width = (inside.max() - inside.min() + AXIS.step) * 400.0
    half = width / 2 / 400.0
    expected = trace.max() * half**2 / ((AXIS.grid() - peak) ** 2 + half**2)

    assert width == pytest.approx(4.0, rel=0.13)
    assert trace.max() == pytest.approx(1.0, rel=0.05)
    assert np.abs(trace - expected).max() < 0.02 * trace.max()


@pytest.mark.parametrize("frequency", [60.0, 400.0, 800.0])
def test_doublet_is_split_by_its_coupling(frequency: float) -> None:
    found = maxima(render_peaks([Peak(5.0, 1.0, None, "d", (8.0,), 1.0)], "1H", frequency, AXIS), share=0.5)

    assert len(found) == 2
    assert (found[0] - found[1]) * frequency == pytest.approx(8.0, abs=2 * AXIS.step * frequency)


@pytest.mark.parametrize(
    ("multiplicity", "couplings", "offsets", "shares"),
    [
        ("t", (7.0,), [-7, 0, 7], [1, 2, 1]),
        ("q", (7.0,), [-10.5, -3.5, 3.5, 10.5], [1, 3, 3, 1]),
        ("dd", (10.0, 2.0), [-6, -4, 4, 6], [1, 1, 1, 1]),
        ("dt", (10.0, 2.0), [-7, -5, -3, 3, 5, 7], [1, 2, 1, 1, 2, 1]),
        ("t", (9.0, 7.0), [-8, -1, 1, 8], [1, 1, 1, 1]),
        ("app d", (6.0,), [-3, 3], [1, 1]),
    ],
)
def test_pattern_matches_the_textbook(
    multiplicity: str, couplings: tuple[float, ...], offsets: list[float], shares: list[float]
) -> None:
    positions, areas = line_pattern(Peak(1.0, 1.0, None, multiplicity, couplings), "1H")
    order = np.argsort(positions)

    assert positions[order] == pytest.approx(offsets)
    assert areas[order] == pytest.approx(np.array(shares) / sum(shares))


@pytest.mark.parametrize("multiplicity", ["", "s", "d", "dddd", "m", "br s", "sept", "ABq", "tdd", "dqquint", "non"])
def test_areas_are_the_numbers_of_protons(multiplicity: str) -> None:
    peaks = [Peak(7.0, 1.0, None, multiplicity, (), 2.0), Peak(3.0, 1.0, None, "s", (), 3.0)]
    trace = render_peaks(peaks, "1H", 400.0, AXIS)
    middle = len(trace) // 2

    assert trace[:middle].sum() / trace[middle:].sum() == pytest.approx(2 / 3, rel=0.03)


def test_range_of_a_multiplet_is_filled_and_not_left() -> None:
    trace = render_peaks([Peak(7.36, 1.0, 32.0, "m", (), 5.0)], "1H", 400.0, AXIS)
    inside = AXIS.grid()[trace > 0.3 * trace.max()]

    assert inside.max() == pytest.approx(7.40, abs=0.01)
    assert inside.min() == pytest.approx(7.32, abs=0.01)


def test_carbon_is_split_by_a_printed_coupling_only() -> None:
    off_resonance = render_peaks([Peak(60.0, 1.0, None, "t")], "13C", 101.0, CARBON)
    fluorine = render_peaks([Peak(160.0, 1.0, None, "d", (245.0,))], "13C", 101.0, CARBON)

    assert len(maxima(off_resonance, CARBON)) == 1
    assert np.ptp(maxima(fluorine, CARBON)) == pytest.approx(245 / 101, abs=2 * CARBON.step)


def test_negative_line_points_down() -> None:
    trace = render_peaks([Peak(60.0, -1.0, None), Peak(20.0, 1.0, None)], "13C", 101.0, CARBON)

    assert trace.min() == pytest.approx(-1.0, rel=0.05)
    assert trace.max() == pytest.approx(1.0, rel=0.05)


def test_line_outside_the_axis_is_left_out() -> None:
    trace = render_peaks([Peak(30.0, 1.0, None), Peak(5.0, 1.0, None)], "1H", 400.0, AXIS)

    assert maxima(trace, share=0.001) == pytest.approx([5.0], abs=AXIS.step)
