"""First-order splitting with the roof effect, and the joining of lines that nobody could tell apart."""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PairCorrections", "first_order_lines", "line_shares", "merge_unresolved", "pair_corrections", "thin_lines"]

RESOLUTION_HZ = 0.06
"""Lines closer than this become one."""
MAX_LINES = 400
"""Lines of one cluster; the resolution is coarsened until they fit."""
_MAX_PRODUCT = 4096
"""Lines of a multiplet before those that coincide are joined."""

Float = NDArray[np.float64]


class PairCorrections(NamedTuple):
    """What the weak coupling of two groups does beyond a plain splitting, as in an AB system."""

    tilt: Float
    """(groups, groups): how much stronger the line towards the partner is, -1 to 1, times the sign that makes it
    the line of the partner's higher Mz; 0 beside F and P."""
    displacement: Float
    """(groups, groups): shift of the first group's centre by each spin of the second (Hz)."""


def pair_corrections(couplings: Float, hz: Float) -> PairCorrections:
    """Corrections of all pairs of groups at Larmor frequencies ``hz`` (groups,), NaN for F and P.

    Two spins A and B have, with D = sqrt((nu_A - nu_B)^2 + J^2), lines at the mean frequency +- D/2 +- J/2 with
    intensities 1 -+ J/D (Pople, Schneider, Bernstein, "High-resolution Nuclear Magnetic Resonance", 1959, ch. 6).
    Written as a tilt and a displacement of A's doublet that is exact, in the limits of both weak and strong coupling.
    """
    difference = hz[:, None] - hz[None, :]
    is_proton_pair = np.isfinite(difference)
    difference[~is_proton_pair] = 1.0
    distance = np.hypot(difference, couplings)
    direction = np.sign(difference) * is_proton_pair
    tilt = -direction * couplings / np.where(distance > 0.0, distance, 1.0)
    return PairCorrections(tilt, direction * (distance - np.abs(difference)) / 2)


def first_order_lines(constants: list[float], counts: list[int], tilts: list[float]) -> tuple[Float, Float]:
    """Offsets (lines,) in Hz and shares (lines,) of one proton's lines, split by groups of ``counts`` spins."""
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
    """Share of each line of a multiplet by ``count`` neighbours, from their highest Mz on (lines, count + 1).

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
    """Lines closer than the resolution as one at their centre of gravity, sorted; at most MAX_LINES of them."""
    if len(line) == 1:
        return line, area
    visible = _visible(area)
    order = visible[line[visible].argsort(kind="stable")]
    line, area = line[order], area[order]
    resolution = RESOLUTION_HZ
    while True:
        # Cells begin below the first line, so that lines that coincide but for rounding share one.
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
"""Lines below this share of the strongest are none."""


def _visible(area: Float) -> NDArray[np.int64]:
    return np.asarray((area > _MIN_VISIBLE_AREA * area.max()).nonzero()[0], dtype=np.int64)


def thin_lines(
    line: Float, area: Float, split: Float, slope: Float, max_lines: int
) -> tuple[Float, Float, Float, Float]:
    """At most about ``max_lines`` lines: neighbours become one line, with the mean of their couplings.

    Parameters
    ----------
    split, slope
        Coupling and tilt of each line with every group outside (lines, outside).
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
