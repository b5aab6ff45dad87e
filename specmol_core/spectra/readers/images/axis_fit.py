"""Fit a linear axis to tick labels, some of them misread, and refine it at the tick marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["AxisFit", "TickLabel", "fit_labels", "snap_to_ticks"]

_MIN_LABELS = 3
"""Labels that must agree with an axis; any two agree with some axis."""
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0)
"""Steps between labels, up to a power of ten; no program chooses other steps."""
_MAX_TICK_RESIDUAL_PX = 0.8
"""Largest root mean square distance from a line of tick marks that belong to labels (pixels)."""


@dataclass(frozen=True)
class TickLabel:
    """A number beside the axis."""

    x: float
    """Pixel coordinate."""
    value: float


@dataclass(frozen=True)
class AxisFit:
    """A linear axis: value = offset + slope * x."""

    slope: float
    offset: float
    residual: float
    """Root mean square distance of the labels from it (pixels)."""
    labels: tuple[TickLabel, ...]
    """Labels that agree with the axis."""


def fit_labels(labels: Sequence[TickLabel], tolerance: float) -> AxisFit | None:
    """Find the axis that most labels agree with; None if fewer than three agree.

    Every pair of labels proposes an axis (exhaustive RANSAC, because there are few labels). Misread
    labels are outliers. The labels that agree must be multiples of a common, round step.

    Parameters
    ----------
    tolerance
        Largest distance from the axis of a label that agrees (pixels).

    Examples
    --------
    >>> fit_labels([TickLabel(100, 8), TickLabel(200, 6), TickLabel(250, 9), TickLabel(300, 4)], 2.0).labels
    (TickLabel(x=100, value=8), TickLabel(x=200, value=6), TickLabel(x=300, value=4))
    """
    labels = sorted(labels, key=lambda label: label.x)
    x = np.array([label.x for label in labels])
    values = np.array([label.value for label in labels])
    best: NDArray[np.bool_] | None = None
    for first in range(len(labels)):
        for second in range(first + 1, len(labels)):
            if values[first] == values[second] or x[second] - x[first] < 2 * tolerance:
                continue
            slope = (values[second] - values[first]) / (x[second] - x[first])
            agrees = np.abs((values - values[first]) / slope - (x - x[first])) <= tolerance
            if best is None or agrees.sum() > best.sum():
                best = agrees
    if best is None or best.sum() < _MIN_LABELS:
        return None
    chosen = tuple(label for label, agrees in zip(labels, best, strict=True) if agrees)
    return _fit_axis(chosen) if _is_round([label.value for label in chosen]) else None


def snap_to_ticks(
    fit: AxisFit, density: NDArray[np.uint8], line: tuple[int, int] | None, top: int, height: float
) -> AxisFit | None:
    """Refit the axis to the tick marks of its labels, to a fraction of a pixel; None without marks.

    Parameters
    ----------
    line
        Rows of the axis line, the last one exclusive; None to look for marks above the labels.
    top
        First row of the labels.
    height
        Height of the labels (rows).
    """
    if line is None:
        bands = [(top - round(height), top - 1)]
    else:
        inside = max(2, round(0.5 * height))
        bands = [(line[1], max(top - 1, line[1] + 1)), (line[0] - inside, line[0])]
    for first, last in bands:
        if not 0 <= first < last:
            continue
        profile = density[first:last].sum(axis=0, dtype=np.float64)
        tick_labels = [
            TickLabel(at, label.value)
            for label in fit.labels
            if (at := _tick_position(profile, label.x, height)) is not None
        ]
        if len(tick_labels) < max(_MIN_LABELS, math.ceil(0.6 * len(fit.labels))):
            continue
        tick_fit = _fit_without_outliers(tick_labels)
        if tick_fit is not None and len(tick_fit.labels) >= 0.6 * len(fit.labels):
            return tick_fit
    return None


def _tick_position(profile: NDArray[np.float64], x: float, height: float) -> float | None:
    """Middle of the longest mark near a label; of equally long marks, of the nearest."""
    reach = max(3, round(0.6 * height))
    start = max(0, round(x) - reach)
    part = profile[start : round(x) + reach + 1]
    if not part.size or part.max() <= 0:
        return None
    floor = float(np.median(part))
    excess = part - floor
    if excess.max() < 100:  # less than half a black pixel
        return None
    inked = np.flatnonzero(excess > 0.05 * excess.max())
    groups = np.split(inked, np.flatnonzero(np.diff(inked) > 1) + 1)
    marks = []
    for group in groups:
        length = float(excess[group].sum())
        marks.append((length, start + 0.5 + float((group * excess[group]).sum()) / length))
    longest = max(length for length, _ in marks)
    return min((at for length, at in marks if length > 0.75 * longest), key=lambda at: abs(at - x))


def _fit_without_outliers(labels: Sequence[TickLabel]) -> AxisFit | None:
    """Fit a line through marks after outliers are dropped; None if too few marks remain."""
    remaining = list(labels)
    while len(remaining) >= _MIN_LABELS:
        fit = _fit_axis(remaining)
        if fit.residual <= _MAX_TICK_RESIDUAL_PX:
            return fit
        deviation = [abs((label.value - fit.offset) / fit.slope - label.x) for label in remaining]
        remaining.pop(int(np.argmax(deviation)))
    return None


def _fit_axis(labels: Sequence[TickLabel]) -> AxisFit:
    """Fit by least squares in the pixel coordinate, which is the measured quantity."""
    x = np.array([label.x for label in labels])
    values = np.array([label.value for label in labels])
    pixels_per_ppm, start = np.polyfit(values, x, 1)
    residual = float(np.sqrt(np.mean((start + pixels_per_ppm * values - x) ** 2)))
    return AxisFit(1 / float(pixels_per_ppm), -float(start) / float(pixels_per_ppm), residual, tuple(labels))


def _is_round(values: Sequence[float]) -> bool:
    """Whether values are multiples of a step that a plotting program chooses."""
    step = float(np.min(np.diff(np.unique(values))))
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    if not any(abs(mantissa - round_step) < 1e-3 for round_step in _ROUND_STEPS):
        # Labels in between may be missing: the smallest distance is then a multiple of the step.
        step = 10 ** math.floor(math.log10(step) + 1e-9)
    multiples = np.asarray(values) / step
    return bool(np.abs(multiples - np.rint(multiples)).max() < 0.02)
