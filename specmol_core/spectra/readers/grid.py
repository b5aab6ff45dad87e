"""Bring the points of a file to an even axis, high to low."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MAX_POINTS", "check_point_count", "even_trace", "uneven_trace"]

MAX_POINTS = 2 * 1024**2
"""Largest number of points that a spectrum may have."""

_MIN_POINTS = 4
_MAX_SHIFT_PPM = 1e5
"""Largest shift on an axis, in magnitude (ppm)."""
_MAX_DEVIATION_STEPS = 0.05
"""Largest deviation of a point from an even axis that counts as rounding (steps)."""
_MAX_OVERSAMPLING = 8
"""Largest number of points of the even axis per point of an uneven one."""


def check_point_count(declared: float) -> int:
    """Validate a number of points that a file declares, and return it as an integer.

    Raises
    ------
    RefusedError
        If it is not a whole number from 4 to :data:`MAX_POINTS`.
    """
    if not float(declared).is_integer() or not _MIN_POINTS <= declared <= MAX_POINTS:
        raise RefusedError(
            f"declares {declared:g} points; {_MIN_POINTS} to {MAX_POINTS} are allowed: export the spectrum again"
        )
    return int(declared)


def even_trace(first: float, last: float, values: NDArray[np.floating]) -> tuple[PpmAxis, NDArray[np.float32]]:
    """Return the axis and the trace of evenly spaced points.

    Parameters
    ----------
    first, last
        Shift of the first and the last point (ppm), in either order.
    values
        Intensities (n,).

    Returns
    -------
    The axis, with the points in the middle of its cells, and the intensities (n,) from high to low
    shift.

    Raises
    ------
    RefusedError
        If there are fewer than 4 or too many points, the axis is empty or beyond all shifts, or an
        intensity is not finite in single precision.

    Examples
    --------
    >>> axis, trace = even_trace(0.0, 3.0, np.array([1.0, 2.0, 3.0, 4.0]))
    >>> axis
    PpmAxis(high=3.5, low=-0.5, points=4)
    >>> trace
    array([4., 3., 2., 1.], dtype=float32)
    """
    count = check_point_count(len(values))
    if not (np.isfinite([first, last]).all() and max(abs(first), abs(last)) <= _MAX_SHIFT_PPM and first != last):
        raise RefusedError(f"its axis of {first:g} to {last:g} ppm is not valid: export the spectrum again")
    if first < last:
        first, last, values = last, first, values[::-1]
    step = (first - last) / (count - 1)
    try:
        axis = PpmAxis(first + step / 2, last - step / 2, count)
    except ValueError as error:
        raise RefusedError(f"its axis is not valid: {error}; export the spectrum again") from None
    with np.errstate(over="ignore"):
        trace = np.ascontiguousarray(values, dtype=np.float32)
    if not np.isfinite(trace).all():
        raise RefusedError("holds intensities that are not finite, or beyond single precision: export it again")
    return axis, trace


def uneven_trace(ppm: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[PpmAxis, NDArray[np.float32]]:
    """Return an even axis and trace for points at any shifts (n,).

    Unevenly spaced points are interpolated linearly.

    Raises
    ------
    RefusedError
        As :func:`even_trace`, and if all points have the same shift.
    """
    check_point_count(len(values))
    if not np.isfinite(ppm).all():
        raise RefusedError("its axis holds values that are not finite: export the spectrum again")
    order = np.argsort(ppm, kind="stable")[::-1]
    ppm, values = ppm[order], values[order]
    span = float(ppm[0] - ppm[-1])
    steps = -np.diff(ppm)
    even = np.linspace(ppm[0], ppm[-1], len(ppm))
    if span > 0 and float(np.abs(ppm - even).max()) <= _MAX_DEVIATION_STEPS * span / len(steps):
        return even_trace(float(ppm[0]), float(ppm[-1]), values)
    positive = steps[steps > 0]
    if not positive.size:
        raise RefusedError("all its points have one shift: export the spectrum again")
    finest = float(np.percentile(positive, 5))
    count = int(np.clip(span / finest + 1, len(ppm), min(_MAX_OVERSAMPLING * len(ppm), MAX_POINTS)))
    grid = np.linspace(ppm[-1], ppm[0], count)
    return even_trace(float(ppm[0]), float(ppm[-1]), np.interp(grid, ppm[::-1], values[::-1])[::-1])
