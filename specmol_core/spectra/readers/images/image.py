"""Read a spectrum from an image: specmol's own PNG exactly, any other line plot by its trace."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.calibration import Calibration, CalibrationSource
from specmol_core.spectra.canonical_image import TEXT_PREFIX, image_trace, is_canonical
from specmol_core.spectra.readers.images.ink import find_ink
from specmol_core.spectra.readers.images.plot import PlottedSpectrum, read_plot
from specmol_core.spectra.readers.images.raster import Raster, decode, is_image
from specmol_core.spectra.readers.images.trace import DrawnTrace, read_heights
from specmol_core.spectra.readers.source import (
    Reader,
    RefusedError,
    Request,
    SourceFile,
    require_nucleus,
    spectrum_error,
)
from specmol_core.spectra.spectrum import NUCLEI, Spectrum

__all__ = ["READER", "read_image", "read_raster"]


def read_image(source: SourceFile, request: Request) -> Spectrum:
    """Read a spectrum from a PNG, JPEG or TIFF; the trace has one point per pixel column.

    A bare plot spans the window that the user gives, else the one in its text chunks, else the
    default. A plot with labels is read by its axis; a window that the user gives then belongs to
    the axis, from end to end. Heights are linear in the intensity unless a text chunk names another
    exponent.

    Raises
    ------
    SpectrumError
        If the image is damaged, too large, not a spectrum, or states that it shows the other
        nucleus.
    """
    try:
        return read_raster(decode(source.content), source, request)
    except RefusedError as error:
        raise spectrum_error(source.path, error) from error


@dataclass(frozen=True)
class _Caption:
    """What the text chunks of a PNG state about it."""

    nucleus: str | None
    window: tuple[float, float] | None
    exponent: float
    warnings: tuple[str, ...]


def read_raster(raster: Raster, source: SourceFile, request: Request) -> Spectrum:
    """Read a spectrum from a decoded image in the way of :func:`read_image`.

    Raises
    ------
    RefusedError
        As :func:`read_image`.
    """
    caption = _read_caption(raster.text)
    if caption.nucleus is not None and caption.nucleus in NUCLEI:
        require_nucleus(source.path, caption.nucleus, request)
    notes = [*raster.warnings, *caption.warnings]
    intensities, height_step = _canonical_trace(raster, caption), 0.0
    plot = None if intensities is not None or raster.text.get(TEXT_PREFIX + "format") else _try_plot(raster, request)
    if plot is not None:
        return _plot_spectrum(plot, source, request, notes)
    if intensities is None:
        ink = find_ink(raster.rgb)
        if ink.inverted:
            notes.append("light ink on dark paper: the colours were inverted")
        trace = read_heights(ink.density)
        notes += trace.warnings
        intensities = _intensities(trace, caption.exponent, request, notes)
        height_step = _height_step(trace, caption.exponent)
    if request.window and caption.window and not np.allclose(request.window, caption.window):
        notes.append(f"its own text says {caption.window[0]:g} to {caption.window[1]:g} ppm; the range given was used")
    high, low = request.window or caption.window or request.default_window
    if request.window is None and caption.window is None:
        notes.append(
            f"states no range of shifts: {high:g} to {low:g} ppm was assumed; give the range if it shows another"
        )
    return Spectrum(
        request.nucleus,
        PpmAxis(high, low, len(intensities)),
        intensities,
        source=str(source.path),
        sha256=source.sha256,
        warnings=tuple(notes),
        referencing="" if request.window is None and caption.window is None else "range of the image",
        calibration=_calibration_from_window(request.window, caption.window, len(intensities)),
        height_step=height_step,
    )


def _calibration_from_window(
    user_window: tuple[float, float] | None, written: tuple[float, float] | None, columns: int
) -> Calibration | None:
    """The calibration of a bare plot; None where the default range was used."""
    window = user_window or written
    if window is None:
        return None
    source: CalibrationSource = "range option" if user_window else "png text"
    return Calibration((window[1] - window[0]) / columns, window[0], 0, 0.0, 1.0, source)


def _try_plot(raster: Raster, request: Request) -> PlottedSpectrum | None:
    """Read a plot by its labels; None for a bare plot, or on failure if a range is given."""
    try:
        software = raster.text.get("Software", "")
        return read_plot(raster.rgb, request.nucleus, request.window, matplotlib=software.startswith("Matplotlib"))
    except RefusedError:
        if request.window is None:
            raise
        return None


def _plot_spectrum(plot: PlottedSpectrum, source: SourceFile, request: Request, notes: list[str]) -> Spectrum:
    notes += plot.warnings
    intensities = _intensities(plot.trace, 1.0, request, notes)
    return Spectrum(
        request.nucleus,
        PpmAxis(*plot.window, len(intensities)),
        intensities,
        source=str(source.path),
        sha256=source.sha256,
        warnings=tuple(notes),
        frequency_mhz=plot.text.frequency_mhz(request.nucleus),
        solvent=plot.text.solvent,
        referencing="axis of the image",
        calibration=plot.calibration,
        height_step=_height_step(plot.trace, 1.0),
    )


def _canonical_trace(raster: Raster, caption: _Caption) -> NDArray[np.float32] | None:
    """The trace of an unmodified canonical image, which inverts without loss; None for others."""
    if TEXT_PREFIX + "format" not in raster.text or (np.ptp(raster.rgb, axis=2) > 0).any():
        return None
    grey = raster.rgb[..., 0]
    return image_trace(grey, caption.exponent) if is_canonical(grey, caption.exponent) else None


def _intensities(trace: DrawnTrace, exponent: float, request: Request, notes: list[str]) -> NDArray[np.float32]:
    heights = trace.heights
    if trace.signed and request.nucleus == "13C":
        notes.append("strong signals point down, as in DEPT and APT: they were read as positive")
        heights = np.abs(heights)
    elif trace.signed:
        notes.append("strong signals point down and were left out: phase the spectrum if they belong to it")
    if not heights.max() > 0:
        raise RefusedError("all signals point down: phase the spectrum, or turn the image")
    relative = heights / heights.max()
    return np.asarray(np.sign(relative) * np.abs(relative) ** (1.0 / exponent), dtype=np.float32)


def _height_step(trace: DrawnTrace, exponent: float) -> float:
    """Intensity of one row above the baseline, in units of the tallest line."""
    return float((1.0 / np.abs(trace.heights).max()) ** (1.0 / exponent))


def _read_caption(text: dict[str, str]) -> _Caption:
    """Parse the text chunks of specmol; an invalid one is ignored with a warning."""
    notes: list[str] = []
    nucleus = text.get(TEXT_PREFIX + "nucleus")
    window: tuple[float, float] | None = None
    exponent = 1.0
    if (written := text.get(TEXT_PREFIX + "window")) is not None:
        numbers = _numbers(written)
        if len(numbers) == 2 and numbers[0] > numbers[1]:
            window = (numbers[0], numbers[1])
        else:
            notes.append(f"its text names a range that is invalid ({written[:40]!r}); it was ignored")
    if (written := text.get(TEXT_PREFIX + "exponent")) is not None:
        numbers = _numbers(written)
        if len(numbers) == 1 and 0.1 <= numbers[0] <= 2.0:
            exponent = numbers[0]
        else:
            notes.append(f"its text names an exponent that is invalid ({written[:40]!r}); it was ignored")
    return _Caption(nucleus, window, exponent, tuple(notes))


def _numbers(text: str) -> list[float]:
    """Numbers separated by commas; empty where one is not finite or beyond all shifts (ppm)."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return numbers if all(math.isfinite(number) and abs(number) <= 1e5 for number in numbers) else []


def _matches(head: bytes, path: Path) -> bool:
    return is_image(head)


READER = Reader(accepts="a PNG, JPEG or TIFF image of a spectrum", matches=_matches, read=read_image)
