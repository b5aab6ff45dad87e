"""Carbon experiments whose lines point up or down by the number of protons: DEPT, DEPTQ, APT."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

__all__ = ["has_negative_lines", "is_multiplicity_edited", "lacks_quaternary"]

_EDITED = re.compile(r"dept|(?<![a-z])apt(?![a-z])|jmod|attached|udeft.?q|pendant|sefted", re.IGNORECASE)
_DEPT = re.compile(r"dept(?!.?q)", re.IGNORECASE)
_MIN_DEPTH_SNR = 12.0
"""Least depth of a line that points down (standard deviations of the noise)."""
_MIN_DEPTH_SHARE = 0.1
"""Least depth of such a line, relative to the strongest."""
_MAX_NEIGHBOUR_RATIO = 0.5
"""Largest height beside it, relative to its depth; a line out of phase is as high as it is deep."""


def is_multiplicity_edited(pulse_sequence: str) -> bool:
    """Whether a pulse sequence with this name gives signed lines.

    >>> is_multiplicity_edited("deptsp135"), is_multiplicity_edited("zgpg30")
    (True, False)
    """
    return bool(_EDITED.search(pulse_sequence))


def lacks_quaternary(pulse_sequence: str) -> bool:
    """Whether a pulse sequence with this name is a DEPT, which shows no carbon without a proton."""
    return bool(_DEPT.search(pulse_sequence))


def has_negative_lines(trace: NDArray[np.floating], min_count: int = 2) -> bool:
    """Whether a trace (n,) has downward lines that are not phase errors.

    Parameters
    ----------
    min_count
        Least number of such lines; one is enough if the pulse sequence suggests them.
    """
    values = np.asarray(trace, dtype=np.float64)
    values = values - np.median(values)
    strongest = float(np.abs(values).max())
    if -float(values.min()) <= _MIN_DEPTH_SHARE * strongest:
        return False
    noise = 1.4826 * float(np.median(np.abs(np.diff(values)))) / np.sqrt(2.0)
    min_depth = max(_MIN_DEPTH_SNR * noise, _MIN_DEPTH_SHARE * strongest)
    runs, _ = label(values < -min_depth / 2)
    count = 0
    for (run,) in find_objects(runs):
        depth = -float(values[run].min())
        margin = 4 * (run.stop - run.start) + 8
        around = values[max(0, run.start - margin) : run.stop + margin]
        count += depth > min_depth and float(around.max()) < _MAX_NEIGHBOUR_RATIO * depth
    return count >= min_count
