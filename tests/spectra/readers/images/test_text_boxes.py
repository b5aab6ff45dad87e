from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.readers.images.text_boxes import find_text_rows, has_marks_below


def written(texts: list[str], size: int = 16, gap: int = 90) -> np.ndarray:
    image = Image.new("L", (gap * len(texts) + gap, 60), 0)
    font = ImageFont.load_default(size)
    for number, text in enumerate(texts):
        ImageDraw.Draw(image).text((gap * (number + 1), 30), text, font=font, fill=255, anchor="mm")
    return np.asarray(image)


@pytest.mark.parametrize("size", [10, 16, 30])
def test_each_number_is_one_word(size: int) -> None:
    (row,) = find_text_rows(written(["11.5", "1.1", "0.0", "-1.5", "200"], size))

    assert len(row) == 5
    np.testing.assert_allclose([word.middle for word in row], 90 * np.arange(1, 6), atol=0.12 * size)


def test_minus_belongs_to_its_number() -> None:
    (row,) = find_text_rows(written(["1", "0", "-1"]))

    assert row[2].right - row[2].left > 1.5 * (row[1].right - row[1].left) - 2


def test_two_words_make_no_row() -> None:
    assert find_text_rows(written(["1", "2"])) == []


def test_blank_paper_has_no_rows() -> None:
    assert find_text_rows(np.zeros((50, 80), dtype=np.uint8)) == []


@pytest.mark.parametrize("texts", [["7", "6", "5"], ["7.5", "7.0"]])
def test_marks_below_a_line_are_seen_however_small_and_few(texts: list[str]) -> None:
    small = written(texts, size=5)
    density = np.zeros((160, small.shape[1]), dtype=np.uint8)
    density[95] = 255
    density[100:] = small

    assert has_marks_below(density)
    assert not has_marks_below(density[:100])
    assert not has_marks_below(density[::-1])
