"""Height and width of broad lines: from a smoothed trace, then from a fit with the baseline about the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.maxima import find_maxima
from specmol_core.spectra.analysis.smooth import gaussian

__all__ = ["fit_broad_line", "humps"]

_MIN_SNR, _SD_PER_MAD = 8.0, 1.4826
"""Least height, in standard deviations of the smoothed noise, and a standard deviation over the median
absolute deviation."""
_MAX_SKEW = 2.5
"""Largest ratio of the half widths of both sides."""
_POINTS_PER_SCALE = 8
"""Points of the averaged trace in the smallest width of the smoothing, and in the width of a fitted line."""
_FWHM_PER_SIGMA = 2.355
"""Full width at half height of a Gaussian, in standard deviations."""
_FIT_WIDTHS = 5.0
"""Range to either side of a line, in its widths, in which it is fitted together with a parabola, the baseline."""
_WIDTH_FACTORS = np.geomspace(0.5, 2.0, 25)
"""Widths that are tried, relative to the first estimate."""
_MIN_FIT_SHARE = 0.4
"""Least share of the range that is free of other lines."""


def humps(rest: NDArray[np.float64], scales: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    """Position, height and width (points) of the maxima at each width of the smoothing (points)."""
    step = int(np.clip(scales[0] / _POINTS_PER_SCALE, 1, max(len(rest), 1)))
    averaged = rest[: len(rest) // step * step].reshape(-1, step).mean(axis=1)
    for scale in scales:
        sigma = scale / step / _FWHM_PER_SIGMA
        if not 1.0 < sigma < len(averaged) / 40:
            continue
        smooth = gaussian(averaged, sigma)
        # The waves of the baseline count as noise.
        least = _MIN_SNR * _SD_PER_MAD * float(np.median(np.abs(smooth - np.median(smooth))))
        tops, prominences = find_maxima(smooth, least, 0.7 * least)
        for top in tops[prominences > 0.5 * smooth[tops]]:
            measured = _measured(smooth, int(top), scale / step)
            if measured is not None:
                yield (float(top) + 0.5) * step - 0.5, measured[0], measured[1] * step


def _measured(smooth: NDArray[np.float64], top: int, blur: float) -> tuple[float, float] | None:
    """Height and width (points) of a line before it was smoothed by a Gaussian of the width ``blur``.

    None if the line is skewed, ends at the end of the trace, or is a top below zero.
    """
    half, sides = smooth[top] / 2, []
    if half <= 0:
        return None
    for step in (-1, 1):
        at = top
        while 0 < at < len(smooth) - 1 and smooth[at] > half:
            at += step
        if smooth[at] > half:
            return None
        # The crossing is between this point and the one before.
        sides.append(abs(at - top) - (half - smooth[at]) / (smooth[at - step] - smooth[at]))
    wide = float(sum(sides))
    if max(sides) > _MAX_SKEW * min(sides):
        return None
    # Width of a Lorentzian from that of a Voigt profile: Olivero and Longbothum, JQSRT 1977, 17, 233.
    root = max(1.1432 * wide**2 - 0.2768 * (wide**2 - blur**2), 0.0) ** 0.5
    narrow = max((1.0692 * wide - root) / 0.1384, 0.25 * wide)
    return float(smooth[top]) * wide / narrow, narrow


def fit_broad_line(
    trace: NDArray[np.float64], is_other: NDArray[np.bool_], at: float, width: float
) -> tuple[float, float] | None:
    """Fit a Lorentzian and a parabola to a broad line, and return its height and its width (points).

    The baseline of a whole trace follows the wings of a broad line, so that the line would lose area
    with it. The trace therefore keeps its baseline. The fit is linear but for the width.

    Parameters
    ----------
    trace
        Trace (n,) with its baseline, without the tails of other lines.
    is_other
        Which points (n,) are near other lines; they do not count.
    at, width
        Place and first estimate of the width (points).

    Returns
    -------
    None if too few points are free of other lines, or if no width in the range fits best.
    """
    first, last = max(int(at - _FIT_WIDTHS * width), 0), min(int(at + _FIT_WIDTHS * width) + 1, len(trace))
    step = max(int(width / _POINTS_PER_SCALE), 1)
    count = (last - first) // step
    if count < _FIT_WIDTHS * _POINTS_PER_SCALE:
        return None
    end = first + count * step
    free = ~is_other[first:end].reshape(count, step)
    weight = free.sum(axis=1)
    if weight.mean() < _MIN_FIT_SHARE * step:
        return None
    values = (trace[first:end].reshape(count, step) * free).sum(axis=1) / np.maximum(weight, 1)
    distance = ((np.arange(count) + 0.5) * step - 0.5 + first - at) / width
    baseline = np.stack([np.ones(count), distance, distance**2])
    root = np.sqrt(weight)
    errors, heights = [], []
    for factor in _WIDTH_FACTORS:
        columns = np.concatenate([[1 / (1 + (2 * distance / factor) ** 2)], baseline]) * root
        solution = np.linalg.lstsq(columns.T, values * root, rcond=None)[0]
        errors.append(float(((solution @ columns - values * root) ** 2).sum()))
        heights.append(float(solution[0]))
    best = int(np.argmin(errors))
    if not 0 < best < len(errors) - 1 or heights[best] <= 0:
        return None
    # The minimum is that of the parabola through three errors.
    before, middle, after = errors[best - 1 : best + 2]
    share = 0.5 * (before - after) / max(before - 2 * middle + after, 1e-300)
    ratio = float(_WIDTH_FACTORS[1] / _WIDTH_FACTORS[0])
    height = heights[best] + 0.5 * share * (heights[best + 1] - heights[best - 1])
    return height, float(_WIDTH_FACTORS[best]) * ratio**share * width
