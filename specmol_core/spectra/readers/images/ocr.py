"""Recognise printed words with the PP-OCR model that rapidocr ships, run by onnxruntime alone."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specmol_core.spectra.readers.images.text_boxes import TextBox
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["RecognisedText", "recognise_text", "word_image"]

_INPUT_ROWS = 48
"""Height of the model's input."""
_MIN_WIDTH, _MAX_WIDTH = 48, 480
_BATCH = 16
_NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Variable of the environment that switches the telemetry of onnxruntime off."""


class RecognisedText(NamedTuple):
    """The text of a word."""

    text: str
    probability: float
    """Probability of the least certain character; 0 for no text."""


def recognise_text(words: Sequence[NDArray[np.uint8]]) -> list[RecognisedText]:
    """Recognise words, one image each; return their texts in the same order.

    Parameters
    ----------
    words
        Grey tones (height, width), dark ink on white.

    Raises
    ------
    RefusedError
        If the packages for reading text are not installed.
    """
    session, characters = _model()
    inputs = [_scaled(word) for word in words]
    order = sorted(range(len(inputs)), key=lambda i: inputs[i].shape[1])
    texts = [RecognisedText("", 0.0)] * len(inputs)
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        widest = max(inputs[i].shape[1] for i in part)
        batch = np.zeros((len(part), 3, _INPUT_ROWS, widest), dtype=np.float32)
        for row, i in enumerate(part):
            batch[row, :, :, : inputs[i].shape[1]] = inputs[i]
        (scores,) = session.run(None, {session.get_inputs()[0].name: batch})
        for i, score in zip(part, scores, strict=True):
            texts[i] = _decode(score, characters)
    return texts


def word_image(density: NDArray[np.uint8], word: TextBox) -> NDArray[np.uint8]:
    """Cut out a word, in full contrast on white and with a margin: grey tones (height, width)."""
    part = density[max(word.top - 1, 0) : word.bottom + 1, max(word.left - 1, 0) : word.right + 1].astype(np.float64)
    margin = max(2, round(0.25 * word.height))
    return np.asarray(255 - np.pad(part, margin) * (255 / max(part.max(), 1)), dtype=np.uint8)


def _scaled(word: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale a word to the height of the model, tones from -1 to 1 (48, width)."""
    height, width = word.shape
    scaled_width = int(np.clip(round(width * _INPUT_ROWS / height), _MIN_WIDTH, _MAX_WIDTH))
    image = Image.fromarray(word).resize((scaled_width, _INPUT_ROWS), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32) / 127.5 - 1.0


def _decode(scores: NDArray[np.float32], characters: Sequence[str]) -> RecognisedText:
    """Decode greedily (connectionist temporal classification): repeats merge, class 0 is blank."""
    best = scores.argmax(axis=1)
    new = (best > 0) & (best != np.concatenate([[0], best[:-1]]))
    if not new.any():
        return RecognisedText("", 0.0)
    text = "".join(characters[k] for k in best[new])
    return RecognisedText(text, float(scores.max(axis=1)[new].min()))


@lru_cache(maxsize=1)
def _model() -> tuple[Any, tuple[str, ...]]:
    """The network and its alphabet; loading takes about a quarter of a second."""
    package = importlib.util.find_spec("rapidocr")
    path = next(Path(package.origin).parent.glob("models/*rec*.onnx"), None) if package and package.origin else None
    if path is None or importlib.util.find_spec("onnxruntime") is None:
        raise RefusedError(
            "the image has labels, and the packages that read them are not installed: "
            "pip install rapidocr onnxruntime, or name the range it shows with --h1-range or --c13-range"
        )
    # As it is imported, onnxruntime would write an identity of the machine and a database of events into the cache
    # of the user, and send the events seconds later. Its own function to end this comes after the import.
    os.environ[_NO_TELEMETRY] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    characters = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    return session, ("", *characters, " ")
