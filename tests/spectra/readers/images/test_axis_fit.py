from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specmol_core.spectra.readers.images.axis_fit import TickLabel, fit_labels, snap_to_ticks


def labels(values, slope=-0.01, offset=10.0) -> list[TickLabel]:
    return [TickLabel((value - offset) / slope, value) for value in values]


def test_axis_is_found_among_misread_labels() -> None:
    read = [*labels([9.0, 8.0, 7.0, 6.0, 5.0]), TickLabel(600.0, 40.0), TickLabel(700.0, 8.0)]

    fit = fit_labels(read, tolerance=2.0)

    assert fit is not None
    assert len(fit.labels) == 5
    assert (fit.slope, fit.offset) == pytest.approx((-0.01, 10.0))
    assert fit.residual < 1e-6


@given(st.floats(-0.5, -0.002), st.floats(0, 250), st.sampled_from([0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0]))
def test_any_axis_is_found_from_whole_pixels(slope: float, offset: float, step: float) -> None:
    spread = -step / slope
    if spread < 20:
        return
    values = [step * k for k in range(8)]
    read = [TickLabel(float(round((v - offset) / slope)), v) for v in values]

    fit = fit_labels(read, tolerance=1.5)

    assert fit is not None
    assert len(fit.labels) == 8
    assert fit.slope == pytest.approx(slope, rel=1.2 / (7 * spread) * 2)


@pytest.mark.parametrize(
    "read",
    [
        [],
        labels([5.0, 4.0]),
        [TickLabel(100.0, 9.0), TickLabel(200.0, 5.0), TickLabel(300.0, 4.0)],  # no line through any three
        [TickLabel(100.0 * k, 100.0 / 2**k) for k in range(6)],  # logarithmic
        labels([7.31, 7.2, 6.93]),  # peak labels at their own shifts
    ],
)
def test_labels_without_an_axis_give_none(read: list[TickLabel]) -> None:
    assert fit_labels(read, tolerance=2.0) is None


def test_rising_numbers_give_a_rising_axis() -> None:
    fit = fit_labels([TickLabel(100.0 * k, float(k)) for k in range(5)], tolerance=2.0)

    assert fit is not None
    assert fit.slope > 0


def drawn_ticks(columns, height=40, width=1000) -> np.ndarray:
    """An axis line on rows 10 and 11, anti-aliased ticks two pixels wide below it, short ones in between."""
    density = np.zeros((height, width))
    density[10:12] = 255
    for length, positions in ((8, columns), (4, np.add(columns, 20.0))):
        for x in positions:
            edges = np.clip(np.minimum(np.arange(width) + 1, x + 1) - np.maximum(np.arange(width), x - 1), 0, 1)
            density[12 : 12 + length] += 255 * edges
    return np.clip(density, 0, 255).astype(np.uint8)


def test_ticks_refine_the_axis_to_a_fraction_of_a_pixel() -> None:
    true = 100.3 + 97.6 * np.arange(8)
    rough = [
        TickLabel(float(x) + error, 8.0 - k)
        for k, (x, error) in enumerate(zip(true, [1, -1, 2, 0, -2, 1, 0, 1], strict=True))
    ]
    fit = fit_labels(rough, tolerance=4.0)
    assert fit is not None

    sharp = snap_to_ticks(fit, drawn_ticks(true), (10, 12), top=24, height=12)

    assert sharp is not None
    np.testing.assert_allclose([label.x for label in sharp.labels], true, atol=0.04)
    assert sharp.slope == pytest.approx(-1 / 97.6, rel=1e-5)


def test_without_marks_nothing_is_refined() -> None:
    fit = fit_labels(labels([9.0, 8.0, 7.0]), tolerance=2.0)
    assert fit is not None
    blank = np.zeros((40, 1000), dtype=np.uint8)

    assert snap_to_ticks(fit, blank, (10, 12), top=24, height=12) is None
