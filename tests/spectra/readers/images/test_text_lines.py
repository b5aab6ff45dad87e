"""Lines of text on a picture."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.readers.images.text_boxes import TextBox
from specmol_core.spectra.readers.images.text_lines import find_text_lines


def picture(*texts: tuple[int, int, str, int]) -> np.ndarray:
    image = Image.new("L", (900, 300), 255)
    for left, top, text, size in texts:
        ImageDraw.Draw(image).text((left, top), text, font=ImageFont.load_default(size), fill=0)
    return np.asarray(255 - np.asarray(image))


def test_raised_and_lowered_characters_belong_to_their_line() -> None:
    (line,) = find_text_lines(picture((20, 18, "13", 12), (36, 22, "C NMR in CDCl", 18), (158, 32, "3", 12)))

    assert len(line.characters) == 13
    assert line.left < 24
    assert line.right > 160


def test_distant_texts_and_rows_are_lines_of_their_own() -> None:
    lines = find_text_lines(picture((20, 20, "SOLVENT", 16), (300, 20, "CDCl3", 16), (20, 60, "NUCLEUS", 16)))

    assert sorted((line.top // 30, len(line.characters)) for line in lines) == [(0, 5), (0, 7), (2, 7)]


def test_long_line_is_cut_between_words() -> None:
    (line,) = find_text_lines(picture((20, 20, "1H NMR (400 MHz, CDCl3) of the product after chromatography", 18)))

    parts = line.parts()
    assert len(parts) > 3
    assert all(after.left - before.right > 0.3 * line.height for before, after in pairwise(parts))


def test_text_that_is_read_already_is_left_out() -> None:
    density = picture((20, 20, "8.0 7.5 7.0", 16), (20, 100, "ppm", 16))

    assert len(find_text_lines(density)) == 2
    assert len(find_text_lines(density, [TextBox(0, 0, 900, 60)])) == 1
