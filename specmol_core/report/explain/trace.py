"""A trace of any length as a line for a picture, its narrow lines kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["column_range", "zigzag"]


def column_range(spectrum: Spectrum, view: PpmAxis) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value of the trace in each column of a view (view.points,); NaN outside of the trace.

    A column counts the samples within it and the trace at its edges, so that neither a line narrower than a column
    is lost nor a trace with fewer samples than columns falls apart.
    """
    axis, trace = spectrum.axis, spectrum.intensities.astype(np.float64)
    edges = axis.position(view.high - np.arange(view.points + 1, dtype=np.float64) * view.step) - 0.5
    at = np.interp(edges, np.arange(len(trace)), trace)
    at[(edges < -0.5) | (edges > len(trace) - 0.5)] = np.nan
    low, high = np.fmin(at[:-1], at[1:]), np.fmax(at[:-1], at[1:])
    columns = np.floor(view.position(axis.grid())).astype(np.int64)
    inside = (columns >= 0) & (columns < view.points)
    np.fmin.at(low, columns[inside], trace[inside])
    np.fmax.at(high, columns[inside], trace[inside])
    return low, high


def zigzag(
    x: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Lines (n, 2) that pass both ends of each column, in the order that joins neighbours by the shortest way.

    Parameters
    ----------
    x
        Middle of each column (columns,).
    first, second
        Ends of each column (columns,); NaN where the trace has none, which starts a new line.
    """
    lines: list[list[tuple[float, float]]] = []
    last: float | None = None
    for column_x, near_end, far_end in zip(x.tolist(), first.tolist(), second.tolist(), strict=True):
        if np.isnan(near_end):
            last = None
            continue
        if last is None:
            lines.append([])
        elif abs(near_end - last) > abs(far_end - last):
            near_end, far_end = far_end, near_end
        lines[-1] += [(column_x, near_end)] if near_end == far_end else [(column_x, near_end), (column_x, far_end)]
        last = far_end
    return [_drop_level_points(np.array(line)) for line in lines if len(line) > 1]


def _drop_level_points(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line (n, 2) less the points within a level part."""
    y = np.round(line[:, 1], 2)
    needed = np.ones(len(y), dtype=bool)
    needed[1:-1] = (y[1:-1] != y[:-2]) | (y[1:-1] != y[2:])
    return line[needed]
