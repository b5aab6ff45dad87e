from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from specmol_core.spectra.readers.images.straighten import straighten


def plot() -> Image.Image:
    image = Image.new("RGB", (900, 400), "white")
    draw = ImageDraw.Draw(image)
    draw.line((20, 300, 400, 300, 402, 60, 404, 300, 880, 300), fill="black", width=2)
    draw.line((20, 340, 880, 340), fill="black", width=2)
    return image


def test_level_image_is_unchanged() -> None:
    rgb = np.asarray(plot())

    sheet = straighten(rgb)

    assert sheet.degrees == 0.0
    np.testing.assert_array_equal(sheet.rgb, rgb)


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [-4.0, -2.0, -0.3, 0.3, 1.0, 2.0, 4.0])
def test_tilted_image_is_turned_level(degrees: float) -> None:
    askew = plot().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")

    sheet = straighten(np.asarray(askew))

    assert sheet.degrees == pytest.approx(-degrees, abs=0.05)
    assert (sheet.ink.density > 100).mean(axis=1).max() > 0.85  # the axis is on one row


def test_uneven_grainy_paper_becomes_white() -> None:
    tones = np.asarray(plot(), dtype=np.float64) * np.linspace(0.95, 0.75, 900)[None, :, None]
    noisy = np.clip(tones + np.random.default_rng(1).normal(scale=5, size=(400, 900, 1)), 0, 255).astype(np.uint8)

    sheet = straighten(noisy)

    # One pixel in a thousand may be noise; the lines are kept.
    paper = np.asarray(plot().convert("L")) == 255
    assert (sheet.ink.density[paper] > 0).mean() < 1e-3
    assert (sheet.ink.density[~paper] > 100).mean() > 0.95
