"""From lines to a spectrum by way of the free induction decay, as an instrument does it.

Every line is an undamped oscillation; all lines are put on a grid and Fourier-transformed at once, multiplied by the
decay that gives them their shape, and transformed back. The height of a line does not depend on where between two
points of the grid it stands: a line is spread by a cubic B-spline, whose transform is divided out again (Steidl, Adv.
Comput. Math. 9 (1998) 337), and the top of a line is found between the points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from specmol_core.spectra.axis import PpmAxis

__all__ = ["Grid", "broad_signal", "decay", "extremes", "line_signal", "powers", "spectrum", "strongest_height"]

_PER_WIDTH, _PER_GAUSS = 3.0, 1.5
"""Points of the grid per line width, and how many more where the line is a Gaussian: tops are found to 1 %."""
_SIZES = (16, 20, 24, 32, 40, 48, 64, 80, 96, 128)
"""Lengths of grids (1,024 points): few, so that what depends on them alone is kept, and quick to transform."""
_MARGIN = 1.15
"""Length of the grid against the window: the tails of a line at one end must not wrap round to the other."""
_SHOULDER = 0.4
"""Height of both neighbours of the top of a line over that of the top, at least."""
_FORGOTTEN = 9.2
"""A decay is over where it has come down to exp(-9.2), 0.01 %."""
_CANDIDATES = 48
"""Lines of the most crowded places at which a height is summed."""


@dataclass(frozen=True)
class Grid:
    """Even grid of one spectrum, finer than the trace that it ends in."""

    axis: PpmAxis
    """Axis of the trace."""
    mhz: float
    """Larmor frequency of the nucleus."""
    cells: int
    """Points of the grid per point of the trace."""
    length: int
    """Points of the whole grid, margins included; the window begins at ``pad``."""

    @classmethod
    def of(cls, axis: PpmAxis, mhz: float, width_hz: float, gauss_hz: float = 0.0) -> Grid:
        """The grid on which lines of this full width at half height, and its Gaussian part, come out right."""
        wanted = axis.span * mhz / width_hz * (_PER_WIDTH + _PER_GAUSS * gauss_hz / width_hz) / 1024
        size = next((size for size in _SIZES if size >= wanted), _SIZES[-1])
        cells = max(math.ceil(size * 1024 / axis.points), 1)
        return cls(axis, mhz, cells, _fast_length(math.ceil(axis.points * cells * _MARGIN)))

    @property
    def window(self) -> int:
        """Points inside the window."""
        return self.axis.points * self.cells

    @property
    def pad(self) -> int:
        """Points in front of the window."""
        return (self.length - self.window) // 2

    @property
    def step_hz(self) -> float:
        """Distance of two points (Hz)."""
        return self.axis.step * self.mhz / self.cells

    @property
    def dwell(self) -> float:
        """Time between two samples of the free induction decay (s)."""
        return 1.0 / (self.length * self.step_hz)

    def samples(self, seconds: float) -> int:
        """Samples of the free induction decay in this time, at most what the grid can hold."""
        return int(min(max(seconds / self.dwell, 16), self.length // 2))

    def position(self, ppm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractional point of each shift; the window's first point is at ``pad``."""
        position: NDArray[np.float64] = self.axis.position(ppm) * self.cells - 0.5 + self.pad
        return position


@lru_cache(maxsize=64)
def _fast_length(points: int) -> int:
    return 4 * int(fft.next_fast_len(math.ceil(points / 4), real=True))


