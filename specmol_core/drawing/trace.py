"""A trace of any length as a line for an image, its narrow lines kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["column_range", "zigzag"]


def column_range(
    x: NDArray[np.float64], trace: NDArray[np.floating], columns: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value of a trace in each column (columns,); NaN outside of the trace.

    A column counts the samples within it and the trace at its edges, so that neither a line narrower than a column
    is lost nor a trace with fewer samples than columns falls apart.

    Parameters
    ----------
    x
        Position of each sample (samples,), rising and even; column k lasts from k to k + 1.
    trace
        Value of each sample (samples,).
    """
    values, edges = trace.astype(np.float64), np.arange(columns + 1, dtype=np.float64)
    at = np.interp(edges, x, values)
    # A sample stands for the half step on both its sides.
    margin = (x[-1] - x[0]) / max(len(x) - 1, 1) / 2 + 1e-9
    at[(edges < x[0] - margin) | (edges > x[-1] + margin)] = np.nan
    low, high = np.fmin(at[:-1], at[1:]), np.fmax(at[:-1], at[1:])
    cells = np.floor(x).astype(np.int64)
    inside = (cells >= 0) & (cells < columns)
    np.fmin.at(low, cells[inside], values[inside])
    np.fmax.at(high, cells[inside], values[inside])
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
