"""Picked lines as arrays: their tails, their areas, and the trace without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["MAX_INSIDE_HEIGHT", "PickedLines", "bridged", "tails_of", "typical_area"]

_STRONG_SHARE = 0.1
"""Least height or area of a strong line, relative to the tallest or largest."""
_MIN_NARROW_SHARE = 0.1
"""Least height of a narrow line, relative to the median of the strong ones; a lower one may be noise on
a broad line."""
_INSIDE_WIDTHS, _MAX_INSIDE_SHARE, MAX_INSIDE_HEIGHT = 0.7, 0.5, 2.0
"""Largest share of the area of a broad line that lines within this many of its widths may have, and
their largest height, relative to it; otherwise it is a multiplet of these, or the foot of one."""
_CORE_WIDTHS, _TAIL_WIDTHS = 4.0, 200.0
"""Ranges to either side of a narrow line, in its widths: what is bridged, and how far its tails are
subtracted."""
_MAX_COUPLING_HZ = 19.0
"""Distance up to which lines of 1H are one multiplet (Hz)."""
_APART_WIDTHS, _WING_WIDTHS, _MIN_WING = 8.0, (1.5, 2.5), 0.4
"""Distance to the next line, in widths, of a line that stands alone; the range about it, and the least mean
of the trace there, relative to its height, if it is far wider than it was measured."""


@dataclass(frozen=True)
class PickedLines:
    """Picked lines as arrays; positions and widths in points."""

    at: NDArray[np.float64]
    height: NDArray[np.float64]
    width: NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[Peak], spectrum: Spectrum, hertz: float) -> PickedLines:
        at = np.asarray(spectrum.axis.position(np.array([line.ppm for line in lines]))) - 0.5
        width = np.array([line.width_hz or 1.0 for line in lines]) / hertz
        return cls(at, np.array([line.height for line in lines]), np.maximum(width, 1.0))

    @property
    def area(self) -> NDArray[np.float64]:
        return self.height * self.width

    @property
    def least_height(self) -> float:
        """Height up to which a line may be noise on a broad line."""
        tallest = np.sort(self.height)[::-1][:5]
        return _MIN_NARROW_SHARE * float(np.median(tallest[tallest > _STRONG_SHARE * tallest[0]]))

    def above(self, height: float) -> PickedLines:
        kept = self.height > height
        return PickedLines(self.at[kept], self.height[kept], self.width[kept])

    def and_(self, others: PickedLines) -> PickedLines:
        """Both lines."""
        return PickedLines(*(np.concatenate((getattr(self, n), getattr(others, n))) for n in ("at", "height", "width")))

    def narrow(self) -> PickedLines:
        """The lines without those that may be noise on a broad line."""
        return self.above(self.least_height)

    def without(self, left_out: NDArray[np.bool_]) -> PickedLines:
        """The other lines."""
        return PickedLines(self.at[~left_out], self.height[~left_out], self.width[~left_out])

    def are_wider(self, trace: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each line (lines,) stands alone and is far wider than measured: noise cut its top short."""
        order = np.argsort(self.at)
        gaps = np.diff(self.at[order], prepend=-np.inf, append=np.inf)
        is_alone = np.empty(len(order), np.bool_)
        is_alone[order] = np.minimum(gaps[:-1], gaps[1:]) > _APART_WIDTHS * self.width[order]
        near, far = _WING_WIDTHS
        for k in np.flatnonzero(is_alone):
            at, width = self.at[k], self.width[k]
            left = trace[max(int(at - far * width), 0) : max(int(at - near * width), 0)]
            right = trace[int(at + near * width) : int(at + far * width)]
            is_alone[k] = all(part.size and float(part.mean()) > _MIN_WING * self.height[k] for part in (left, right))
        return is_alone

    def explain(self, at: float, height: float, width: float) -> bool:
        """Whether a broad line is only the multiplet or the foot of these lines."""
        inside = np.abs(self.at - at) < _INSIDE_WIDTHS * width
        return bool(
            self.area[inside].sum() > _MAX_INSIDE_SHARE * height * width
            or self.height[inside].max(initial=0.0) > MAX_INSIDE_HEIGHT * height
        )


def tails_of(points: int, lines: PickedLines) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Sum (points,) of the Lorentzians of all lines, and which points (points,) are near one."""
    total, is_core = np.zeros(points), np.zeros(points, np.bool_)
    for at, height, width in zip(lines.at, lines.height, lines.width, strict=True):
        first, last = max(int(at - _TAIL_WIDTHS * width), 0), min(int(at + _TAIL_WIDTHS * width) + 2, points)
        total[first:last] += height / (1 + (2 * (np.arange(first, last) - at) / width) ** 2)
        is_core[max(int(at - _CORE_WIDTHS * width), 0) : int(at + _CORE_WIDTHS * width) + 2] = True
    return total, is_core


def bridged(trace: NDArray[np.float64], is_core: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A trace (points,) with straight lines where ``is_core`` (points,) is true."""
    known = np.flatnonzero(~is_core)
    if not known.size:
        return np.zeros(len(trace))
    result = trace.copy()
    result[is_core] = np.interp(np.flatnonzero(is_core), known, trace[known])
    return result


def typical_area(lines: PickedLines, nucleus: str, hertz: float) -> float:
    """Median area of the strong lines of 13C or multiplets of 1H."""
    area, order = lines.area, np.argsort(lines.at)
    if nucleus == "1H":
        starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(lines.at[order]) * hertz > _MAX_COUPLING_HZ)))
        area = np.add.reduceat(area[order], starts)
    return float(np.median(area[area > _STRONG_SHARE * area.max()]))
