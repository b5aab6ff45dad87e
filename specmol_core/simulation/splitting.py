"""First-order splitting with the roof effect, and merging of unresolved lines."""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PairCorrections", "first_order_lines", "line_shares", "merge_unresolved", "pair_corrections", "thin_lines"]

RESOLUTION_HZ = 0.06
"""Lines closer than this are merged."""
MAX_LINES = 400
"""Maximum lines of one cluster; the resolution is coarsened until they fit."""
_MAX_PRODUCT = 4096
"""Number of lines of a multiplet above which coinciding lines are merged."""

Float = NDArray[np.float64]


class PairCorrections(NamedTuple):
    """Corrections to the first-order splitting of weakly coupled pairs, as in an AB system."""

    tilt: Float
    """(groups, groups): relative excess intensity of the line of the partner's higher Mz, -1 to 1;
    0 for couplings to F and P."""
    displacement: Float
    """(groups, groups): shift of the first group's centre by each spin of the second group (Hz)."""


def pair_corrections(couplings: Float, hz: Float) -> PairCorrections:
    """Return the corrections of all pairs of groups.

    With D = sqrt((nu_A - nu_B)^2 + J^2), two spins A and B have lines at the mean frequency +- D/2
    +- J/2 with intensities 1 -+ J/D (Pople, Schneider, Bernstein, "High-resolution Nuclear Magnetic
    Resonance", 1959, ch. 6). A tilt and a displacement of A's doublet express this exactly, in the
    limits of both weak and strong coupling.

    Parameters
    ----------
    couplings
        Coupling constants (groups, groups), Hz.
    hz
        Larmor frequencies (groups,), Hz; NaN for F and P.
    """
    difference = hz[:, None] - hz[None, :]
    is_proton_pair = np.isfinite(difference)
    difference[~is_proton_pair] = 1.0
    distance = np.hypot(difference, couplings)
    direction = np.sign(difference) * is_proton_pair
    tilt = -direction * couplings / np.where(distance > 0.0, distance, 1.0)
    return PairCorrections(tilt, direction * (distance - np.abs(difference)) / 2)


def first_order_lines(constants: list[float], counts: list[int], tilts: list[float]) -> tuple[Float, Float]:
    """Return offsets (lines,) in Hz and shares (lines,) of the lines of one proton.

    Each group of ``counts`` spins splits it by one of ``constants`` (Hz) with one of ``tilts``.

    Examples
    --------
    >>> offsets, shares = first_order_lines([7.0], [2], [0.0])
    >>> offsets.tolist(), shares.tolist()
    ([7.0, 0.0, -7.0], [0.25, 0.5, 0.25])
    """
    offset, share = np.zeros(1), np.ones(1)
    for constant, count, tilt in zip(constants, counts, tilts, strict=True):
        steps, binomial = _binomials(count)
        part = binomial / 2.0**count
        if tilt:
            part = binomial * ((1 + tilt) / 2) ** (count - steps) * ((1 - tilt) / 2) ** steps
        offset = (offset[:, None] + constant * (count / 2 - steps)).ravel()
        share = (share[:, None] * part).ravel()
        if len(offset) > _MAX_PRODUCT:
            offset, share = merge_unresolved(offset, share)
    return offset, share


def line_shares(count: int, slope: Float) -> Float:
    """Return the shares (lines, count + 1) of a multiplet by ``count`` spins, highest Mz first.

    Parameters
    ----------
    slope
        Tilt of each line, -1 to 1 (lines,).
    """
    steps, binomial = _binomials(count)
    up, down = (1 + slope)[:, None] / 2, (1 - slope)[:, None] / 2
    result: Float = binomial * up ** (count - steps) * down**steps
    return result


@lru_cache(maxsize=64)
def _binomials(count: int) -> tuple[NDArray[np.int64], Float]:
    return np.arange(count + 1), np.array([comb(count, k) for k in range(count + 1)], dtype=np.float64)


def merge_unresolved(line: Float, area: Float) -> tuple[Float, Float]:
    """Merge lines closer than the resolution at their centre of gravity.

    Return at most MAX_LINES, sorted.
    """
    if len(line) == 1:
        return line, area
    visible = _visible(area)
    order = visible[line[visible].argsort(kind="stable")]
    line, area = line[order], area[order]
    resolution = RESOLUTION_HZ
    while True:
        # Cells start below the first line, so that lines equal up to rounding share a cell.
        cell = ((line - line[0]) / resolution + 0.37).astype(np.int64)
        start = np.concatenate((_FIRST_INDEX, (cell[1:] != cell[:-1]).nonzero()[0] + 1))
        if len(start) < len(line):
            total = np.add.reduceat(area, start)
            line, area = np.add.reduceat(line * area, start) / total, total
        if len(line) <= MAX_LINES:
            return line, area
        resolution *= 2


_FIRST_INDEX = np.zeros(1, dtype=np.int64)
_MIN_VISIBLE_AREA = 1e-7
"""Lines below this share of the strongest are dropped."""


def _visible(area: Float) -> NDArray[np.int64]:
    return np.asarray((area > _MIN_VISIBLE_AREA * area.max()).nonzero()[0], dtype=np.int64)


def thin_lines(
    line: Float, area: Float, split: Float, slope: Float, max_lines: int
) -> tuple[Float, Float, Float, Float]:
    """Merge neighbouring lines until about ``max_lines`` are left.

    A merged line has the mean couplings of its parts, weighted by area.

    Parameters
    ----------
    split, slope
        Coupling (Hz) and tilt of each line with every outside group (lines, outside).
    """
    resolution = RESOLUTION_HZ
    while len(line) > max_lines:
        visible = _visible(area)
        order = visible[line[visible].argsort(kind="stable")]
        line, area, split, slope = line[order], area[order], split[order], slope[order]
        cell = ((line - line[0]) / resolution + 0.37).astype(np.int64)
        start = np.concatenate((_FIRST_INDEX, (cell[1:] != cell[:-1]).nonzero()[0] + 1))
        total = np.add.reduceat(area, start)
        line = np.add.reduceat(line * area, start) / total
        split = np.add.reduceat(split * area[:, None], start) / total[:, None]
        slope = np.add.reduceat(slope * area[:, None], start) / total[:, None]
        area = total
        resolution *= 2
    return line, area, split, slope
