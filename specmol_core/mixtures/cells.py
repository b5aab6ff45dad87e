"""A spectrum as areas in even cells, on the two scales of the fit, with the weight of each cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, grey_opening, maximum_filter1d
from scipy.signal import find_peaks, peak_widths

from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.spectra.analysis.noise import noise_of
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["CellGrid", "CellSpectrum", "cell_areas", "cell_spectrum", "grid_of", "line_width_hz"]

Float = NDArray[np.float64]

_CELLS_PER_BLUR, _MEASURED_CELLS_PER_BLUR = 1, 4
"""Measured multiplets are compared more finely than predicted ones."""
_MIN_LINE = 0.05
"""Height of a line whose width is measured, relative to the tallest."""
_MIN_RESOLVED = 0.7
"""Prominence of a line over its height; others overlap with their neighbours."""
_WIDTH_QUANTILE = 0.25
_WIDTH_LIMITS_HZ = (0.3, 6.0)
_BASELINE_PPM, _BASELINE_HZ = {"1H": 1.5, "13C": 20.0}, 100.0
"""Width of the lower envelope that is the baseline: a crowd of shifts and of multiplets."""
_BASELINE_BLOCKS = 256
_SUPPRESSED_SD_HZ = 60.0
"""Range of a pulse that suppresses a line: how far from it lines are weakened."""
_NEGATIVE_SD = 8.0
"""A trough this deep is a suppressed or saturated line, and its surroundings say nothing."""
_NEGATIVE_RANGE_PPM = 0.06


@dataclass(frozen=True)
class CellGrid:
    """Even cells, from high to low shift."""

    high: float
    """Upper edge of the first cell (ppm)."""
    step: float
    """Width of a cell (ppm)."""
    cells: int
    mhz: float
    """Larmor frequency of the nucleus."""
    blur: tuple[float, float]
    """Standard deviation of the fine and the coarse blur (cells)."""
    strides: tuple[int, int]
    """Every so many cells of the fine and the coarse scale count."""

    @property
    def low(self) -> float:
        """Lower edge of the last cell (ppm)."""
        return self.high - self.cells * self.step

    def cell(self, ppm: float) -> float:
        """Return the fractional cell of a shift: 0 in the middle of the first cell."""
        return (self.high - ppm) / self.step - 0.5

    def ppm(self, cell: float) -> float:
        """Return the shift of a fractional cell (ppm)."""
        return self.high - (cell + 0.5) * self.step

    def centres(self) -> Float:
        """Return the shift of each cell (cells,), ppm."""
        return np.asarray(self.high - (np.arange(self.cells) + 0.5) * self.step, dtype=np.float64)


@dataclass(frozen=True)
class CellSpectrum:
    """A spectrum in the form of the fit: its area is 1."""

    grid: CellGrid
    raw: Float
    """Area of each cell (cells,)."""
    data: Float
    """Blurred areas (scales, cells)."""
    weight: Float
    """One over the variance of each cell, less the correlation of neighbours (scales, cells)."""
    total: float
    """Area of the spectrum, in its own unit times ppm."""
    noise: float
    """Standard deviation of the noise of a cell, in the unit of ``raw``."""
    excluded: tuple[tuple[float, float], ...] = ()
    """Ranges without weight, high to low (ppm)."""


def grid_of(
    spectrum: Spectrum, config: QuantifyConfig, window: tuple[float, float], *, measured: bool = False
) -> CellGrid:
    """Return the cells for a spectrum within ``window`` (high, low; ppm), at its own field.

    Parameters
    ----------
    measured
        Whether all species have measured spectra, so that cells are finer.
    """
    mhz = float(spectrum.frequency_mhz or 0.0)
    blur = max(config.fine_ppm, config.fine_hz / mhz) * (1.0 if spectrum.nucleus == "1H" else 8.0)
    fine = _MEASURED_CELLS_PER_BLUR if measured else _CELLS_PER_BLUR
    step = blur / fine
    high, low = min(spectrum.axis.high, window[0]), max(spectrum.axis.low, window[1])
    coarse = config.coarse_ratio * fine
    cells = max(int((high - low) / step), 16)
    return CellGrid(high, step, cells, mhz, (float(fine), coarse), (fine, max(2, int(coarse))))


def cell_areas(spectrum: Spectrum, grid: CellGrid) -> tuple[Float, float]:
    """Return the area of each cell (cells,), baseline removed, and the noise of a cell."""
    trace = np.asarray(spectrum.magnitudes, dtype=np.float64)
    step = spectrum.axis.step
    window = _BASELINE_PPM[spectrum.nucleus] + _BASELINE_HZ / grid.mhz
    running = np.concatenate(([0.0], np.cumsum(trace - _baseline(trace, step / window)))) * step
    edges = np.asarray(grid.high - np.arange(grid.cells + 1) * grid.step, dtype=np.float64)
    position = np.clip(spectrum.axis.position(edges), 0.0, spectrum.axis.points)
    areas = np.diff(np.interp(position, np.arange(spectrum.axis.points + 1), running))
    return areas, float(noise_of(trace) * math.sqrt(step * grid.step))


def _baseline(trace: Float, window: float) -> Float:
    """Return the baseline (points,): the lower envelope of the trace over wide windows.

    Between crowded signals no point is free of lines, so a baseline through the quiet parts would
    take away intensity. The envelope does not, if it is wider than a crowd.

    Parameters
    ----------
    window
        Share of the window between two points.
    """
    size = max(len(trace) // _BASELINE_BLOCKS, 1)
    count = len(trace) // size
    medians = np.median(trace[: count * size].reshape(count, size), axis=1)
    envelope = grey_opening(medians, max(int(1 / (window * size)), 3), mode="nearest")
    middle = (np.arange(count) + 0.5) * size
    return np.asarray(np.interp(np.arange(len(trace)), middle, envelope))


def cell_spectrum(
    spectrum: Spectrum,
    grid: CellGrid,
    protons: float,
    config: QuantifyConfig,
    excluded: tuple[tuple[float, float], ...] = (),
    *,
    suppressed: tuple[float, ...] = (),
    measured: bool = False,
) -> CellSpectrum:
    """Return a spectrum in the form of the fit.

    Parameters
    ----------
    protons
        Sum of the nuclei of one molecule of each species; the error of the trace is in their unit.
    excluded
        Ranges that say nothing, high to low (ppm): suppressed solvents.
    suppressed
        Shifts of suppressed lines (ppm), whose neighbours may be weak, too.
    measured
        Whether all species have measured spectra, so that their multiplets are known.
    """
    raw, noise = cell_areas(spectrum, grid)
    mask = _mask(raw, noise, grid, excluded)
    total = float(raw[mask & (raw > 0)].sum())
    if not total > 0:
        total = 1.0
    raw, noise = raw / total, noise / total
    data, weight = [], []
    errors, least, feet = (config.fine_error, config.coarse_error), config.floor, config.neighbour_error
    least *= max(1.0, math.sqrt(config.full_field_mhz / grid.mhz))
    if measured:
        errors, least = (config.measured_fine_error, config.measured_coarse_error), config.measured_floor
        feet = 0.0
    loss = np.zeros(grid.cells)
    for ppm in suppressed:
        loss += np.exp(-0.5 * ((grid.centres() - ppm) * grid.mhz / _SUPPRESSED_SD_HZ) ** 2)
    for blur, error, stride in zip(grid.blur, errors, grid.strides, strict=True):
        smooth = gaussian_filter1d(raw, blur)
        envelope = maximum_filter1d(np.abs(smooth), 2 * int(config.envelope_hz / grid.mhz / grid.step) + 1)
        envelope = gaussian_filter1d(envelope, blur)
        floor = least / protons / (blur * math.sqrt(2 * math.pi))
        noise_sd = noise / math.sqrt(2 * math.sqrt(math.pi) * blur)
        near = maximum_filter1d(np.abs(smooth), 2 * int(config.neighbour_hz / grid.mhz / grid.step) + 1)
        variance = noise_sd**2 + floor**2 + ((error + loss) * envelope) ** 2 + (feet * near) ** 2
        # Neighbouring cells of a blurred trace are not independent.
        independent = min(1.0, stride / (2 * math.sqrt(math.pi) * blur))
        data.append(smooth)
        weight.append(np.where(mask, independent / variance, 0.0))
    return CellSpectrum(grid, raw, np.array(data), np.array(weight), total, noise, _ranges(mask, grid))


def _mask(raw: Float, noise: float, grid: CellGrid, excluded: tuple[tuple[float, float], ...]) -> NDArray[np.bool_]:
    """Return which cells count: not those of excluded ranges and of deep troughs."""
    ppm = grid.centres()
    mask = np.ones(grid.cells, dtype=bool)
    for high, low in excluded:
        mask &= ~((ppm <= high) & (ppm >= low))
    smooth = gaussian_filter1d(raw, 2 * grid.blur[0])
    depth = max(_NEGATIVE_SD * noise, 0.02 * float(np.abs(smooth).max()))
    trough = maximum_filter1d((smooth < -depth).astype(np.uint8), 2 * int(_NEGATIVE_RANGE_PPM / grid.step) + 1)
    return np.asarray(mask & (trough == 0))


def _ranges(mask: NDArray[np.bool_], grid: CellGrid) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate(([1], mask.astype(np.int8), [1]))))
    return tuple(
        (round(grid.high - a * grid.step, 3), round(grid.high - b * grid.step, 3))
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )


def line_width_hz(spectrum: Spectrum, limits: tuple[float, float] = _WIDTH_LIMITS_HZ) -> float:
    """Return the typical full width at half height of the spectrum's single lines (Hz), within limits."""
    trace = np.asarray(spectrum.magnitudes, dtype=np.float64)
    top = float(trace.max())
    peaks, found = find_peaks(trace, height=_MIN_LINE * top, prominence=0.8 * _MIN_LINE * top)
    resolved = found["prominences"] > _MIN_RESOLVED * found["peak_heights"]
    if not resolved.any():
        return 1.0
    # Half of the height, not of the prominence, which a neighbour lowers.
    first, last = np.zeros_like(found["left_bases"]), np.full_like(found["right_bases"], len(trace) - 1)
    data = tuple(part[resolved] for part in (found["peak_heights"], first, last))
    widths = peak_widths(trace, peaks[resolved], 0.5, data)[0]
    widths = widths * spectrum.axis.step * float(spectrum.frequency_mhz or 1.0)
    return float(np.clip(np.quantile(widths, _WIDTH_QUANTILE), *limits))
