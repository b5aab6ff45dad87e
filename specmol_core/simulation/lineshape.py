"""From lines to a spectrum by way of the free induction decay, as an instrument does it.

Every line is an undamped oscillation; all lines are put on a grid and Fourier-transformed at once, multiplied by the
decay that gives them their shape, and transformed back. The height of a line does not depend on where between two
points of the grid it stands: a line is spread by a cubic B-spline, whose transform is divided out again (Steidl, Adv.
Comput. Math. 9 (1998) 337), and the top of a line is found between the points.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from specmol_core.simulation import kernels
from specmol_core.simulation.grid import Grid
from specmol_core.simulation.lines import BroadLine

__all__ = ["add_broad_line", "cell_extremes", "decay_rates", "line_signal", "spectrum", "strongest_height"]

_MIN_SHOULDER_RATIO = 0.4
"""Height of both neighbours of the top of a line over that of the top, at least."""
_DECAY_END_EXPONENT = 9.2
"""A decay is over where it has come down to exp(-9.2), 0.01 %."""
_MAX_SUMMED_LINES = 48
"""Lines of the most crowded places at which a height is summed."""


def line_signal(
    grid: Grid, ppm: NDArray[np.float64], area: NDArray[np.float64], samples: int, *, coarsening: int = 1
) -> NDArray[np.complex64]:
    """Free induction decay (samples,) of lines that do not decay; lines beyond the grid's margins are filtered out.

    Parameters
    ----------
    ppm, area
        (lines,) shift and area of each.
    coarsening
        1, or 2 for half of the points of the grid: the signal is that much shorter at most, and quicker to get.
    """
    length = grid.length // coarsening
    sticks = np.zeros((length // 4, 4), np.float32)
    kernels.scatter_lines(sticks.reshape(-1), grid.position(ppm) / coarsening, np.ascontiguousarray(area))
    signal = np.empty(min(samples, length // 2), np.complex64)
    kernels.radix4_rfft_step(
        fft.rfft(sticks, axis=0, overwrite_x=True), _twiddles(length), _spline_correction(length), signal
    )
    return signal


@lru_cache(maxsize=32)
def _twiddles(length: int) -> NDArray[np.complex64]:
    """exp(2 pi i r k / length) for r = 1, 2, 3 (length / 4, 3)."""
    k, r = np.arange(length // 4)[:, None], np.arange(1, 4)
    return np.asarray(np.exp(2j * np.pi / length * k * r), dtype=np.complex64)


@lru_cache(maxsize=32)
def _spline_correction(length: int) -> NDArray[np.float32]:
    """One over the Fourier transform of the cubic B-spline (length / 2 + 1,)."""
    return np.asarray(np.sinc(np.arange(length // 2 + 1) / length) ** -4.0, dtype=np.float32)


def decay_rates(grid: Grid, lorentz_hz: float, gauss_hz: float) -> tuple[float, float]:
    """Rates a, b of the decay exp(-a n - b n^2) of sample n of a Voigt line.

    Parameters
    ----------
    lorentz_hz, gauss_hz
        Full widths at half height of its Lorentzian and Gaussian parts.
    """
    lorentz = math.pi * lorentz_hz * grid.dwell_s
    return lorentz, (math.pi * gauss_hz * grid.dwell_s) ** 2 / (4 * math.log(2))


def add_broad_line(grid: Grid, decay: NDArray[np.complex64], line: BroadLine, shift: float, width_hz: float) -> None:
    """Add a Lorentzian line with a width of its own to a free induction decay (samples,), to where it is over.

    Parameters
    ----------
    shift
        By how much the axis is off (ppm).
    width_hz
        Full width at half height that the instrument adds.
    """
    lorentz, _ = decay_rates(grid, max(line.width_hz + width_hz, 1e-3), 0.0)
    turn = -2 * math.pi * float(grid.position(np.array(line.ppm + shift))) / grid.length
    samples = min(len(decay), max(int(_DECAY_END_EXPONENT / lorentz), 16))
    kernels.add_line(decay, line.area, turn, lorentz, samples)


def spectrum(
    grid: Grid, padded: NDArray[np.complex64], phase_deg: float = 0.0, slope_deg: float = 0.0
) -> NDArray[np.float32]:
    """Spectrum (grid.window,) of a free induction decay, areas kept.

    A line of area 1 has absorption of sum 1 over the points. The first sample counts half, since the decay is a sum
    in place of an integral; otherwise the baseline would be off (Otting et al., J. Magn. Reson. 66 (1986) 187).

    Parameters
    ----------
    padded
        Decay (grid.length,), 0 after its last sample; used up.
    phase_deg, slope_deg
        Phase error in the middle of the window, and from its low to its high end.
    """
    padded[0] *= np.float32(0.5)
    parts = fft.ifft(padded.reshape(-1, 4), axis=0, overwrite_x=True)
    step = math.radians(slope_deg) / max(grid.window - 1, 1)
    first = math.radians(phase_deg) - math.radians(slope_deg) / 2 - grid.pad * step
    values = np.empty(grid.length, np.float32)
    # Each part was divided by its own length; both halves of the decay, of which one is there, have the same real part.
    kernels.radix4_ifft_step(parts, _twiddles(grid.length), values, 2 / 4, first, step)
    return values[grid.pad : grid.pad + grid.window]


def cell_extremes(
    grid: Grid, values: NDArray[np.float32], *, signed: bool, noise_step: int = 1, line: float = 0.0
) -> NDArray[np.float32]:
    """Trace (axis.points,): the top of each cell, or where signed what is farthest from 0.

    Where the top of a cell is the top of a line, it is found between the points.

    Parameters
    ----------
    noise_step
        What is no line is seen at every so many points only (the nearest divisor of the points of a cell).
    line
        Height from which a top is that of a line.
    """
    step = min(
        (k for k in range(1, grid.points_per_cell + 1) if grid.points_per_cell % k == 0),
        key=lambda k: abs(math.log(k / noise_step)),
    )
    extrema = np.empty((1 + signed, grid.axis.points), np.float32)
    for trace, sign in zip(extrema, (1.0, -1.0), strict=False):
        kernels.cell_maxima(values, grid.points_per_cell, sign, step, line, _MIN_SHOULDER_RATIO, trace)
    if not signed:
        return np.asarray(extrema[0])
    tops, bottoms = extrema
    return np.where(bottoms > tops, -bottoms, tops)


def strongest_height(grid: Grid, ppm: NDArray[np.float64], area: NDArray[np.float64], width_hz: float) -> float:
    """Height of the strongest line, in those of a single line of area 1 and this width; 0 without a line.

    Lines closer than their width stand on each other's shoulders, so the sum is taken, at the largest of them.
    """
    if not len(ppm):
        return 0.0
    size = np.abs(area)
    bins = ((ppm - ppm.min()) * (grid.mhz / width_hz)).astype(np.int64)
    local_area = np.bincount(bins, size)[bins]
    highest = (
        np.argpartition(local_area, -_MAX_SUMMED_LINES)[-_MAX_SUMMED_LINES:]
        if len(size) > _MAX_SUMMED_LINES
        else np.arange(len(size))
    )
    distance = (ppm[highest, None] - ppm[None, :]) * (2 * grid.mhz / width_hz)
    return float(np.abs((area / (1 + distance**2)).sum(1)).max())
