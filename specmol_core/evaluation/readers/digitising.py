"""Evaluate how well a plotted spectrum is digitised: its axis and its line positions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from specmol_core.errors import SpectrumError
from specmol_core.evaluation.readers.plot_styles import PlotStyle, plot_spectrum
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.images.image import read_image
from specmol_core.spectra.readers.source import Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["DigitisingErrors", "digitising_errors", "plotted_window", "strongest_lines"]

_MAX_LINES = 20
"""Maximum number of lines that are compared."""
_MIN_HEIGHT = 0.05
"""Minimum height of a compared line over the strongest; in a plot 400 pixels high, 5 % are 20
rows."""
_MAX_SHIFT_ERROR = 0.01
"""A line without a counterpart within this fraction of the axis counts as lost."""
_RESOLUTION_PIXELS = 4.0
"""Minimum distance of lines that a plot resolves, for strokes of up to two pixels (pixels)."""
_MAX_AXIS_ERROR = 0.005
"""Maximum error of a correctly read axis, as a fraction of its span."""
_PLOTTED_RANGE_PPM: dict[str, tuple[float, float]] = {"1H": (14.0, -1.0), "13C": (220.0, -10.0)}
"""Maximum range that is plotted (ppm)."""


@dataclass(frozen=True)
class DigitisingErrors:
    """Errors of one digitised image."""

    style: str
    failure: str
    """Why the image was refused; empty if it was read."""
    axis_is_right: bool
    """Whether the axis was read without options and is right to 0.5 % of its span."""
    axis_is_wrong: bool
    """Whether the image was read with a wrong axis instead of being refused."""
    shifts: NDArray[np.float64]
    """Shift error of each compared line (n,), as a fraction of the axis span; NaN for lost
    lines."""
    seconds: float
    """Wall time of reading (s)."""
    warnings: tuple[str, ...] = ()

    @property
    def median(self) -> float:
        """Median shift error of the recovered lines, as a fraction of the axis span.

        NaN if there is none.
        """
        recovered = self.shifts[np.isfinite(self.shifts)]
        return float(np.median(recovered)) if recovered.size else float("nan")

    @property
    def recovered_share(self) -> float:
        """Fraction of the lines that were recovered."""
        return float(np.isfinite(self.shifts).mean()) if self.shifts.size else float("nan")


def digitising_errors(
    spectrum: Spectrum,
    style: PlotStyle,
    *,
    smiles: str | None = None,
    seed: int = 0,
    geometry: Geometry | None = None,
) -> DigitisingErrors:
    """Plot a spectrum in a style, read the image without options, and compare the strongest lines.

    Each line of the source is matched with the nearest line that was read. Lines that an image of
    that width cannot resolve count as one.
    """
    window = plotted_window(spectrum)
    content = plot_spectrum(spectrum, style, window, smiles=smiles, seed=seed)
    axis = (geometry or Geometry()).axis(spectrum.nucleus)
    request = Request(spectrum.nucleus, None, (axis.high, axis.low))
    none = np.zeros(0)
    start = time.perf_counter()
    try:
        digitised = read_image(SourceFile(Path(f"{style.name}.png"), content), request)
    except SpectrumError as error:
        return DigitisingErrors(style.name, error.reason, False, False, none, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    span = window[0] - window[1]
    true_lines = strongest_lines(spectrum, window, digitised.axis.step)
    lines = strongest_lines(digitised, window, 0.0, min_height=0.2 * _MIN_HEIGHT, max_lines=10 * _MAX_LINES)
    shifts = np.abs(true_lines[:, None] - lines[None, :]).min(axis=1, initial=np.inf) / span
    shifts[shifts > _MAX_SHIFT_ERROR] = np.nan
    axis_is_right = digitised.calibration is not None and _is_right(digitised, window, shifts)
    return DigitisingErrors(style.name, "", axis_is_right, not axis_is_right, shifts, seconds, digitised.warnings)


def plotted_window(spectrum: Spectrum) -> tuple[float, float]:
    """Return the part of a spectrum that is plotted, high to low (ppm)."""
    high, low = _PLOTTED_RANGE_PPM[spectrum.nucleus]
    return min(high, spectrum.axis.high), max(low, spectrum.axis.low)


def strongest_lines(
    spectrum: Spectrum,
    window: tuple[float, float],
    column: float,
    *,
    min_height: float = _MIN_HEIGHT,
    max_lines: int = _MAX_LINES,
) -> NDArray[np.float64]:
    """Return the interpolated shifts (n,) of the strongest lines of a window (ppm).

    Parameters
    ----------
    column
        Width of a pixel (ppm). Of lines less than four pixels apart, only the highest counts. 0
        keeps every line.
    min_height
        Minimum height, as a fraction of the strongest line.
    """
    grid = spectrum.axis.grid()
    inside = (grid <= window[0]) & (grid >= window[1])
    heights = spectrum.intensities[inside].astype(np.float64)
    heights = heights - np.median(heights)
    heights /= max(float(heights.max()), 1e-30)
    peaks = find_peaks(heights, height=min_height, prominence=0.5 * min_height, plateau_size=1)[0]
    peaks = _merge_unresolved_peaks(peaks, heights, _RESOLUTION_PIXELS * column / spectrum.axis.step)
    peaks = peaks[np.argsort(heights[peaks])[::-1][:max_lines]]
    return np.array([_vertex(heights, int(peak)) for peak in peaks]) * -spectrum.axis.step + float(grid[inside][0])


def _merge_unresolved_peaks(
    peaks: NDArray[np.int64], heights: NDArray[np.float64], min_distance: float
) -> NDArray[np.int64]:
    """Return the highest peak of each chain of peaks closer than a distance (samples)."""
    chains = np.split(peaks, np.flatnonzero(np.diff(peaks) >= min_distance) + 1)
    return np.array([chain[heights[chain].argmax()] for chain in chains if len(chain)], dtype=np.int64)


def _vertex(heights: NDArray[np.float64], peak: int) -> float:
    """Return the fractional sample of a line's top: its centroid above two thirds of its height."""
    level = 2 / 3 * heights[peak]
    first = last = peak
    while first > 0 and level < heights[first - 1] <= heights[first]:
        first -= 1
    while last < len(heights) - 1 and level < heights[last + 1] <= heights[last]:
        last += 1
    part = np.arange(first, last + 1)
    weights = heights[part] - level
    return float((part * weights).sum() / weights.sum())


def _is_right(digitised: Spectrum, window: tuple[float, float], shifts: NDArray[np.float64]) -> bool:
    """Return whether the axis that was read is the one that was drawn.

    The trace may start after the axis and end before it, by a twentieth of its span. Its lines must
    be at the right shifts.
    """
    slack = _MAX_AXIS_ERROR * (window[0] - window[1])
    inside = digitised.axis.high <= window[0] + slack and digitised.axis.low >= window[1] - slack
    long = digitised.axis.span >= 0.95 * (window[0] - window[1])
    lines_match = not shifts.size or (np.isfinite(shifts).mean() >= 0.5 and np.nanmedian(shifts) <= _MAX_AXIS_ERROR)
    return bool(inside and long and lines_match)
