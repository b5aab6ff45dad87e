"""The canonical image of a spectrum: the network's input, and PNG files that state their content."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.resample import column_extremes
from specmol_core.spectra.spectrum import Nucleus, Spectrum
from specmol_core.storage.atomic import atomic_write

__all__ = [
    "INK",
    "PAPER",
    "TEXT_PREFIX",
    "canonical_image",
    "canonical_images",
    "image_sha256",
    "image_trace",
    "is_canonical",
    "write_image",
    "write_plot",
]

PAPER = 255
INK = 0
TEXT_PREFIX = "specmol:"
"""Prefix of the PNG text keys that state what an image shows."""

_FORMAT_VERSION = "1"
_TOP_MARGIN_ROWS = 4
"""Blank rows above the strongest line."""
_BASELINE_ROWS = 1
"""Rows of the baseline at the bottom of every image."""
_BATCH_IMAGES = 256
"""Images drawn per batch; limits the working memory to some 64 MB at 256 x 256."""
_SUPERSAMPLING = 4
_MAX_PLOT_SIDE_PX = 20_000


def canonical_image(spectrum: Spectrum, geometry: Geometry) -> NDArray[np.uint8]:
    """Draw one spectrum over the window of its nucleus; a signed spectrum by its magnitudes.

    Returns
    -------
    Image (size, size): row 0 at the top, high shift on the left; 255 is paper and 0 is ink.

    Raises
    ------
    SpectrumError
        If the spectrum has no positive signal inside the window.
    """
    try:
        images = canonical_images(spectrum.magnitudes[None], spectrum.axis, spectrum.nucleus, geometry)
    except _NoSignalError:
        target = geometry.axis(spectrum.nucleus)
        raise SpectrumError(
            spectrum.source,
            f"no {spectrum.nucleus} signal between {target.high:g} and {target.low:g} ppm; the spectrum spans "
            f"{spectrum.axis.high:g} to {spectrum.axis.low:g} ppm: check the nucleus and the range",
        ) from None
    image: NDArray[np.uint8] = images[0]
    return image


def canonical_images(
    traces: NDArray[np.floating], axis: PpmAxis, nucleus: Nucleus, geometry: Geometry
) -> NDArray[np.uint8]:
    """Draw many spectra that share one axis.

    Each column is a stroke on a baseline of one row. Its height is the column's largest intensity,
    relative to the largest of the window, to the power ``geometry.exponent``. The top pixel of the
    stroke is grey, so heights are accurate to 1/255 of a row.

    Parameters
    ----------
    traces
        Intensities (n, axis.points), baseline at 0; negative values are clipped.

    Returns
    -------
    Images (n, size, size), in the form that :func:`canonical_image` returns.

    Raises
    ------
    ValueError
        If a trace has no positive signal inside the window, or is not finite there.
    """
    columns = column_extremes(traces, axis, geometry.axis(nucleus))
    strongest = columns.max(axis=1, initial=0.0)
    bad = np.flatnonzero(~(np.isfinite(strongest) & (strongest > 0)))
    if bad.size:
        raise _NoSignalError(f"trace {bad[0]} has no finite positive signal inside the {nucleus} window")
    relative = np.clip(columns / strongest[:, None], 0.0, 1.0)
    ink = (
        np.rint(relative**geometry.exponent * _full_scale(geometry.size) * PAPER).astype(np.int32)
        + _BASELINE_ROWS * PAPER
    )
    below = PAPER * np.arange(geometry.size - 1, -1, -1, dtype=np.int32)
    images = np.empty((len(columns), geometry.size, geometry.size), dtype=np.uint8)
    for start in range(0, len(columns), _BATCH_IMAGES):
        batch_ink = ink[start : start + _BATCH_IMAGES, None, :] - below[None, :, None]
        np.clip(batch_ink, 0, PAPER, out=batch_ink)
        np.subtract(PAPER, batch_ink, out=images[start : start + _BATCH_IMAGES], casting="unsafe")
    return images


def image_trace(image: NDArray[np.uint8], exponent: float) -> NDArray[np.float32]:
    """Invert :func:`canonical_image`: intensities of the columns relative to the strongest (size,).

    Raises
    ------
    ValueError
        If the image is not square.
    """
    if image.ndim != 2 or image.shape[0] != image.shape[1]:
        raise ValueError(f"a canonical image is square, not {image.shape}")
    size = len(image)
    ink = (PAPER - image.astype(np.int64)).sum(axis=0) - _BASELINE_ROWS * PAPER
    heights = np.clip(ink / (PAPER * _full_scale(size)), 0.0, 1.0)
    return np.asarray(heights ** (1.0 / exponent), dtype=np.float32)


def image_sha256(image: NDArray[np.uint8]) -> str:
    """Return the SHA-256 (hex) of an image's shape and pixels; its file format does not matter."""
    digest = hashlib.sha256("x".join(map(str, image.shape)).encode())
    digest.update(np.ascontiguousarray(image, dtype=np.uint8).tobytes())
    return digest.hexdigest()


