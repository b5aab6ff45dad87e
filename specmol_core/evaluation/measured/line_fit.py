"""Noise, baseline and line shapes of one measured trace."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.signal import find_peaks

from specmol_core.spectra.axis import PpmAxis

__all__ = [
    "LineShapeFit",
    "TraceLine",
    "find_lines",
    "fit_line",
    "noise_correlation",
    "noise_level",
    "pseudo_voigt",
    "rolling_baseline",
    "signal_free",
]

_NOISE_BLOCKS = 256
"""Number of blocks for the noise level. At least a quarter of them are free of lines."""
_QUIET_QUANTILE = 0.25
_MIN_SIGNAL_TO_NOISE = 6.0
"""Minimum height of a line over the noise. Below it, noise gives a false line every few thousand
points."""
_MIN_ISOLATION_WIDTHS = 8.0
"""A line is isolated if every neighbour of at least 3 % of its height is this many line widths
away."""
_MIN_NEIGHBOUR_HEIGHT = 0.03
_MAX_FLANK_RISE = 0.05
"""A rise on a flank above this fraction of the line's height belongs to the next line."""
_FIT_RANGE_WIDTHS = 5.0
"""Half of the range over which a line is fitted, in line widths. The tails distinguish Lorentz from
Gauss."""
_MIN_FIT_SAMPLES = 9


@dataclass(frozen=True)
class TraceLine:
    """A line of a trace: one maximum."""

    index: int
    """Sample index of the maximum."""
    ppm: float
    height: float
    """Height above 0, in the unit of the trace."""
    width_hz: float
    """Full width at half height (Hz); NaN if a neighbour hides a flank."""
    is_resolved: bool
    """Whether both flanks fall below a quarter of the height before the next line rises."""
    is_isolated: bool
    """Whether no neighbour of at least 3 % of its height is within eight widths."""


@dataclass(frozen=True)
class LineShapeFit:
    """The shape of one isolated line."""

    ppm: float
    height: float
    width_hz: float
    """Full width at half height (Hz)."""
    lorentzian_fraction: float
    """Lorentzian fraction of a pseudo-Voigt line: 1 is Lorentz, 0 is Gauss."""
    phase_deg: float
    """Phase error (degrees); its sine is the dispersive fraction."""
    residual: float
    """Root mean square of the residuals, relative to the height."""


def noise_level(trace: NDArray[np.floating]) -> float:
    """Return the standard deviation of the noise, in the unit of the trace.

    The trace is cut into blocks, a straight line is subtracted from each, and the lower quartile of
    their standard deviations is returned. Blocks with lines are above it. If less than a quarter of
    the trace is free of lines, the result is too high.
    """
    return float(np.quantile(_detrended_blocks(trace)[1], _QUIET_QUANTILE))


def noise_correlation(trace: NDArray[np.floating]) -> float:
    """Return the correlation of neighbouring samples of the noise.

    It is 0 for raw points and near 1 after zero filling and line broadening.
    """
    detrended, sigma = _detrended_blocks(trace)
    detrended = detrended[sigma <= np.quantile(sigma, _QUIET_QUANTILE)]
    return float((detrended[:, 1:] * detrended[:, :-1]).mean() / max(float((detrended**2).mean()), 1e-300))


