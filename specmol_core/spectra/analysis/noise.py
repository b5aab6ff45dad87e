"""Noise level and baseline of a trace, from the parts of it that hold no line."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

__all__ = ["Floor", "floor_of"]

_BLOCKS = 256
"""Stretches that a trace is cut into; most of them are empty in any spectrum of a small molecule."""
_SHORTEST = 16
"""Points of a stretch that still tell a standard deviation."""
_QUIET = 0.3
"""The noise is that of the stretch at this place of the order of all: a spectrum may be crowded, never this full."""
_MAD = 1.0 / NormalDist().inv_cdf(0.75)
"""Standard deviation of a normal distribution over its median absolute deviation."""
_FLAT = 1e-5
"""Least noise, relative to the strongest line: what a drawn or clipped trace is credited with."""
_CLIP = 3.0
"""A stretch whose level stands out of its neighbours' by this many deviations holds a line, not baseline."""
_NEIGHBOURS = 9
"""Stretches over which the baseline is taken to be even."""


@dataclass(frozen=True)
class Floor:
    """What lies under the lines of a spectrum."""

    noise: float
    """Standard deviation of the noise, in the unit of the trace; never 0."""
    baseline: NDArray[np.float64]
    """Level that the lines stand on (n,), in the unit of the trace."""


def floor_of(intensities: NDArray[np.floating]) -> Floor:
    """Estimate noise and baseline of a trace that holds lines, positive or negative.

    The trace is cut into stretches. In each a straight line is taken out, and the median absolute deviation,
    which a few points of a line do not move, gives a standard deviation; the noise is the level of the quieter
    third. The baseline runs through the medians of the stretches that hold no line.

    Parameters
    ----------
    intensities
        Trace (n,), finite.
    """
    trace = np.asarray(intensities, dtype=np.float64)
    least = _FLAT * float(np.abs(trace).max())
    size = max(_SHORTEST, len(trace) // _BLOCKS)
    count = len(trace) // size
    if count < 4:
        return Floor(max(least, 1e-300), np.full(len(trace), float(np.median(trace))))
    blocks = trace[: count * size].reshape(count, size)
    spread = _spread(blocks)
    alive = spread > 0  # stretches that a program filled with one value have no noise
    noise = float(np.quantile(spread[alive], _QUIET)) if alive.any() else 0.0
    noise = max(noise, least)
    return Floor(noise, _baseline(np.median(blocks, axis=1), spread, noise, size, len(trace)))


def _spread(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation about a straight line, robustly, of each stretch (count,)."""
    at = np.linspace(-1.0, 1.0, blocks.shape[1])
    third = blocks.shape[1] // 3
    slope = (np.median(blocks[:, -third:], axis=1) - np.median(blocks[:, :third], axis=1)) / (4 / 3)
    rest = blocks - slope[:, None] * at
    rest -= np.median(rest, axis=1)[:, None]
    return np.asarray(_MAD * np.median(np.abs(rest), axis=1), dtype=np.float64)


def _baseline(
    level: NDArray[np.float64], spread: NDArray[np.float64], noise: float, size: int, points: int
) -> NDArray[np.float64]:
    """Interpolate the levels of the empty stretches, evened over their neighbours (points,)."""
    empty = spread < 2 * noise
    if empty.sum() < 4:
        return np.full(points, float(np.median(level)))
    places, levels = np.flatnonzero(empty), level[empty]
    even = median_filter(levels, min(_NEIGHBOURS, len(levels)), mode="nearest")
    kept = np.abs(levels - even) < _CLIP * max(noise, _MAD * float(np.median(np.abs(levels - even))))
    middle = (places[kept] + 0.5) * size
    even = median_filter(levels[kept], min(_NEIGHBOURS, int(kept.sum())), mode="nearest")
    return np.asarray(np.interp(np.arange(points), middle, even), dtype=np.float64)