def write_image(
    target: Path | BinaryIO,
    image: NDArray[np.uint8],
    nucleus: Nucleus,
    window: tuple[float, float],
    exponent: float = Geometry.exponent,
) -> None:
    """Write a canonical image as PNG, with text chunks that state what it shows.

    Parameters
    ----------
    window
        High and low edge (ppm).

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    _write_png(target, Image.fromarray(image), nucleus, window, exponent)


def write_plot(target: Path | BinaryIO, spectrum: Spectrum, width: int = 1200, height: int = 400) -> None:
    """Write a plain line plot: black on white, linear intensities, no axes, window edge to edge.

    Raises
    ------
    ValueError
        If a side is below 32 or above 20,000 pixels.
    OutputError
        If the file cannot be written.
    """
    if not (32 <= width <= _MAX_PLOT_SIDE_PX and 32 <= height <= _MAX_PLOT_SIDE_PX):
        raise ValueError(f"a plot has sides of 32 to {_MAX_PLOT_SIDE_PX} pixels, not {width} x {height}")
    scale = _SUPERSAMPLING
    trace = spectrum.intensities.astype(np.float64)
    high, low = trace.max(), min(trace.min(), 0.0)
    margin = 0.04 * height
    x = (np.arange(len(trace)) + 0.5) * (width / len(trace))
    y = margin + (high - trace) / (high - low) * (height - 2 * margin)
    # Extend the line to both edges, so that the plot shows where its window ends.
    x = np.concatenate([[0.0], x, [width]]) * scale
    y = np.concatenate([y[:1], y, y[-1:]]) * scale
    canvas = Image.new("L", (width * scale, height * scale), PAPER)
    points = np.stack([x, y], axis=1).ravel().tolist()
    ImageDraw.Draw(canvas).line(points, fill=INK, width=scale + 1, joint="curve")
    plot = canvas.resize((width, height), Image.Resampling.BOX)
    _write_png(target, plot, spectrum.nucleus, (spectrum.axis.high, spectrum.axis.low), 1.0)


def is_canonical(image: NDArray[np.uint8], exponent: float) -> bool:
    """Whether an image equals, to the pixel, one that :func:`canonical_image` draws.

    :func:`image_trace` loses nothing of such an image: its trace draws the same image.
    """
    if image.ndim != 2 or image.shape[0] != image.shape[1] or len(image) <= 2 * _TOP_MARGIN_ROWS:
        return False
    trace = image_trace(image, exponent).astype(np.float64)
    return bool(trace.max() == 1.0 and np.array_equal(_draw_strokes(trace[None] ** exponent)[0], image))


def _draw_strokes(heights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Draw images (n, size, size) of relative heights (n, size), 0 to 1."""
    size = heights.shape[1]
    ink = np.rint(heights * _full_scale(size) * PAPER).astype(np.int32) + _BASELINE_ROWS * PAPER
    below = PAPER * np.arange(size - 1, -1, -1, dtype=np.int32)
    images = np.empty((len(heights), size, size), dtype=np.uint8)
    for start in range(0, len(heights), _BATCH_IMAGES):
        batch_ink = ink[start : start + _BATCH_IMAGES, None, :] - below[None, :, None]
        np.clip(batch_ink, 0, PAPER, out=batch_ink)
        np.subtract(PAPER, batch_ink, out=images[start : start + _BATCH_IMAGES], casting="unsafe")
    return images


class _NoSignalError(ValueError):
    """A trace has no positive signal inside the window."""


def _full_scale(size: int) -> int:
    """Height of the strongest line above the baseline (rows)."""
    return size - _TOP_MARGIN_ROWS - _BASELINE_ROWS


def _write_png(
    target: Path | BinaryIO, image: Image.Image, nucleus: Nucleus, window: tuple[float, float], exponent: float
) -> None:
    text = PngInfo()
    high, low = window
    for key, value in {
        "format": _FORMAT_VERSION,
        "nucleus": nucleus,
        "window": f"{float(high)!r},{float(low)!r}",
        "exponent": repr(float(exponent)),
    }.items():
        text.add_text(TEXT_PREFIX + key, value)
    content = io.BytesIO()
    image.save(content, format="PNG", pnginfo=text, optimize=True)
    if not isinstance(target, Path):
        target.write(content.getvalue())
        return
    with atomic_write(target, "wb") as file:
        file.write(content.getvalue())