def _detrended_blocks(trace: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return detrended blocks (blocks, samples), and the standard deviation of each (blocks,)."""
    length = max(len(trace) // _NOISE_BLOCKS, 8)
    blocks = np.asarray(trace, dtype=np.float64)[: len(trace) // length * length].reshape(-1, length)
    x = np.arange(length) - (length - 1) / 2
    detrended = blocks - blocks.mean(1, keepdims=True)
    detrended -= (detrended @ x / (x @ x))[:, None] * x
    return detrended, np.sqrt((detrended**2).sum(1) / (length - 2))


def signal_free(trace: NDArray[np.floating], sigma: float, guard: int) -> NDArray[np.bool_]:
    """Return a mask (n,) of the samples at least ``guard`` samples away from any signal."""
    from scipy.ndimage import binary_dilation, median_filter, uniform_filter1d

    values = np.asarray(trace, dtype=np.float64)
    coarse = values[:: max(len(values) // 2048, 1)]
    level = np.interp(
        np.arange(len(values)), np.linspace(0, len(values) - 1, len(coarse)), median_filter(coarse, 101, mode="nearest")
    )
    # The mean of nine samples reveals broad or weak lines that are below the noise of single
    # samples.
    excess = np.abs(uniform_filter1d(values - level, 9)) > 5 * sigma
    return ~np.asarray(binary_dilation(excess, iterations=max(guard, 1)), dtype=np.bool_)


def rolling_baseline(trace: NDArray[np.floating], axis: PpmAxis, sigma: float, guard_ppm: float) -> tuple[float, float]:
    """Return the amplitude of the baseline and the distance over which it changes.

    Returns
    -------
    Standard deviation of the baseline (unit of the trace), and the distance at which its
    autocorrelation falls to 1/e (ppm). Both are NaN if less than a tenth of the trace is free of
    lines. The variance is the autocovariance of neighbouring cells (1/200 of the window), to which
    independent noise does not contribute.
    """
    free = signal_free(trace, sigma, int(guard_ppm / axis.step))
    if free.mean() < 0.1:
        return float("nan"), float("nan")
    count = 200
    cell = np.arange(axis.points) * count // axis.points
    number = np.bincount(cell[free], minlength=count)
    total = np.bincount(cell[free], np.asarray(trace, dtype=np.float64)[free], count)
    is_covered = number >= max(axis.points // count // 4, 1)
    means = total[is_covered] / number[is_covered]
    roll = np.interp(np.arange(count), np.flatnonzero(is_covered), means) - means.mean()
    covariance = np.correlate(roll, roll, "full")[count - 1 :] / count
    power = max(float(covariance[1]), 0.0)
    below = np.flatnonzero(covariance[1:] < power * np.exp(-1)) + 1
    length = float(below[0]) if len(below) else float(count)
    return float(np.sqrt(power)), length * axis.span / count


def find_lines(trace: NDArray[np.floating], axis: PpmAxis, frequency_mhz: float, sigma: float) -> list[TraceLine]:
    """Return the maxima with a prominence of at least six times the noise, by falling shift."""
    values = np.asarray(trace, dtype=np.float64)
    top = float(values.max())
    maxima, _ = find_peaks(
        values, height=_MIN_SIGNAL_TO_NOISE * sigma, prominence=max(_MIN_SIGNAL_TO_NOISE * sigma, 0.001 * top)
    )
    heights = values[maxima]
    hz = axis.step * frequency_mhz
    lines = []
    for number, index in enumerate(maxima):
        width, resolved = _half_height(values, int(index))
        strong = maxima[(heights >= _MIN_NEIGHBOUR_HEIGHT * heights[number]) & (maxima != index)]
        gap = float(np.abs(strong - index).min()) if len(strong) else float("inf")
        lines.append(
            TraceLine(
                int(index),
                float(axis.high - (index + 0.5) * axis.step),
                float(values[index]),
                width * hz,
                resolved,
                bool(gap > _MIN_ISOLATION_WIDTHS * width),
            )
        )
    return lines


def _half_height(values: NDArray[np.float64], index: int) -> tuple[float, bool]:
    """Return the full width at half height, and whether both flanks fall to a quarter of it.

    The width is in samples; it is NaN if a neighbour hides a flank.
    """
    top = values[index]
    sides, falls_clear = [], True
    for step in (-1, 1):
        flank = values[index::step][:4096]
        # The next line begins where the trace rises, even if its maximum is a little lower.
        rising = np.flatnonzero(flank > np.minimum.accumulate(flank) + _MAX_FLANK_RISE * top)
        flank = flank[: rising[0]] if len(rising) else flank
        below = np.flatnonzero(flank < top / 2)
        if not len(below):
            return float("nan"), False
        first = int(below[0])
        sides.append(first - 1 + (flank[first - 1] - top / 2) / (flank[first - 1] - flank[first]))
        # At twice that distance the flank of an isolated line of any shape is below a quarter.
        falls_clear &= bool(flank[: 2 * first + 2].min() < top / 4)
    return float(sum(sides)), falls_clear


def pseudo_voigt(
    x: NDArray[np.float64], centre: float, height: float, width: float, lorentzian_fraction: float, phase: float
) -> NDArray[np.float64]:
    """Return a pseudo-Voigt line with a phase error.

    The absorption is mixed with the dispersive Lorentzian by the angle ``phase`` (radians). ``x``,
    ``centre`` and ``width`` have the same unit.
    """
    u = 2 * (x - centre) / width
    lorentz = 1 / (1 + u**2)
    absorption = lorentzian_fraction * lorentz + (1 - lorentzian_fraction) * np.exp(-np.log(2) * u**2)
    shape: NDArray[np.float64] = height * (np.cos(phase) * absorption + np.sin(phase) * u * lorentz)
    return shape


def fit_line(trace: NDArray[np.floating], axis: PpmAxis, frequency_mhz: float, line: TraceLine) -> LineShapeFit | None:
    """Fit shape, phase and a linear baseline to an isolated line.

    Returns None if there are too few samples or the fit fails.
    """
    hz = axis.step * frequency_mhz
    half_range = int(np.ceil(_FIT_RANGE_WIDTHS * line.width_hz / hz)) if np.isfinite(line.width_hz) else 0
    first, last = line.index - half_range, line.index + half_range + 1
    if not line.is_isolated or first < 0 or last > axis.points or last - first < _MIN_FIT_SAMPLES:
        return None
    y = np.asarray(trace[first:last], dtype=np.float64) / line.height
    x: NDArray[np.float64] = np.arange(-half_range, half_range + 1, dtype=np.float64) * (hz / line.width_hz)

    def model(
        x: NDArray[np.float64], c: float, h: float, w: float, eta: float, phase: float, level: float, slope: float
    ) -> NDArray[np.float64]:
        return pseudo_voigt(x, c, h, w, eta, phase) + level + slope * x

    start = (0.0, 1.0, 1.0, 0.8, 0.0, 0.0, 0.0)
    bounds = ([-1, 0.3, 0.3, 0, -1.2, -0.3, -0.1], [1, 3, 3, 1, 1.2, 0.3, 0.1])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OptimizeWarning)
            fitted, _ = curve_fit(model, x, y, start, bounds=bounds, max_nfev=400)
    except RuntimeError:
        return None
    centre, height, width, share, phase, level, slope = (float(value) for value in fitted)
    left = model(x, centre, height, width, share, phase, level, slope) - y
    return LineShapeFit(
        line.ppm,
        height * line.height,
        width * line.width_hz,
        share,
        float(np.degrees(phase)),
        float(np.sqrt((left**2).mean())),
    )
