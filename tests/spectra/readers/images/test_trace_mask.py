from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from specmol_core.spectra.readers.images.trace_mask import find_trace, inked_columns, most_common_row
from specmol_core.spectra.readers.source import RefusedError

WIDTH, HEIGHT, BASE = 300, 200, 180


def canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (WIDTH, HEIGHT), 0)
    return image, ImageDraw.Draw(image)


def spectrum() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image, draw = canvas()
    draw.line([(0, BASE), (100, BASE), (100, 40), (101, BASE), (WIDTH, BASE)], fill=255)
    return image, draw


def test_plain_trace_is_kept_whole() -> None:
    density = np.asarray(spectrum()[0])

    trace, used, notes = find_trace(density)

    np.testing.assert_array_equal(trace, density > 0)
    assert used.all()
    assert notes == []


def test_frame_is_left_out() -> None:
    image, draw = spectrum()
    bare = np.asarray(image) > 0
    draw.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=255, width=2)

    trace, used, _ = find_trace(np.asarray(image))

    np.testing.assert_array_equal(np.flatnonzero(~used), [0, 1, WIDTH - 2, WIDTH - 1])
    np.testing.assert_array_equal(trace[:, used], bare[:, used])


def test_axis_below_the_trace_is_left_out() -> None:
    image, draw = spectrum()
    bare = np.asarray(image) > 0
    draw.line((0, HEIGHT - 2, WIDTH, HEIGHT - 2), fill=255)

    np.testing.assert_array_equal(find_trace(np.asarray(image))[0], bare)


def test_baseline_on_the_last_row_is_not_a_frame() -> None:
    image, draw = canvas()
    draw.line((0, HEIGHT - 1, WIDTH, HEIGHT - 1), fill=255)
    draw.line((100, 40, 100, HEIGHT - 1), fill=255)

    assert find_trace(np.asarray(image))[0][HEIGHT - 1].all()


def test_lone_line_at_the_low_edge_is_a_signal() -> None:
    image, draw = spectrum()
    draw.line((WIDTH - 3, 0, WIDTH - 3, HEIGHT - 1), fill=255)

    trace, used, _ = find_trace(np.asarray(image))

    assert used.all()
    assert trace[:, WIDTH - 3].all()


def test_label_and_speck_are_left_out_with_a_warning() -> None:
    image, draw = spectrum()
    bare = np.asarray(image) > 0
    draw.rectangle((200, 20, 215, 30), fill=255)
    draw.point((50, 50), fill=255)

    trace, _, notes = find_trace(np.asarray(image))

    np.testing.assert_array_equal(trace, bare)
    assert "not connected with the trace" in notes[0]


def test_sticks_on_a_common_row_are_a_trace() -> None:
    image, draw = canvas()
    for x, top in ((20, 150), (100, 40), (250, 90)):
        draw.line((x, top, x, BASE), fill=255)

    trace, _, _ = find_trace(np.asarray(image))

    np.testing.assert_array_equal(np.flatnonzero(inked_columns(trace)), [20, 100, 250])


def test_blank_margins_give_a_warning() -> None:
    image, draw = canvas()
    draw.line([(20, BASE), (100, BASE), (100, 40), (101, BASE), (280, BASE)], fill=255)

    assert "13% of the width blank" in find_trace(np.asarray(image))[2][0]


def test_empty_frame_is_refused() -> None:
    image, draw = canvas()
    draw.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=255, width=1)
    density = np.asarray(image).copy()
    density[-1] = 0

    with pytest.raises(RefusedError, match="only a frame"):
        find_trace(density)


def checkerboard(draw: ImageDraw.ImageDraw) -> None:
    for x in range(0, WIDTH, 20):
        for y in range(0, HEIGHT, 20):
            draw.rectangle((x, y, x + 9, y + 9), fill=255)


@pytest.mark.parametrize(
    "scribble",
    [
        lambda draw: [draw.text((10, 12 * k), "a page of text, and no spectrum", fill=255) for k in range(16)],
        lambda draw: draw.text((10, 80), "one line", fill=255, font_size=50),
        lambda draw: draw.ellipse((0, 5, WIDTH - 1, HEIGHT - 5), outline=255, width=2),
        lambda draw: draw.ellipse((60, 20, 240, 180), fill=255),
        lambda draw: draw.line((0, 0, WIDTH, HEIGHT), fill=255, width=2),
        lambda draw: [draw.regular_polygon((40 + 55 * k, 100, 40), 6, outline=255) for k in range(5)],
        checkerboard,
    ],
    ids=["page", "words", "ring", "disc", "diagonal", "hexagons", "checkerboard"],
)
def test_other_drawings_are_refused(scribble) -> None:
    image, draw = canvas()
    scribble(draw)

    with pytest.raises(RefusedError, match="no trace of a spectrum"):
        find_trace(np.asarray(image))


def test_commonest_is_the_mode_not_the_mean() -> None:
    assert most_common_row(np.array([10.0] * 30 + list(np.linspace(50, 150, 70)))) == 10.0
    assert most_common_row(np.array([3.25])) == 3.25
