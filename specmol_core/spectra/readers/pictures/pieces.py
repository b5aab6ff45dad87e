"""Find the trace among the ink of a picture: without a frame, labels and specks, and only if it can be a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["CONTINUOUS", "commonest", "find_trace", "inked_columns"]

CONTINUOUS = 0.8
"""Share of the columns that one connected line covers where the picture is a line plot."""
_EDGE = 0.04
"""Share of a side within which a full line is a frame and no signal."""
_FULL = 0.97
"""Share of a row or column that is inked where a line runs along it."""
_FAINT = 0.25
"""Ink below this share of the strongest is anti-aliasing."""
_ONE_VALUED = 0.8
"""Share of the columns whose ink is one stroke, as a function drawn over its axis has it."""
_ON_BASELINE = 0.1
"""Share of the columns of a line plot that rest on its baseline, however crowded it is."""


def find_trace(density: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], list[str]]:
    """Which ink is the trace of a spectrum.

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
        If no trace runs through the picture.
    """
    notes: list[str] = []
    mask = density > max(_FAINT * float(density.max()), 1.0)
    used = _without_frame(mask)
    labels, count = ndimage.label(mask, structure=np.ones((3, 3), dtype=np.int8))
    if not count:
        raise RefusedError("only a frame is drawn, and no trace inside it")
    boxes = ndimage.find_objects(labels)
    widths = np.array([box[1].stop - box[1].start for box in boxes])
    covered = float(widths.max() / used.sum())
    trace: NDArray[np.bool_]
    if covered >= CONTINUOUS:
        trace = np.asarray(labels == int(widths.argmax()) + 1, dtype=bool)
        if covered < 0.97:
            notes.append(
                f"the trace leaves {1 - covered:.0%} of the width blank; crop the picture to the range it shows"
            )
        plausible = _has_baseline(trace)
    else:
        trace, plausible = _standing(labels, boxes)
    if not plausible or not _is_one_valued(trace):
        raise RefusedError(
            "no trace of a spectrum runs through the picture: crop it to the spectrum, without labels or structures"
        )
    lost = 1.0 - float(trace.sum()) / float(mask.sum())
    if lost > 0.05:
        notes.append(f"{lost:.0%} of the ink is not connected with the trace and was left out")
    return trace, used, notes


def _standing(labels: NDArray[np.int32], boxes: list[tuple[slice, slice]]) -> tuple[NDArray[np.bool_], bool]:
    """Strokes or patches that stand on a common row without an unbroken baseline, and whether most ink does."""
    near = max(2.0, 0.01 * len(labels))
    inked = np.asarray(labels > 0, dtype=bool)
    base = commonest(_lowest(inked)[inked_columns(inked)])
    touching = [box[0].start - near <= base <= box[0].stop + near for box in boxes]
    trace: NDArray[np.bool_] = np.isin(labels, np.flatnonzero(touching) + 1)
    level = np.abs(_lowest(trace)[inked_columns(trace)] - base) <= near
    return trace, bool(trace.sum() >= 0.8 * inked.sum() and level.mean() >= 0.8)


def _has_baseline(trace: NDArray[np.bool_]) -> bool:
    """Whether enough columns of a line plot rest on its commonest row."""
    tops = trace.argmax(axis=0)[inked_columns(trace)].astype(np.float64)
    return float((np.abs(tops - commonest(tops)) <= max(2.0, 0.03 * len(trace))).mean()) >= _ON_BASELINE


def _is_one_valued(trace: NDArray[np.bool_]) -> bool:
    """Whether most columns hold one stroke without gaps: rings, letters and photographs have several."""
    drawn = inked_columns(trace)
    spans = (_lowest(trace) - trace.argmax(axis=0))[drawn]
    return float((trace.sum(axis=0)[drawn] >= 0.9 * spans - 1).mean()) >= _ONE_VALUED


def _lowest(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Lower edge of the ink in each column (rows)."""
    return np.asarray(len(mask) - mask[::-1].argmax(axis=0), dtype=np.float64)


def _without_frame(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Erase a box or axis lines along the border; returns the columns that remain (width,)."""
    height, width = mask.shape
    used = np.ones(width, dtype=bool)
    rows = _full_lines(mask, axis=1)
    near_y, near_x = max(2, round(_EDGE * height)), max(2, round(_EDGE * width))
    above = np.flatnonzero(rows[:near_y])
    below = np.flatnonzero(rows[-near_y:]) + height - near_y
    top, bottom = (above[-1] + 1 if above.size else 0), (below[0] if below.size else height)
    columns = _full_lines(mask[top:bottom], axis=0)
    left, right = np.flatnonzero(columns[:near_x]), np.flatnonzero(columns[-near_x:]) + width - near_x
    mask[above] = False
    used[left] = False
    # A lone line at the low edge may be TMS, two percent of a 13C window from its end.
    if left.size or above.size:
        used[right] = False
    mask[:, ~used] = False
    # A full row below is an axis only where another trace runs above it; else it is the baseline.
    if below.size:
        rest = mask.copy()
        rest[below[0] :] = False
        parted = below[0] > 0 and mask[below[0] - 1].mean() < 0.3
        if parted and inked_columns(rest)[used].mean() >= CONTINUOUS:
            mask[below[0] :] = False
    return used


def inked_columns(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns hold ink (width,)."""
    return np.asarray(mask.any(axis=0), dtype=bool)


def _full_lines(mask: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Which rows (axis 1) or columns (axis 0) are inked from end to end."""
    return np.asarray(mask.mean(axis=axis) >= _FULL, dtype=bool)


def commonest(values: NDArray[np.float64]) -> float:
    """The most common value, in rows: the mode of a histogram with quarter rows, refined by the median about it."""
    bins = np.rint(values * 4).astype(np.int64)
    counts = np.convolve(np.bincount(bins - bins.min()), np.ones(5), mode="same")
    mode = (int(counts.argmax()) + bins.min()) / 4
    return float(np.median(values[np.abs(values - mode) <= 1.0]))
