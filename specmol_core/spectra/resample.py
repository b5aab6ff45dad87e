"""Bring a trace to another axis without losing a peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis

__all__ = ["column_extremes"]


def column_extremes(traces: NDArray[np.floating], axis: PpmAxis, target: PpmAxis) -> NDArray[np.float64]:
    """Resample traces so that no peak is lost: the largest sample of each column, never an average.

    A column without a sample of its own (the source is coarser) is interpolated linearly at its middle; a
    column whose middle is outside the source window is 0.

    Parameters
    ----------
    traces
        Intensities (n, axis.points).

    Returns
    -------
    Intensities (n, target.points).
    """
    positions = target.position(axis.grid())
    # A sample on the edge of two columns must not change sides by the last bit of a float.
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
    with np.errstate(invalid="ignore"):  # what is not finite stays so, and the caller sees it
        resampled[:, empty_columns] = traces[:, left] * (1 - fraction) + traces[:, right] * fraction
    if filled_columns.size:
        resampled[:, filled_columns] = np.maximum.reduceat(traces[:, first:last], starts, axis=1)
    return resampled
