"""Join the lines of a 13C spectrum without proton decoupling into one line for each carbon.

One-bond couplings of 13C with 1H are 115 to 215 Hz. They split CH3 into a 1:3:3:1 quartet, CH2 into a
1:2:1 triplet and CH into a doublet. Two lines of equal height may also be two carbons. So lines are
joined only if quartets and triplets, which do not arise by chance, are a large part of the spectrum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.line_groups import disjoint_groups, pairs_at_distance
from specmol_core.spectra.peaks import Peak

__all__ = ["join_proton_multiplets"]

_J_CH_HZ = (112.0, 215.0)
_MAX_GAP_DIFFERENCE_HZ = 4.0
"""Largest difference between two gaps of a multiplet (Hz)."""
_PATTERNS = ((1.0, 3.0, 3.0, 1.0), (1.0, 2.0, 1.0), (1.0, 1.0))
"""Heights of CH3, CH2 and CH."""
_MAX_RATIO = 2.2
"""Largest ratio of two heights that are equal in theory; relaxation and the nuclear Overhauser effect
change the inner lines little, and long-range couplings all lines of a multiplet alike."""
_MIN_JOINED_SHARE, _MIN_SURE_SHARE = 0.75, 0.4
"""Least share of the lines in multiplets, and in quartets and triplets."""


def join_proton_multiplets(peaks: Sequence[Peak], frequency_mhz: float) -> list[Peak]:
    """Return one line at the centre of each CH3, CH2 and CH, and all others as they are.

    The peaks are returned unchanged if they do not look like a spectrum without proton decoupling.

    Parameters
    ----------
    frequency_mhz
        Larmor frequency of 13C (MHz).

    Examples
    --------
    Ethanol:

    >>> quartet = [Peak(18.0 + k * 1.25, height, None) for k, height in ((-1.5, 1), (-0.5, 3), (0.5, 3), (1.5, 1))]
    >>> triplet = [Peak(58.0 + k * 1.42, height, None) for k, height in ((-1, 1), (0, 2), (1, 1))]
    >>> [round(peak.ppm, 2) for peak in join_proton_multiplets([*quartet, *triplet], frequency_mhz=100.0)]
    [18.0, 58.0]
    """
    at = np.array([peak.ppm for peak in peaks]) * frequency_mhz
    height = np.array([abs(peak.height) for peak in peaks])
    unused = set(range(len(peaks)))
    joined: list[Peak] = []
    sure = 0
    for pattern in _PATTERNS:
        for lines in disjoint_groups(_multiplets(at, height, pattern, sorted(unused)), unused):
            centre = (peaks[lines[0]].ppm + peaks[lines[-1]].ppm) / 2
            joined.append(replace(peaks[lines[0]], ppm=centre, height=float(height[list(lines)].sum())))
            sure += len(lines) if len(pattern) > 2 else 0
    count = len(peaks)
    if count - len(unused) < _MIN_JOINED_SHARE * count or sure < _MIN_SURE_SHARE * count:
        return list(peaks)
    return joined + [peaks[i] for i in sorted(unused)]


def _multiplets(
    at: NDArray[np.float64], height: NDArray[np.float64], pattern: tuple[float, ...], lines: Sequence[int]
) -> list[tuple[float, tuple[int, ...]]]:
    """Unevenness and line indices of each multiplet with given heights, in order of frequency.

    The unevenness is that of the gaps (Hz), and of the heights of two lines (logarithm of their ratio).
    """
    found = []
    order = np.array(lines, np.int64)[np.argsort(at[list(lines)])]
    for low, high in pairs_at_distance(at[order], *_J_CH_HZ):
        first, second = int(order[low]), int(order[high])
        gap = at[second] - at[first]
        expected = at[first] + gap * np.arange(2, len(pattern))
        members = [first, second, *order[np.abs(at[order][:, None] - expected).argmin(axis=0)].tolist()]
        if len(set(members)) < len(pattern):
            continue
        unevenness = float(np.abs(np.diff(at[members]) - gap).max())
        relative = np.log(height[members] / np.array(pattern))
        spread = float(relative.max() - relative.min())
        if unevenness <= _MAX_GAP_DIFFERENCE_HZ and spread <= np.log(_MAX_RATIO):
            found.append((unevenness + spread, tuple(members)))
    return found
