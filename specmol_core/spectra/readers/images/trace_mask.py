"""Find the trace among the ink of an image, and check that it can be a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.images.ink import connected_parts
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MIN_CONTINUOUS_SHARE", "find_trace", "inked_columns", "most_common_row"]

MIN_CONTINUOUS_SHARE = 0.8
"""Share of the columns that one connected line must cover in a line plot."""
_MAX_FRAME_MARGIN = 0.04
"""Distance from the border (share of a side) within which a full line is a frame, not a signal."""
_MIN_FULL_LINE_SHARE = 0.97
"""Least inked share of a row or column with a line along it."""
_MIN_INK_SHARE = 0.25
"""Ink below this share of the strongest is anti-aliasing."""
_MIN_ONE_VALUED_SHARE = 0.8
"""Least share of the columns whose ink is one stroke, as in the graph of a function."""
_MIN_BASELINE_SHARE = 0.1
"""Least share of the columns of a line plot on its baseline, even if it is crowded."""


def find_trace(density: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], list[str]]:
    """Find the ink that is the trace of a spectrum.

    Parameters
    ----------
    density
        Ink (height, width), 0 for paper.

    Returns
    -------
    The trace (height, width), the columns inside a frame (width,), and warnings.

    Raises
    ------
    RefusedError
        If no trace runs through the image.
    """
    notes: list[str] = []
    mask = density > max(_MIN_INK_SHARE * float(density.max()), 1.0)
    inner_columns = _erase_frame(mask)
    labels, boxes = connected_parts(mask)
    if not boxes:
        raise RefusedError("only a frame is drawn, and no trace inside it")
    widths = np.array([box[1].stop - box[1].start for box in boxes])
    covered = float(widths.max() / inner_columns.sum())
    trace: NDArray[np.bool_]
    if covered >= MIN_CONTINUOUS_SHARE:
        trace = np.asarray(labels == int(widths.argmax()) + 1, dtype=bool)
        if covered < 0.97:
            notes.append(f"the trace leaves {1 - covered:.0%} of the width blank; crop the image to the range it shows")
        plausible = _has_baseline(trace)
    else:
        trace, plausible = _strokes_on_row(labels, boxes)
    if not plausible or not _is_one_valued(trace):
        raise RefusedError(
            "no trace of a spectrum runs through the image: crop it to the spectrum, without labels or structures"
        )
    lost_share = 1.0 - float(trace.sum()) / float(mask.sum())
    if lost_share > 0.05:
        notes.append(f"{lost_share:.0%} of the ink is not connected with the trace and was left out")
    return trace, inner_columns, notes


def _strokes_on_row(labels: NDArray[np.int32], boxes: list[tuple[slice, slice]]) -> tuple[NDArray[np.bool_], bool]:
    """Strokes or patches on a common row without a baseline, and whether they hold most ink."""
    tolerance = max(2.0, 0.01 * len(labels))
    inked = np.asarray(labels > 0, dtype=bool)
    base = most_common_row(_lower_edges(inked)[inked_columns(inked)])
    touching = [box[0].start - tolerance <= base <= box[0].stop + tolerance for box in boxes]
    trace: NDArray[np.bool_] = np.isin(labels, np.flatnonzero(touching) + 1)
    level = np.abs(_lower_edges(trace)[inked_columns(trace)] - base) <= tolerance
    return trace, bool(trace.sum() >= 0.8 * inked.sum() and level.mean() >= 0.8)


def _has_baseline(trace: NDArray[np.bool_]) -> bool:
    """Whether enough columns of a line plot are on its most common row."""
    tops = trace.argmax(axis=0)[inked_columns(trace)].astype(np.float64)
    return float((np.abs(tops - most_common_row(tops)) <= max(2.0, 0.03 * len(trace))).mean()) >= _MIN_BASELINE_SHARE


def _is_one_valued(trace: NDArray[np.bool_]) -> bool:
    """Whether most columns hold one stroke without gaps; rings, letters and photographs do not."""
    drawn = inked_columns(trace)
    spans = (_lower_edges(trace) - trace.argmax(axis=0))[drawn]
    return float((trace.sum(axis=0)[drawn] >= 0.9 * spans - 1).mean()) >= _MIN_ONE_VALUED_SHARE


def _lower_edges(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Lower edge of the ink in each column (rows)."""
    return np.asarray(len(mask) - mask[::-1].argmax(axis=0), dtype=np.float64)


def _erase_frame(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Erase a box or axis lines along the border; return the columns that remain (width,)."""
    height, width = mask.shape
    inner_columns = np.ones(width, dtype=bool)
    rows = _full_lines(mask, axis=1)
    near_y, near_x = max(2, round(_MAX_FRAME_MARGIN * height)), max(2, round(_MAX_FRAME_MARGIN * width))
    above = np.flatnonzero(rows[:near_y])
    below = np.flatnonzero(rows[-near_y:]) + height - near_y
    top, bottom = (above[-1] + 1 if above.size else 0), (below[0] if below.size else height)
    columns = _full_lines(mask[top:bottom], axis=0)
    left, right = np.flatnonzero(columns[:near_x]), np.flatnonzero(columns[-near_x:]) + width - near_x
    mask[above] = False
    inner_columns[left] = False
    # A lone line at the low edge may be TMS, two percent of a 13C window from its end.
    if left.size or above.size:
        inner_columns[right] = False
    mask[:, ~inner_columns] = False
    # A full row below is an axis only where another trace runs above it; else it is the baseline.
    if below.size:
        rest = mask.copy()
        rest[below[0] :] = False
        is_separate = below[0] > 0 and mask[below[0] - 1].mean() < 0.3
        if is_separate and inked_columns(rest)[inner_columns].mean() >= MIN_CONTINUOUS_SHARE:
            mask[below[0] :] = False
    return inner_columns


def inked_columns(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns hold ink (width,)."""
    return np.asarray(mask.any(axis=0), dtype=bool)


def _full_lines(mask: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Which rows (axis 1) or columns (axis 0) are inked from end to end."""
    return np.asarray(mask.mean(axis=axis) >= _MIN_FULL_LINE_SHARE, dtype=bool)


def most_common_row(values: NDArray[np.float64]) -> float:
    """Return the most common value (rows): the mode in quarter rows, refined by a local median.

    >>> most_common_row(np.array([10.0, 10.0, 10.25, 40.0]))
    10.0
    """
    bins = np.rint(values * 4).astype(np.int64)
    counts = np.convolve(np.bincount(bins - bins.min()), np.ones(5), mode="same")
    mode = (int(counts.argmax()) + bins.min()) / 4
    return float(np.median(values[np.abs(values - mode) <= 1.0]))