def line_signal(
    grid: Grid, ppm: NDArray[np.float64], area: NDArray[np.float64], samples: int, *, coarser: int = 1
) -> NDArray[np.complex64]:
    """Free induction decay (samples,) of lines that do not decay; lines beyond the grid's margins are filtered out.

    Parameters
    ----------
    ppm, area
        (lines,) shift and area of each.
    coarser
        Points of the grid taken as one: the signal is that much shorter at most, and that much quicker to get.
    """
    length = grid.length // coarser
    position = grid.position(np.asarray(ppm, dtype=np.float64)) / coarser
    inside = (position >= 1) & (position < length - 3)
    position, area = position[inside], np.asarray(area, dtype=np.float64)[inside]
    cell = position.astype(np.int64)
    u = position - cell
    weights = np.stack(((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3))
    # Sums where there are lines; the grid has a hundred times as many points.
    filled, place = np.unique(np.stack([cell + k for k in (-1, 0, 1, 2)]), return_inverse=True)
    sticks = np.zeros(length, np.float32)
    sticks[filled] = np.bincount(place.ravel(), (weights * (area / 6)).ravel(), len(filled))
    signal: NDArray[np.complex64] = fft.rfft(sticks, overwrite_x=True)[:samples]
    signal *= _unspread(length)[: len(signal)]
    return signal


@lru_cache(maxsize=16)
def _unspread(length: int) -> NDArray[np.float32]:
    """One over the Fourier transform of the cubic B-spline (length / 2 + 1,)."""
    return np.asarray(np.sinc(np.arange(length // 2 + 1) / length) ** -4.0, dtype=np.float32)


def broad_signal(grid: Grid, ppm: float, area: float, width_hz: float, samples: int) -> NDArray[np.complex64]:
    """Free induction decay (k <= samples,) of one Lorentzian line with a width of its own, to where it is over."""
    count = min(samples, grid.samples(_FORGOTTEN / (math.pi * max(width_hz, 1e-3))))
    turn = -2j * math.pi * float(grid.position(np.array(ppm))) / grid.length - math.pi * width_hz * grid.dwell
    return area * powers(turn, count)


def powers(turn: complex, count: int) -> NDArray[np.complex64]:
    """exp(turn * n) for n = 0 ... count - 1, by doubling: an exponential of each would take ten times as long."""
    signal = np.empty(count, np.complex64)
    signal[0], done = 1.0, 1
    while done < count:
        more = min(done, count - done)
        np.multiply(signal[:more], np.complex64(np.exp(turn * done)), out=signal[done : done + more])
        done += more
    return signal


def decay(grid: Grid, samples: int, lorentz_hz: float, gauss_hz: float) -> NDArray[np.float32]:
    """Decay (samples,) of a Voigt line: the full widths at half height of its Lorentzian and Gaussian parts."""
    t = np.arange(samples, dtype=np.float32) * np.float32(grid.dwell)
    exponent = np.float32(-math.pi * lorentz_hz) * t
    if gauss_hz > 0:
        exponent -= np.float32((math.pi * gauss_hz) ** 2 / (4 * math.log(2))) * t * t
    shape: NDArray[np.float32] = np.exp(exponent)
    return shape


def spectrum(grid: Grid, signal: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Complex spectrum (grid.window,) of a free induction decay: absorption and dispersion, areas kept.

    A line of area 1 has absorption of sum 1 over the points. The first sample counts half, since the decay is a sum
    in place of an integral; otherwise the baseline would be off (Otting et al., J. Magn. Reson. 66 (1986) 187).
    """
    padded = np.zeros(grid.length, np.complex64)
    np.multiply(signal, np.float32(2), out=padded[: len(signal)])
    padded[0] *= 0.5
    whole: NDArray[np.complex64] = fft.ifft(padded, overwrite_x=True)
    return whole[grid.pad : grid.pad + grid.window]


def extremes(
    grid: Grid, values: NDArray[np.float32], *, signed: bool, sparse: int = 1, line: float = 0.0
) -> NDArray[np.float32]:
    """Trace (axis.points,): the top of each cell, or where signed what is farthest from 0.

    Where the top of a cell is the top of a line, it is found between the points: one over a Lorentzian is a parabola.

    Parameters
    ----------
    sparse
        What is no line is seen at every so many points only (the nearest divisor of the points of a cell).
    line
        Height from which a top is that of a line.
    """
    tops = _tops(grid, values, sparse, line)
    if not signed:
        return tops
    bottoms = -_tops(grid, -values, sparse, line)
    return np.where(-bottoms > tops, bottoms, tops)


def _tops(grid: Grid, values: NDArray[np.float32], sparse: int, threshold: float) -> NDArray[np.float32]:
    points, cells = grid.axis.points, grid.cells
    rows = values.reshape(points, cells)
    at = rows.argmax(1) + np.arange(0, points * cells, cells)
    top = values[at]
    left, right = values[np.maximum(at - 1, 0)], values[np.minimum(at + 1, len(values) - 1)]
    # Where a neighbour is far below, the top is one of noise and has no shape.
    line = (top > left) & (top >= right) & (np.minimum(left, right) > _SHOULDER * top) & (top > threshold)
    a, b, c = (1 / np.where(line, v, np.float32(1)) for v in (left, top, right))
    curve = np.where(line, a + c - 2 * b, np.float32(1))
    found: NDArray[np.float32] = np.where(line, 1 / (b - (a - c) ** 2 / (8 * curve)), top).astype(np.float32)
    if sparse == 1:
        return found
    step = min((k for k in range(1, cells + 1) if cells % k == 0), key=lambda k: abs(math.log(k / sparse)))
    return np.where(top > threshold, found, rows[:, step // 2 :: step].max(1))


def strongest_height(grid: Grid, ppm: NDArray[np.float64], area: NDArray[np.float64], width_hz: float) -> float:
    """Height of the strongest line, in those of a single line of area 1 and this width; 0 without a line.

    Lines closer than their width stand on each other's shoulders, so the sum is taken, at the largest of them.
    """
    if not len(ppm):
        return 0.0
    size = np.abs(area)
    bins = ((ppm - ppm.min()) * (grid.mhz / width_hz)).astype(np.int64)
    crowd = np.bincount(bins, size)[bins]
    highest = np.argpartition(crowd, -_CANDIDATES)[-_CANDIDATES:] if len(size) > _CANDIDATES else np.arange(len(size))
    distance = (ppm[highest, None] - ppm[None, :]) * (2 * grid.mhz / width_hz)
    return float(np.abs((area / (1 + distance**2)).sum(1)).max())
