"""Resample a trace to another axis without losing a peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis

__all__ = ["column_extremes"]


def column_extremes(traces: NDArray[np.floating], axis: PpmAxis, target: PpmAxis) -> NDArray[np.float64]:
    """Resample traces to another axis: the largest sample of each column, never an average.

    A column without a sample of its own (the source is coarser) is interpolated linearly at its
    middle. A column whose middle is outside the source window is 0.

    Parameters
    ----------
    traces
        Intensities (n, axis.points).

    Returns
    -------
    Intensities (n, target.points).

    Examples
    --------
    >>> trace = np.array([[0.0, 5.0, 1.0, 2.0]])
    >>> column_extremes(trace, PpmAxis(4.0, 0.0, 4), PpmAxis(4.0, 0.0, 2))
    array([[5., 2.]])
    """
    positions = target.position(axis.grid())
    # Rounding must not move a sample on the edge of two columns to the other column.
    cells = np.clip(np.floor(positions + 1e-9), -1, target.points).astype(np.int64)
    first, last = np.searchsorted(cells, [0, target.points])
    filled_columns, starts = np.unique(cells[first:last], return_index=True)

    resampled = np.zeros((len(traces), target.points))
    empty_columns = np.setdiff1d(np.arange(target.points), filled_columns)
    middles: NDArray[np.float64] = target.grid()[empty_columns]
    at = axis.position(middles)
    inside = (at >= 0) & (at <= axis.points)
    empty_columns, at = empty_columns[inside], np.clip(at[inside] - 0.5, 0, axis.points - 1)
    left = np.minimum(at.astype(np.int64), max(axis.points - 2, 0))
    right = np.minimum(left + 1, axis.points - 1)
    fraction = at - left
    with np.errstate(invalid="ignore"):  # values that are not finite stay, and the caller checks them
        resampled[:, empty_columns] = traces[:, left] * (1 - fraction) + traces[:, right] * fraction
    if filled_columns.size:
        resampled[:, filled_columns] = np.maximum.reduceat(traces[:, first:last], starts, axis=1)
    return resampled
