"""From the points of a file to an even axis, high to low."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MAX_POINTS", "check_point_count", "even_trace", "uneven_trace"]

MAX_POINTS = 16 * 1024**2
"""Most points of a spectrum that are read."""

_MIN_POINTS = 4
_MAX_SHIFT_PPM = 1e5
"""Largest shift that an axis may reach (ppm)."""
_MAX_STEP_DEVIATION = 1e-3
"""Deviation from an even axis that is rounding (steps)."""
_MAX_OVERSAMPLING = 8
"""Points of the even axis for each point of an uneven one, at most."""


def check_point_count(declared: float) -> int:
    """A number of points that a file declares.

    Raises
    ------
    RefusedError
        If it is no whole number from 4 to :data:`MAX_POINTS`.
    """
    if not float(declared).is_integer() or not _MIN_POINTS <= declared <= MAX_POINTS:
        raise RefusedError(
            f"declares {declared:g} points; {_MIN_POINTS} to {MAX_POINTS} are read: export the spectrum again"
        )
    return int(declared)


def even_trace(first: float, last: float, values: NDArray[np.floating]) -> tuple[PpmAxis, NDArray[np.float32]]:
    """Axis and trace of evenly spaced points.

    Parameters
    ----------
    first, last
        Shift of the first and the last point (ppm), in either order.
    values
        Intensities (n,).

    Returns
    -------
    The axis, whose cells have the points in their middle, and the intensities (n,) from high to low shift.

    Raises
    ------
    RefusedError
        If there are fewer than 4 or too many points, or the axis is empty or beyond all shifts.
    """
    count = check_point_count(len(values))
    if not (np.isfinite([first, last]).all() and max(abs(first), abs(last)) <= _MAX_SHIFT_PPM and first != last):
        raise RefusedError(f"its axis runs from {first:g} to {last:g} ppm, which is none: export the spectrum again")
    if first < last:
        first, last, values = last, first, values[::-1]
    step = (first - last) / (count - 1)
    try:
        axis = PpmAxis(first + step / 2, last - step / 2, count)
    except ValueError as error:
        raise RefusedError(f"its axis is none: {error}; export the spectrum again") from None
    with np.errstate(over="ignore"):
        trace = np.ascontiguousarray(values, dtype=np.float32)
    if not np.isfinite(trace).all():
        raise RefusedError("holds intensities that are not finite, or beyond single precision: export it again")
    return axis, trace


def uneven_trace(ppm: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[PpmAxis, NDArray[np.float32]]:
    """Axis and trace of points at any shifts (n,), interpolated linearly where these are not even.

    Raises
    ------
    RefusedError
        As :func:`even_trace`.
    """
    check_point_count(len(values))
    if not np.isfinite(ppm).all():
        raise RefusedError("its axis holds values that are not finite: export the spectrum again")
    order = np.argsort(ppm, kind="stable")[::-1]
    ppm, values = ppm[order], values[order]
    span = float(ppm[0] - ppm[-1])
    steps = -np.diff(ppm)
    if span > 0 and float(np.abs(steps - span / len(steps)).max()) <= _MAX_STEP_DEVIATION * span / len(steps):
        return even_trace(float(ppm[0]), float(ppm[-1]), values)
    positive = steps[steps > 0]
    if not positive.size:
        raise RefusedError("all its points stand at one shift: export the spectrum again")
    finest = float(np.percentile(positive, 5))
    count = int(np.clip(span / finest + 1, len(ppm), min(_MAX_OVERSAMPLING * len(ppm), MAX_POINTS)))
    grid = np.linspace(ppm[-1], ppm[0], count)
    return even_trace(float(ppm[0]), float(ppm[-1]), np.interp(grid, ppm[::-1], values[::-1])[::-1])
