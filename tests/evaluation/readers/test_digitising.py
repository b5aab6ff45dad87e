from __future__ import annotations

import numpy as np
import pytest

from specmol_core.evaluation.readers.digitising import digitising_errors, strongest_lines
from specmol_core.evaluation.readers.plot_styles import STYLES, PlotStyle
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

LINES = [(8.02, 0.4), (7.41, 0.9), (3.88, 1.0), (2.31, 0.7), (0.94, 0.5)]


def spectrum(points: int = 32_768) -> Spectrum:
    axis = PpmAxis(9.37, -0.41, points)
    x = axis.grid()
    trace = sum(h * 0.002**2 / ((x - s) ** 2 + 0.002**2) for s, h in LINES)
    return Spectrum("1H", axis, np.asarray(trace, dtype=np.float32))


def test_strongest_lines_are_at_their_shifts() -> None:
    lines = strongest_lines(spectrum(), (9.37, -0.41), column=0.01)

    np.testing.assert_allclose(np.sort(lines), sorted(shift for shift, _ in LINES), atol=1e-3)


def test_lines_outside_the_window_and_weak_ones_are_left_out() -> None:
    lines = strongest_lines(spectrum(), (7.8, 2.0), column=0.01, min_height=0.8)

    np.testing.assert_allclose(np.sort(lines), [3.88, 7.41], atol=1e-3)


@pytest.mark.parametrize("name", ["mnova", "nmrium", "small jpeg"])
def test_plot_is_read_correctly(name: str) -> None:
    pytest.importorskip("onnxruntime")
    style = next(style for style in STYLES if style.name == name)

    errors = digitising_errors(spectrum(), style, smiles="CCO")

    assert errors.failure == ""
    assert errors.axis_is_right
    assert not errors.axis_is_wrong
    assert errors.recovered_share == 1.0
    assert errors.median <= 0.0005


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_style_is_read_correctly(style: PlotStyle) -> None:
    pytest.importorskip("onnxruntime")

    errors = digitising_errors(spectrum(), style, smiles="CCO")

    assert errors.axis_is_right
    assert errors.median <= 0.0005


def test_unreadable_image_is_reported() -> None:
    blurred = PlotStyle("tiny text", 600, 400, 4)

    errors = digitising_errors(spectrum(), blurred)

    assert not errors.axis_is_wrong
    assert errors.axis_is_right or errors.failure
