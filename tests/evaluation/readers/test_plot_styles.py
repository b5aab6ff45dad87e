from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from specmol_core.evaluation.readers.plot_styles import STYLES, PlotStyle, plot_spectrum
from specmol_core.evaluation.readers.scanned_plot import scan
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

WINDOW = (10.0, 0.0)


def spectrum() -> Spectrum:
    axis = PpmAxis(*WINDOW, 16_384)
    x = axis.grid()
    trace = sum(h * 0.003**2 / ((x - s) ** 2 + 0.003**2) for s, h in [(7.3, 0.6), (7.1, 0.5), (3.7, 1.0), (1.2, 0.8)])
    return Spectrum("1H", axis, np.asarray(trace, dtype=np.float32))


def test_there_are_enough_styles() -> None:
    assert len(STYLES) >= 6
    assert len({style.name for style in STYLES}) == len(STYLES)
    assert {min(s.width for s in STYLES), max(s.width for s in STYLES)} == {600, 3000}
    assert any(style.rotation_degrees == 2.0 for style in STYLES)
    assert any(style.jpeg_quality for style in STYLES)
    assert any(style.structure for style in STYLES)


@pytest.mark.slow
@pytest.mark.parametrize("style", [style for style in STYLES if style.width < 1500], ids=lambda style: style.name)
def test_style_draws_an_image(style: PlotStyle) -> None:
    content = plot_spectrum(spectrum(), style, WINDOW, smiles="CCO")

    with Image.open(io.BytesIO(content)) as image:
        assert image.format == ("JPEG" if style.jpeg_quality else "PNG")
        width, height = image.size
        if not style.rotation_degrees:
            assert (width, height) == (style.width, style.height)
        assert 0.003 < (np.asarray(image.convert("L")) < 128).mean() < 0.2


def test_strongest_line_is_at_its_axis_position() -> None:
    plain = PlotStyle("plain", 1000, 400, 12)
    single_line = replace(spectrum(), intensities=(np.abs(spectrum().axis.grid() - 2.5) < 0.002).astype(np.float32))

    with Image.open(io.BytesIO(plot_spectrum(single_line, plain, WINDOW))) as image:
        ink = 255 - np.asarray(image.convert("L"), dtype=float)

    column = float((ink[50:250].sum(axis=0) * (np.arange(1000) + 0.5)).sum() / ink[50:250].sum())
    left, right = 1.5 * 12, 1000 - 2.5 * 12
    assert column == pytest.approx(left + 0.75 * (right - left), abs=0.3)


def test_scan_is_rotated_and_grainy() -> None:
    image = Image.new("RGB", (400, 200), "white")

    page = np.asarray(scan(image, 2.0, np.random.default_rng(0)))

    assert page.shape[0] > 200
    assert 3 < page[50:150, 50:350].std() < 15
    assert page.mean() < 245
