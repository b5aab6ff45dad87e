from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from specmol_core.spectra.readers.images.trace import read_heights
from specmol_core.spectra.readers.source import RefusedError

WIDTH, HEIGHT, BASE = 300, 200, 180


def blank() -> np.ndarray:
    return np.zeros((HEIGHT, WIDTH), dtype=np.uint8)


def filled(heights: dict[int, float]) -> np.ndarray:
    """Strokes on a baseline one row thick, each with a grey top pixel."""
    density = blank()
    density[BASE] = 255
    for column, height in heights.items():
        density[BASE - int(height) : BASE, column] = 255
        density[BASE - int(height) - 1, column] = round(255 * (height % 1))
    return density


def test_heights_of_strokes_keep_fractions_of_a_row() -> None:
    wanted = {40: 100.0, 90: 50.25, 150: 10.5, 220: 33.75}

    heights = read_heights(filled(wanted)).heights

    expected = np.zeros(WIDTH)
    expected[list(wanted)] = list(wanted.values())
    np.testing.assert_allclose(heights, expected, atol=0.01)


def test_line_half_way_between_rows_is_flat() -> None:
    density = filled({100: 80.0})
    density[BASE, :] = 90
    density[BASE + 1, :] = 165
    density[BASE, 100] = 255

    heights = read_heights(density).heights

    assert not heights[:99].any()
    assert heights[100] == pytest.approx(80.35, abs=0.5)


def test_anti_aliased_side_of_a_stroke_is_not_a_signal() -> None:
    density = filled({100: 80.0})
    density[BASE - 80 : BASE, 101] = 100

    heights = read_heights(density).heights

    np.testing.assert_array_equal(np.flatnonzero(heights), [100])


def test_thin_stroke_shared_by_two_columns_survives() -> None:
    density = filled({})
    density[BASE - 80 : BASE, 100:102] = 110

    np.testing.assert_allclose(read_heights(density).heights[100:102], 80.0, atol=0.01)


def test_sticks_without_baseline() -> None:
    density = blank()
    density[60:BASE, 20] = 255
    density[150:BASE, 200] = 255

    heights = read_heights(density).heights

    assert heights[20] == pytest.approx(120)
    assert heights[200] == pytest.approx(30)
    assert np.count_nonzero(heights) == 2


def test_noise_is_on_the_baseline() -> None:
    rng = np.random.default_rng(0)
    y = BASE - rng.normal(scale=1.5, size=3000)
    y[1500] = 60
    image = Image.fromarray(blank())
    ImageDraw.Draw(image).line([(i / 10, v) for i, v in enumerate(y)], fill=255)

    heights = read_heights(np.asarray(image)).heights

    assert heights[150] == pytest.approx(120, abs=4)
    assert np.abs(np.delete(heights, range(148, 153))).max() < 6


@pytest.mark.parametrize(("depth", "signed"), [(10, False), (60, True)])
def test_signal_below_the_baseline_is_negative(depth: int, signed: bool) -> None:
    density = filled({40: 100.0})
    density[BASE : min(BASE + depth, HEIGHT), 90] = 255
    density = np.vstack([density, np.zeros((100, WIDTH), dtype=np.uint8)])
    density[BASE : BASE + depth + 1, 90] = 255

    trace = read_heights(density)

    assert trace.heights[90] == pytest.approx(-depth)
    assert trace.signed is signed


def test_flat_line_and_block_are_refused() -> None:
    with pytest.raises(RefusedError, match="no signal rises"):
        read_heights(filled({}))
    with pytest.raises(RefusedError, match="solid block"):
        read_heights(filled(dict.fromkeys(range(100, 220), 90.0)))
