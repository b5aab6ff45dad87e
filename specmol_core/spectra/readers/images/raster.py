"""Decode an image that may be hostile: PNG, JPEG or TIFF, with limits checked before decoding."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MAX_PIXELS", "Raster", "decode", "is_image"]

MAX_PIXELS = 50_000_000
"""Largest image that is decoded (pixels); an A4 page at 600 dots per inch has 35 million."""

_SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
_MIN_SIZE_PX = (64, 32)
_MAX_ASPECT = 4
"""Height, in widths, above which an image is on its side or not a spectrum."""
_PNG_END = b"IEND\xaeB`\x82"

# Without a handler, Python prints Pillow's warnings about damaged files to standard error.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Raster:
    """A decoded image."""

    rgb: NDArray[np.uint8]
    """Colours (height, width, 3), composited on white."""
    text: dict[str, str]
    """Text chunks of a PNG."""
    warnings: tuple[str, ...]


def is_image(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a PNG, JPEG or TIFF."""
    return head.startswith(tuple(mark for marks in _SIGNATURES.values() for mark in marks))


def decode(content: bytes) -> Raster:
    """Decode the first page of an image.

    Raises
    ------
    RefusedError
        If the image is truncated, damaged, too large, too small, or taller than 4 times its width.
    """
    notes: list[str] = []
    image_format = next(name for name, marks in _SIGNATURES.items() if content.startswith(marks))
    quiet = _silence() if image_format == "TIFF" else nullcontext()
    with quiet, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with Image.open(io.BytesIO(content), formats=list(_SIGNATURES)) as image:
                _check_size(*image.size)
                image.load()
                if getattr(image, "is_animated", False):
                    notes.append("the file holds several images; the first one was read")
                text = {k: v for k, v in image.info.items() if isinstance(k, str) and isinstance(v, str)}
                rgb = _rgb(image)
        except RefusedError:
            raise
        except Image.DecompressionBombError:
            raise RefusedError(_too_large("it")) from None
        except MemoryError:
            raise RefusedError("not enough memory for this image: save it smaller") from None
        # Pillow's decoders raise a dozen unrelated types on damaged input, none by our fault.
        except Exception as error:
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise RefusedError(
                f"truncated or damaged {image_format} ({reason}): save or export the image again"
            ) from error
    notes += sorted({f"while decoding: {' '.join(str(w.message).split())[:120]}" for w in caught})
    if image_format == "PNG" and _PNG_END not in content[-4096:]:
        notes.append("the PNG ends early, after its last pixel; it may be incomplete")
    return Raster(rgb, text if image_format == "PNG" else {}, tuple(notes))


@contextmanager
def _silence() -> Iterator[None]:
    """Drop what libtiff writes to standard error from C, which Python's handlers cannot catch."""
    try:
        saved_stderr = os.dup(2)
    except OSError:  # there is no standard error to keep clean
        yield
        return
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        os.close(sink)
        yield
    finally:
        os.dup2(saved_stderr, 2)
        os.close(saved_stderr)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise RefusedError(_too_large(f"{width:,} x {height:,}"))
    if width < _MIN_SIZE_PX[0] or height < _MIN_SIZE_PX[1]:
        raise RefusedError(
            f"{width} x {height} pixels are too few for a spectrum: at least {_MIN_SIZE_PX[0]} x "
            f"{_MIN_SIZE_PX[1]} are needed"
        )
    if height > _MAX_ASPECT * width:
        raise RefusedError(
            f"{width} x {height} pixels: too tall for a spectrum; turn or crop it so that the shift axis is horizontal"
        )


def _too_large(what: str) -> str:
    return f"{what} is more than {MAX_PIXELS // 10**6} million pixels: save the image smaller"


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith(("I", "F")):
        return np.repeat(_grey_to_8bit(image)[:, :, None], 3, axis=2)
    if "transparency" in image.info or image.mode in {"RGBA", "RGBa", "LA", "La", "PA"}:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        paper.alpha_composite(layer)
        image = paper
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _grey_to_8bit(image: Image.Image) -> NDArray[np.uint8]:
    """Scale 16 and 32 bit grey to 8 bit; Pillow's own conversion clips everything above 255."""
    values = np.asarray(image, dtype=np.float32)
    if not np.isfinite(values).all():
        raise RefusedError("the image holds pixels that are not numbers: save it as 8 bit PNG")
    low, high = float(values.min()), float(values.max())
    grey: NDArray[np.uint8] = np.rint((values - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)
    return grey
