"""Compiled alignment of the lines of several components with signals, line by line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["align_lines"]

_MISSING, _UNASSIGNED, _MATCHED = 0, 1, 2
_ALONE, _SHARED, _SPLIT = 0, 1, 2


@compiled
def align_lines(
    match: NDArray[np.float64],
    missing: NDArray[np.float64],
    merged: float,
    split: NDArray[np.float64],
    unassigned: NDArray[np.float64],
    signals: NDArray[np.int64],
) -> float:
    """Return the log-likelihood of the best alignment, and write the signals of each line.

    Lines and signals are in rising order and keep it. A line has one signal, or two neighbouring ones,
    or none; a signal may be that of several lines.

    Parameters
    ----------
    match
        (lines, signals): log-likelihood ratio that a line has a signal.
    missing
        (lines,): log-probability that a line is not observed.
    merged
        Log-probability that a line has the same signal as the line before it.
    split
        (lines, signals): log-likelihood ratio that a line has a signal and the signal before it.
    unassigned
        (signals,): log-probability that a signal is unassigned.
    signals
        (lines, 2): overwritten with the signals of each line; -1 for none.
    """
    lines, width = match.shape
    best = np.zeros((lines + 1, width + 1))
    ending = np.full((lines + 1, width + 1), -1e18)
    step = np.zeros((lines + 1, width + 1), np.uint8)
    end_step = np.zeros((lines + 1, width + 1), np.uint8)
    for j in range(width):
        best[0, j + 1] = best[0, j] + unassigned[j]
        step[0, j + 1] = _UNASSIGNED
    for i in range(lines):
        best[i + 1, 0] = best[i, 0] + missing[i]
        for j in range(width):
            here = best[i, j] + match[i, j]
            how = _ALONE
            # A further line of an explained signal is no evidence, however near it is.
            shared = ending[i, j + 1] + min(merged + match[i, j], 0.0)
            if shared > here:
                here, how = shared, _SHARED
            if j > 0 and best[i, j - 1] + split[i, j] > here:
                here, how = best[i, j - 1] + split[i, j], _SPLIT
            ending[i + 1, j + 1] = here
            end_step[i + 1, j + 1] = how
            value, kind = here, _MATCHED
            if best[i, j + 1] + missing[i] > value:
                value, kind = best[i, j + 1] + missing[i], _MISSING
            if best[i + 1, j] + unassigned[j] > value:
                value, kind = best[i + 1, j] + unassigned[j], _UNASSIGNED
            best[i + 1, j + 1] = value
            step[i + 1, j + 1] = kind
    signals[:] = -1
    i, j = lines, width
    while i > 0:
        kind = int(step[i, j]) if j > 0 else _MISSING
        if kind == _UNASSIGNED:
            j -= 1
        elif kind == _MISSING:
            i -= 1
        else:
            how = int(end_step[i, j])
            signals[i - 1, 0] = j - 1
            while how == _SHARED:
                i -= 1
                signals[i - 1, 0] = j - 1
                how = int(end_step[i, j])
            if how == _SPLIT:
                signals[i - 1, 1] = j - 2
                j -= 1
            i -= 1
            j -= 1
    return float(best[lines, width])
