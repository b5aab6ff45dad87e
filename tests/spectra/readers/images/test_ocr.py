from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.readers.images import ocr
from specmol_core.spectra.readers.source import RefusedError

pytest.importorskip("onnxruntime")
if importlib.util.find_spec("rapidocr") is None:  # not imported, because that takes a second
    pytest.skip("rapidocr is not installed", allow_module_level=True)


def word(text: str, size: int) -> np.ndarray:
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    margin = size // 4 + 1
    image = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, font=font, fill=0)
    return np.asarray(image)


@pytest.mark.parametrize("size", [10, 14, 24])
def test_labels_are_read(size: int) -> None:
    texts = ["0.5", "7.0", "10", "-10", "220", "180", "3.5", "96"]

    readings = ocr.recognise_text([word(text, size) for text in texts])

    assert [reading.text for reading in readings] == texts
    assert min(reading.probability for reading in readings) > 0.5


def test_no_words_and_blank_words_give_no_text() -> None:
    assert ocr.recognise_text([]) == []
    assert ocr.recognise_text([np.full((20, 30), 255, dtype=np.uint8)])[0].text == ""


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ocr._model.cache_clear()
    monkeypatch.setattr(ocr.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(RefusedError, match=r"pip install rapidocr onnxruntime.*--h1-range"):
        ocr.recognise_text([word("1", 20)])
