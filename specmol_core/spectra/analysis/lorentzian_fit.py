"""Fit a Lorentzian to the points about the top of a line, for its position, height and width."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled_exactly

__all__ = ["fit_lorentzians", "half_widths"]

_FIT_LEVEL = 0.55
"""The fit uses the points above this share of the top; lower points are affected by other lines."""
_MAX_FIT_POINTS = 40
"""Most points to either side of a top that the fit uses."""
_POWERS = np.arange(-_MAX_FIT_POINTS, _MAX_FIT_POINTS + 1, dtype=np.float64) ** np.arange(3)[:, None]
"""Powers 0, 1 and 2 of the distances from a top (3, points)."""


def half_widths(trace: NDArray[np.float64], tops: NDArray[np.int64]) -> NDArray[np.float64]:
    """Full widths at half height (k,) of the lines at ``tops`` (k,), in points.

    Each is twice the half width on the narrower side, because another line may widen one side.
    """
    return _half_widths(trace, tops)


def fit_lorentzians(
    trace: NDArray[np.float64], tops: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit a Lorentzian to the top of each line.

    The reciprocal of a Lorentzian is a parabola, 1/y = (1 + 4 (x - x0)**2 / w**2) / h. Position x0,
    height h and full width at half height w therefore follow from one linear least-squares fit. Its
    weights y**4 compensate for the effect of the reciprocal on the noise. If the fit fails (a
    clipped or square line), a parabola through the three highest points gives the position, and the
    points at half height give the width.

    Parameters
    ----------
    trace
        Heights above the baseline (n,); lines are positive.
    tops
        Indices of the highest points (k,), each strictly inside the trace.

    Returns
    -------
    Positions (k,) in points, heights (k,) in the unit of the trace, widths (k,) in points.

    Examples
    --------
    >>> trace = 1 / (1 + 4 * (np.arange(41) - 20.0) ** 2 / 6.0**2)
    >>> [round(float(value), 6) for (value,) in fit_lorentzians(trace, np.array([20]))]
    [20.0, 1.0, 6.0]
    """
    ranges = _fit_ranges(trace, tops)
    fitted = np.array(
        [_fit_lorentzian(trace, top, *side) for top, side in zip(tops.tolist(), ranges.tolist(), strict=True)]
    )
    fitted = fitted.reshape(-1, 3)
    return fitted[:, 0], fitted[:, 1], fitted[:, 2]


@compiled_exactly
def _half_width(trace: NDArray[np.float64], top: int) -> float:
    half = 0.5 * trace[top]
    narrower = np.inf
    for step in (-1, 1):
        at = top
        while 0 < at < len(trace) - 1 and trace[at] > half:
            at += step
        drop = trace[at - step] - trace[at]
        side = float(abs(at - top))
        narrower = min(narrower, side - (half - trace[at]) / drop if drop > 0 else side)
    return max(2.0 * narrower, 1.0)


@compiled_exactly
def _half_widths(trace: NDArray[np.float64], tops: NDArray[np.int64]) -> NDArray[np.float64]:
    widths = np.empty(len(tops), np.float64)
    for number in range(len(tops)):
        widths[number] = _half_width(trace, tops[number])
    return widths


@compiled_exactly
def _fit_ranges(trace: NDArray[np.float64], tops: NDArray[np.int64]) -> NDArray[np.int64]:
    """First and last point (k, 2) of the fit of each top."""
    ranges = np.empty((len(tops), 2), np.int64)
    for number in range(len(tops)):
        top = tops[number]
        left = right = top
        min_height = _FIT_LEVEL * trace[top]
        while left > 0 and top - left < _MAX_FIT_POINTS and min_height < trace[left - 1] <= trace[left]:
            left -= 1
        while (
            right < len(trace) - 1 and right - top < _MAX_FIT_POINTS and min_height < trace[right + 1] <= trace[right]
        ):
            right += 1
        # The neighbours are used even if the line is as narrow as the sampling.
        ranges[number, 0] = max(min(left, top - 1), 0)
        ranges[number, 1] = min(max(right, top + 1), len(trace) - 1)
    return ranges


def _fit_lorentzian(trace: NDArray[np.float64], top: int, left: int, right: int) -> tuple[float, float, float]:
    """Position, height and width of one line."""
    tallest = float(trace[top])
    height = trace[left : right + 1] / tallest
    good = height > 0.05
    height, powers = height[good], _POWERS[:, left - top + _MAX_FIT_POINTS : right - top + _MAX_FIT_POINTS + 1][:, good]
    if len(height) >= 3:
        weight = height**2
        a, b, c = np.linalg.lstsq((powers * weight).T, weight / height, rcond=None)[0].tolist()
        if c > 0:
            shift, lowest = -b / (2 * c), a - b * b / (4 * c)
            if abs(shift) <= 1.0 and 0.5 < lowest < 2.0:
                return top + shift, tallest / lowest, 2.0 * math.sqrt(lowest / c)
    before, after = float(trace[top - 1]) / tallest, float(trace[top + 1]) / tallest
    curvature = before - 2.0 + after
    shift = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return top + min(max(shift, -0.5), 0.5), tallest, float(_half_widths(trace, np.array([top]))[0])
