from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.readers.images import ocr
from specmol_core.spectra.readers.source import RefusedError

ROOT = Path(__file__).parents[4]

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


_READ_A_WORD = """
import time, numpy as np
from specmol_core.spectra.readers.images.ocr import recognise_text
recognise_text([np.full((20, 30), 255, dtype=np.uint8)])
time.sleep({seconds})
"""


def read_a_word(home: Path, *before: str, seconds: int = 0) -> None:
    """Load the model in a process of its own, whose user has an empty home."""
    hidden = ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    code = _READ_A_WORD.format(seconds=seconds)
    subprocess.run([*before, sys.executable, "-c", code], env=environment, cwd=home, check=True, timeout=120)


@pytest.mark.slow
def test_no_file_is_left_in_the_home_of_the_user(tmp_path: Path) -> None:
    read_a_word(tmp_path)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_name_is_looked_up_and_no_socket_opened(tmp_path: Path) -> None:
    """With its telemetry, onnxruntime looks up a host nine seconds after its import."""
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()

    read_a_word(home, "strace", "-f", "-qq", "-e", "trace=%network,openat", "-o", str(trace), seconds=12)

    calls = trace.read_text()
    assert "onnxruntime" in calls
    assert re.findall(r"(?:socket|connect|sendto)\(.*|.*resolv\.conf.*", calls) == []
