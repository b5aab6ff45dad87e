"""Compute a spectrum from its lines by way of the free induction decay, as an instrument does.

All lines are placed on a grid and Fourier-transformed at once to an undamped signal, which is
multiplied by the decay that gives them their shape and transformed back. The height of a line does
not depend on its position between two grid points: each line is spread by a cubic B-spline, the
transform is divided by that of the spline (Steidl, Adv. Comput. Math. 9 (1998) 337), and line
maxima are interpolated.
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
"""Minimum height of both neighbours of a line's maximum, relative to the maximum."""
_DECAY_END_EXPONENT = 9.2
"""A decay is cut off where it has fallen to exp(-9.2), 0.01 %."""
_MAX_SUMMED_LINES = 48
"""Number of lines at whose positions the total height is computed."""


def line_signal(
    grid: Grid, ppm: NDArray[np.float64], area: NDArray[np.float64], samples: int, *, coarsening: int = 1
) -> NDArray[np.complex64]:
    """Return the undamped free induction decay (samples,) of lines.

    Lines outside the grid's margins are ignored.

    Parameters
    ----------
    ppm, area
        (lines,) shift (ppm) and area of each line.
    samples
        Maximum length of the signal.
    coarsening
        1, or 2 to use half of the grid points. The signal then has at most half of the samples and
        takes less time.
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
    """Return exp(2 pi i r k / length) for r = 1, 2, 3 (length / 4, 3)."""
    k, r = np.arange(length // 4)[:, None], np.arange(1, 4)
    return np.asarray(np.exp(2j * np.pi / length * k * r), dtype=np.complex64)


@lru_cache(maxsize=32)
def _spline_correction(length: int) -> NDArray[np.float32]:
    """Return one over the Fourier transform of the cubic B-spline (length / 2 + 1,)."""
    return np.asarray(np.sinc(np.arange(length // 2 + 1) / length) ** -4.0, dtype=np.float32)


def decay_rates(grid: Grid, lorentz_hz: float, gauss_hz: float) -> tuple[float, float]:
    """Return the rates a, b of the decay exp(-a n - b n^2) of a Voigt line at sample n.

    Parameters
    ----------
    lorentz_hz, gauss_hz
        Full widths at half height of the Lorentzian and the Gaussian part (Hz).
    """
    lorentz = math.pi * lorentz_hz * grid.dwell_s
    return lorentz, (math.pi * gauss_hz * grid.dwell_s) ** 2 / (4 * math.log(2))


def add_broad_line(grid: Grid, decay: NDArray[np.complex64], line: BroadLine, shift: float, width_hz: float) -> None:
    """Add a Lorentzian line that has its own width to a free induction decay (samples,), in place.

    Parameters
    ----------
    shift
        Offset of the axis (ppm).
    width_hz
        Full width at half height that the instrument adds (Hz).
    """
    lorentz, _ = decay_rates(grid, max(line.width_hz + width_hz, 1e-3), 0.0)
    turn = -2 * math.pi * float(grid.position(np.array(line.ppm + shift))) / grid.length
    samples = min(len(decay), max(int(_DECAY_END_EXPONENT / lorentz), 16))
    kernels.add_line(decay, line.area, turn, lorentz, samples)


def spectrum(
    grid: Grid, padded: NDArray[np.complex64], phase_deg: float = 0.0, slope_deg: float = 0.0
) -> NDArray[np.float32]:
    """Return the spectrum (grid.window,) of a free induction decay.

    The absorption of a line of area 1 sums to 1 over the points. The first sample is halved,
    because a sum approximates an integral; otherwise the baseline would be offset (Otting et al.,
    J. Magn. Reson. 66 (1986) 187).

    Parameters
    ----------
    padded
        Decay (grid.length,), 0 after its last sample; overwritten.
    phase_deg, slope_deg
        Phase error at the middle of the window, and its change from the low to the high end
        (degrees).
    """
    padded[0] *= np.float32(0.5)
    parts = fft.ifft(padded.reshape(-1, 4), axis=0, overwrite_x=True)
    step = math.radians(slope_deg) / max(grid.window - 1, 1)
    first = math.radians(phase_deg) - math.radians(slope_deg) / 2 - grid.pad * step
    values = np.empty(grid.length, np.float32)
    # Each part was divided by its own length. Only one half of the decay is given; both have the
    # same real part.
    kernels.radix4_ifft_step(parts, _twiddles(grid.length), values, 2 / 4, first, step)
    return values[grid.pad : grid.pad + grid.window]


def cell_extremes(
    grid: Grid, values: NDArray[np.float32], *, signed: bool, noise_step: int = 1, line: float = 0.0
) -> NDArray[np.float32]:
    """Return the maximum of each cell (axis.points,); if signed, the value farthest from 0.

    The maximum of a line is interpolated between the points.

    Parameters
    ----------
    noise_step
        Cells without a line use only every so many points (the nearest divisor of the points of a
        cell).
    line
        Height above which a maximum belongs to a line.
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
    """Return the height of the strongest line over that of one line of area 1; 0 without lines.

    Lines closer than their width overlap, so heights are summed at the positions of the largest
    lines.

    Parameters
    ----------
    ppm, area
        (lines,) shift (ppm) and area of each line.
    width_hz
        Full width at half height of all lines (Hz).
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
