"""Estimate the noise level and the baseline of a trace from its parts without lines."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

__all__ = ["NoiseFloor", "estimate_noise_floor", "noise_of"]

_MAX_BLOCKS = 256
"""Most blocks that a trace is cut into; most blocks of a small molecule's spectrum hold no line."""
_MIN_BLOCK_POINTS = 16
"""Fewest points of a block, enough to estimate a standard deviation."""
_MIN_BLOCKS = 4
"""Fewest blocks from which the noise is estimated."""
_NOISE_QUANTILE = 0.3
"""The noise is this quantile of the noise of the blocks; even crowded spectra have as many blocks
without lines."""
_SD_PER_MAD = 1.0 / NormalDist().inv_cdf(0.75)
"""Standard deviation of a normal distribution over its median absolute deviation."""
_MIN_RELATIVE_NOISE = 1e-5
"""Least noise, relative to the strongest line; used for drawn and clipped traces."""
_DRAWN_NOISE_STEPS = 0.4
"""Least noise of a drawn trace, in steps of its height: a line is seen from about two rows of pixels on."""
_MAX_LEVEL_DEVIATION_SD = 3.0
"""A block whose level differs from its neighbours' by this many standard deviations holds a line,
not baseline."""
_BASELINE_BLOCKS = 9
"""Blocks of the median filter that smooths the baseline."""


@dataclass(frozen=True)
class NoiseFloor:
    """Noise and baseline of a trace."""

    noise: float
    """Standard deviation of the noise, in the unit of the trace; above 0."""
    baseline: NDArray[np.float64]
    """Baseline (n,), in the unit of the trace."""


def estimate_noise_floor(intensities: NDArray[np.floating], height_step: float = 0.0) -> NoiseFloor:
    """Estimate noise and baseline of a trace with positive or negative lines.

    The trace is cut into blocks. A straight line is subtracted from each block, and the median
    absolute deviation gives its standard deviation; a few points of a line do not change it. The
    noise is the 0.3 quantile of these standard deviations. The baseline interpolates the medians of
    the blocks without lines.

    Parameters
    ----------
    intensities
        Trace (n,) of finite values.
    height_step
        Least difference of heights in a drawn trace, such as a row of pixels, in the unit of the trace; 0 for
        a trace of numbers. Flat stretches of a drawing are its baseline; those of numbers were filled by a
        program and say nothing of the noise.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0.0, 2.0, 1 << 16)
    >>> round(estimate_noise_floor(noise).noise)
    2
    """
    trace = np.asarray(intensities, dtype=np.float64)
    blocks = _blocks(trace)
    if len(blocks) < _MIN_BLOCKS:
        return NoiseFloor(_noise(trace, None, height_step), np.full(len(trace), float(np.median(trace))))
    block_noise_sd = _block_noise(blocks)
    noise = _noise(trace, block_noise_sd, height_step)
    return NoiseFloor(noise, _baseline(_medians(blocks), block_noise_sd, noise, blocks.shape[1], len(trace)))


def noise_of(trace: NDArray[np.float64], height_step: float = 0.0) -> float:
    """Noise of a trace (n,), as of ``estimate_noise_floor``, without the baseline."""
    blocks = _blocks(trace)
    return _noise(trace, _block_noise(blocks) if len(blocks) >= _MIN_BLOCKS else None, height_step)


def _blocks(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """The blocks (count, points) of a trace; a remainder at its end belongs to none."""
    size = max(_MIN_BLOCK_POINTS, len(trace) // _MAX_BLOCKS)
    count = len(trace) // size
    return trace[: count * size].reshape(count, size)


def _noise(trace: NDArray[np.float64], block_noise_sd: NDArray[np.float64] | None, height_step: float) -> float:
    """Noise of a trace from the standard deviations (count,) of its blocks; the least noise if they
    are None."""
    min_noise = max(_MIN_RELATIVE_NOISE * float(np.abs(trace).max()), _DRAWN_NOISE_STEPS * height_step)
    if block_noise_sd is None:
        return max(min_noise, 1e-300)
    has_noise = (block_noise_sd > 0) | (height_step > 0)
    return max(float(np.quantile(block_noise_sd[has_noise], _NOISE_QUANTILE)) if has_noise.any() else 0.0, min_noise)


def _block_noise(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust standard deviation (count,) of each block about a straight line."""
    at = np.linspace(-1.0, 1.0, blocks.shape[1])
    third = blocks.shape[1] // 3
    slope = (_medians(blocks[:, -third:]) - _medians(blocks[:, :third])) / (4 / 3)
    residuals = blocks - slope[:, None] * at
    residuals -= _medians(residuals)[:, None]
    return _SD_PER_MAD * _medians(np.abs(residuals))


def _medians(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values of ``np.median(rows, axis=1)`` for finite rows, several times as fast: no search
    for NaN."""
    middle = rows.shape[1] // 2
    parted = np.partition(rows, middle, axis=1)
    medians: NDArray[np.float64] = parted[:, middle]
    if rows.shape[1] % 2 == 0:
        # The median is the mean of both middle values; the lower one is the largest of the lower
        # half.
        medians = (parted[:, :middle].max(axis=1) + medians) / 2
    return medians


def _baseline(
    level: NDArray[np.float64], block_noise_sd: NDArray[np.float64], noise: float, size: int, points: int
) -> NDArray[np.float64]:
    """The baseline (points,): the smoothed levels of the blocks without lines, interpolated."""
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
