"""Find lines of a measured trace that are not the compound's: solvent, water, tetramethylsilane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.reference.signals import Splitting, multiplet_lines
from specmol_core.spectra.reference.solvents import Solvent

__all__ = ["DetectedLine", "carbon_multiplets", "find_single_line", "find_solvent_multiplet"]

_MIN_VISIBLE_COUPLING_HZ = 5.0
"""Minimum coupling that is visible as a splitting of a decoupled carbon (Hz)."""


@dataclass(frozen=True)
class DetectedLine:
    """A foreign line that was found in a trace."""

    ppm: float
    height: float
    """Height of the strongest line of the multiplet, in the unit of the trace."""
    width_ppm: float = float("nan")
    """Full width at half height of a single line (ppm); NaN for a multiplet."""


def carbon_multiplets(solvent: Solvent) -> list[tuple[float, int, float]]:
    """Return shift (ppm), lines and coupling to deuterium (Hz) of the solvent's 13C multiplets."""
    return [
        (signal.ppm, signal.lines, signal.coupling_hz)
        for signal in solvent.c13
        if signal.coupling_hz > _MIN_VISIBLE_COUPLING_HZ
    ]


def find_single_line(
    trace: NDArray[np.floating], axis: PpmAxis, sigma: float, nominal: float, max_distance_ppm: float
) -> DetectedLine | None:
    """Return the highest maximum within ``max_distance_ppm`` of ``nominal`` (ppm), or None.

    It must be ten times the noise higher than the ends of that range.
    """
    grid = axis.grid()
    inside = np.flatnonzero(np.abs(grid - nominal) <= max_distance_ppm)
    if len(inside) < 5:
        return None
    part = np.asarray(trace[inside], dtype=np.float64)
    top = int(part.argmax())
    base = max(part[0], part[-1])
    if top in (0, len(part) - 1) or part[top] - base < 10 * sigma or base >= part[top] / 2:
        return None
    low = part < part[top] / 2
    left, right = np.flatnonzero(low[:top]), np.flatnonzero(low[top:])
    width = (top + right[0] - left[-1] - 1) * axis.step
    return DetectedLine(float(grid[inside[top]]), float(part[top]), float(width))


def find_solvent_multiplet(
    trace: NDArray[np.floating],
    axis: PpmAxis,
    frequency_mhz: float,
    sigma: float,
    nominal: float,
    lines: int,
    coupling_hz: float,
    max_distance_ppm: float = 2.5,
) -> DetectedLine | None:
    """Return the 13C multiplet of a deuterated solvent near its reference position, or None.

    A carbon with n deuterium atoms gives 2n + 1 lines with the heights of a spin-1 multinomial
    (1:1:1, 1:2:3:2:1 and 1:3:6:7:6:3:1). Heights are divided by these numbers; the centre is where
    the lowest of them is highest.

    Parameters
    ----------
    sigma
        Standard deviation of the noise, in the unit of the trace.
    nominal
        Reference position (ppm).
    lines, coupling_hz
        Number of lines, and coupling to deuterium (Hz).
    max_distance_ppm
        Maximum distance of the centre from ``nominal`` (ppm).
    """
    shares = multiplet_lines(Splitting((lines - 1) // 2, coupling_hz, spin=1.0))[1]
    shares = shares / shares.max()
    hz = axis.step * frequency_mhz
    values = np.asarray(trace, dtype=np.float64)
    slack = max(int(1.5 / hz), 1)
    high = maximum_filter1d(values, 2 * slack + 1)
    # The trace must fall between two lines, which excludes a broad hump or a single strong line.
    gap = minimum_filter1d(values, 2 * slack + 1)
    offsets = np.round((np.arange(lines) - (lines - 1) / 2) * coupling_hz / hz).astype(np.int64)
    between = np.round((np.arange(lines - 1) - (lines - 2) / 2) * coupling_hz / hz).astype(np.int64)
    grid = axis.grid()
    centres = np.flatnonzero(np.abs(grid - nominal) <= max_distance_ppm)
    margin = int(np.abs(offsets).max()) + slack
    centres = centres[(centres >= margin) & (centres < len(values) - margin)]
    if not len(centres):
        return None
    weakest = np.min([high[centres + o] / s for o, s in zip(offsets, shares, strict=True)], axis=0)
    valley = np.max([gap[centres + b] for b in between], axis=0)
    score = weakest - 2 * np.maximum(valley, 0)
    best = int(score.argmax())
    tops = np.array([high[centres[best] + o] for o in offsets]) / shares
    if score[best] * shares.min() < 4 * sigma or tops.max() > 2.5 * tops.min():
        return None
    centre = int(centres[best])
    return DetectedLine(float(grid[centre]), float(max(high[centre + o] for o in offsets)))
