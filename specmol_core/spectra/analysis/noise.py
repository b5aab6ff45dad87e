"""Noise level and baseline of a trace, from the parts of it that hold no line."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

__all__ = ["NoiseFloor", "estimate_noise_floor", "noise_of"]

_MAX_BLOCKS = 256
"""Stretches that a trace is cut into; most of them are empty in any spectrum of a small molecule."""
_MIN_BLOCK_POINTS = 16
"""Points of a stretch that still tell a standard deviation."""
_FEWEST = 4
"""Stretches that still tell the noise."""
_NOISE_QUANTILE = 0.3
"""The noise is that of the stretch at this place of the order of all: a spectrum may be crowded, never this full."""
_SD_PER_MAD = 1.0 / NormalDist().inv_cdf(0.75)
"""Standard deviation of a normal distribution over its median absolute deviation."""
_MIN_RELATIVE_NOISE = 1e-5
"""Least noise, relative to the strongest line: what a drawn or clipped trace is credited with."""
_MAX_LEVEL_DEVIATION_SD = 3.0
"""A stretch whose level stands out of its neighbours' by this many deviations holds a line, not baseline."""
_BASELINE_BLOCKS = 9
"""Stretches over which the baseline is taken to be even."""


@dataclass(frozen=True)
class NoiseFloor:
    """What lies under the lines of a spectrum."""

    noise: float
    """Standard deviation of the noise, in the unit of the trace; never 0."""
    baseline: NDArray[np.float64]
    """Level that the lines stand on (n,), in the unit of the trace."""


def estimate_noise_floor(intensities: NDArray[np.floating]) -> NoiseFloor:
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
    blocks = _stretches(trace)
    if len(blocks) < _FEWEST:
        return NoiseFloor(_noise(trace, None), np.full(len(trace), float(np.median(trace))))
    block_noise_sd = _block_noise(blocks)
    noise = _noise(trace, block_noise_sd)
    return NoiseFloor(noise, _baseline(_medians(blocks), block_noise_sd, noise, blocks.shape[1], len(trace)))


def noise_of(trace: NDArray[np.float64]) -> float:
    """The noise alone, as ``estimate_noise_floor`` estimates it, of a trace (n,)."""
    blocks = _stretches(trace)
    return _noise(trace, _block_noise(blocks) if len(blocks) >= _FEWEST else None)


def _stretches(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stretches (count, points); what is left at the end is in none."""
    size = max(_MIN_BLOCK_POINTS, len(trace) // _MAX_BLOCKS)
    count = len(trace) // size
    return trace[: count * size].reshape(count, size)


def _noise(trace: NDArray[np.float64], block_noise_sd: NDArray[np.float64] | None) -> float:
    """That of the quieter third of the stretches, whose standard deviations (count,) are given."""
    min_noise = _MIN_RELATIVE_NOISE * float(np.abs(trace).max())
    if block_noise_sd is None:
        return max(min_noise, 1e-300)
    has_noise = block_noise_sd > 0  # stretches that a program filled with one value have no noise
    return max(float(np.quantile(block_noise_sd[has_noise], _NOISE_QUANTILE)) if has_noise.any() else 0.0, min_noise)


def _block_noise(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation about a straight line, robustly, of each stretch (count,)."""
    at = np.linspace(-1.0, 1.0, blocks.shape[1])
    third = blocks.shape[1] // 3
    slope = (_medians(blocks[:, -third:]) - _medians(blocks[:, :third])) / (4 / 3)
    residuals = blocks - slope[:, None] * at
    residuals -= _medians(residuals)[:, None]
    return _SD_PER_MAD * _medians(np.abs(residuals))


def _medians(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """``np.median(rows, axis=1)``, several times as fast: for finite values, and without its search for NaN."""
    middle = rows.shape[1] // 2
    parted = np.partition(rows, middle, axis=1)
    medians: NDArray[np.float64] = parted[:, middle]
    if rows.shape[1] % 2 == 0:
        # Both middle values: the lower one is the largest of the lower half.
        medians = (parted[:, :middle].max(axis=1) + medians) / 2
    return medians


def _baseline(
    level: NDArray[np.float64], block_noise_sd: NDArray[np.float64], noise: float, size: int, points: int
) -> NDArray[np.float64]:
    """Interpolate the levels of the empty stretches, evened over their neighbours (points,)."""
    empty = block_noise_sd < 2 * noise
    if empty.sum() < 4:
        return np.full(points, float(np.median(level)))
    block_indices, levels = np.flatnonzero(empty), level[empty]
    smoothed = median_filter(levels, min(_BASELINE_BLOCKS, len(levels)), mode="nearest")
    is_baseline = np.abs(levels - smoothed) < _MAX_LEVEL_DEVIATION_SD * max(
        noise, _SD_PER_MAD * float(np.median(np.abs(levels - smoothed)))
    )
    middle = (block_indices[is_baseline] + 0.5) * size
    smoothed = median_filter(levels[is_baseline], min(_BASELINE_BLOCKS, int(is_baseline.sum())), mode="nearest")
    return np.asarray(np.interp(np.arange(points), middle, smoothed), dtype=np.float64)
