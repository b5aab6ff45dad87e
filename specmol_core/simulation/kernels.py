"""Compiled loops over the points of a spectrum.

A Fourier transform of length n is split into four interleaved transforms of length n / 4, which
scipy computes in parallel SIMD lanes, and a final radix-4 step in this module. Together they take a
third of the time of one transform. The radix-4 step also does the other work on each point.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = [
    "add_line",
    "add_noise",
    "apply_decay",
    "cell_maxima",
    "decay_shape",
    "fit_trend",
    "radix4_ifft_step",
    "radix4_rfft_step",
    "scatter_lines",
    "subtract_polynomial",
]

_BLOCK_POINTS = 512
"""Number of points per block when a polynomial is subtracted."""


@compiled
def scatter_lines(sticks: NDArray[np.float32], position: NDArray[np.float64], area: NDArray[np.float64]) -> None:
    """Add each line to the four nearest points of ``sticks``, weighted by a cubic B-spline.

    Lines whose four points exceed the array are ignored.
    """
    for line in range(len(position)):
        if position[line] >= 1.0 and position[line] < len(sticks) - 3.0:
            cell = int(position[line])
            u = position[line] - cell
            v, share = 1.0 - u, area[line] / 6.0
            sticks[cell - 1] += share * v * v * v
            sticks[cell] += share * (3.0 * u * u * u - 6.0 * u * u + 4.0)
            sticks[cell + 1] += share * (3.0 * v * v * v - 6.0 * v * v + 4.0)
            sticks[cell + 2] += share * u * u * u


@compiled
def radix4_rfft_step(
    parts: NDArray[np.complex64],
    twiddles: NDArray[np.complex64],
    factors: NDArray[np.float32],
    signal: NDArray[np.complex64],
) -> None:
    """Compute the Fourier transform of n real values from four partial transforms, times factors.

    Parameters
    ----------
    parts
        (n / 8 + 1, 4) transforms of the values 0, 4, 8 ...; 1, 5, 9 ...; and so on.
    twiddles
        (n / 4, 3) exp(2 pi i r k / n) for r = 1, 2, 3.
    factors
        (n / 2 + 1,) factor of each point of the transform.
    signal
        (samples <= n / 2,) output: the first points of the transform.
    """
    quarter, samples = len(twiddles), len(signal)
    for k in range(len(parts)):
        a = parts[k, 0]
        b = parts[k, 1] * np.conj(twiddles[k, 0])
        c = parts[k, 2] * np.conj(twiddles[k, 1])
        d = parts[k, 3] * np.conj(twiddles[k, 2])
        even, odd, plus, minus = a + c, a - c, b + d, b - d
        turned = np.complex64(complex(-minus.imag, minus.real))
        if k < samples:
            signal[k] = factors[k] * (even + plus)
        if quarter + k < samples:
            signal[quarter + k] = factors[quarter + k] * (odd - turned)
        # The transform of real values is conjugate-symmetric, which gives the other half.
        if 2 * quarter - k < samples:
            signal[2 * quarter - k] = factors[2 * quarter - k] * np.conj(even - plus)
        if quarter - k < samples:
            signal[quarter - k] = factors[quarter - k] * np.conj(odd + turned)


@compiled
def decay_shape(
    shape: NDArray[np.complex64],
    lorentz: float,
    gauss: float,
    tail: float,
    tail_gauss: float,
    tail_phase_step: float,
    tail_samples: int,
    side_band: float,
    spin_phase_step: float,
) -> float:
    """Write the decay that all lines share to ``shape``, and return the sum of its magnitudes.

    Parameters
    ----------
    shape
        (samples,) output.
    lorentz, gauss
        Decay exp(-lorentz n - gauss n^2) of the sharp part.
    tail, tail_gauss, tail_phase_step, tail_samples
        Fraction of the broad tail, its additional Gaussian decay, its phase change per sample
        (radians), and the number of samples after which it is zero.
    side_band, spin_phase_step
        Height of both spinning side bands together over their line, and the phase change of
        spinning per sample (radians).
    """
    total = 0.0
    sharp, ratio, step = 1.0, math.exp(-lorentz - gauss), math.exp(-2.0 * gauss)
    low, low_ratio, low_step = tail, math.exp(-tail_gauss), math.exp(-2.0 * tail_gauss)
    turning, turned = complex(math.cos(tail_phase_step), math.sin(tail_phase_step)), complex(1.0, 0.0)
    spinning, spun = complex(math.cos(spin_phase_step), math.sin(spin_phase_step)), complex(1.0, 0.0)
    for n in range(len(shape)):
        value = complex(sharp * (1.0 - tail), 0.0)
        if n < tail_samples:
            value += sharp * low * turned
            low *= low_ratio
            low_ratio *= low_step
            turned *= turning
        if side_band > 0.0:
            value *= 1.0 + side_band * spun.real
            spun *= spinning
        shape[n] = value
        total += math.sqrt(value.real * value.real + value.imag * value.imag)
        sharp *= ratio
        ratio *= step
    return total


@compiled
def apply_decay(
    decay: NDArray[np.complex64],
    sharp: NDArray[np.complex64],
    broad: NDArray[np.complex64],
    shape: NDArray[np.complex64],
    lorentz: float,
) -> None:
    """Write the decay (n,) of sharp lines plus broad lines (<= n,) that decay faster."""
    more, ratio = 1.0, math.exp(-lorentz)
    for n in range(len(broad)):
        decay[n] = (sharp[n] + np.float32(more) * broad[n]) * shape[n]
        more *= ratio
    for n in range(len(broad), len(sharp)):
        decay[n] = sharp[n] * shape[n]


@compiled
def add_line(decay: NDArray[np.complex64], area: float, turn: float, lorentz: float, samples: int) -> None:
    """Add area exp(i turn n - lorentz n) for n below ``samples``."""
    size = math.exp(-lorentz)
    step, value = complex(size * math.cos(turn), size * math.sin(turn)), complex(area, 0.0)
    for n in range(samples):
        decay[n] += np.complex64(value)
        value *= step


@compiled
def add_noise(
    decay: NDArray[np.complex64], random_bytes: NDArray[np.int8], size: float, lorentz: float, samples: int
) -> None:
    """Add centred random bytes (2 samples,) as complex samples that decay from ``size``."""
    ratio = math.exp(-lorentz)
    for n in range(samples):
        decay[n] += np.complex64(complex(size * (random_bytes[2 * n] + 0.5), size * (random_bytes[2 * n + 1] + 0.5)))
        size *= ratio


@compiled
def radix4_ifft_step(
    parts: NDArray[np.complex64],
    twiddles: NDArray[np.complex64],
    values: NDArray[np.float32],
    scale: float,
    first: float,
    step: float,
) -> None:
    """Compute the real part of a spectrum with a phase error, from four partial inverse transforms.

    Parameters
    ----------
    parts
        (n / 4, 4) inverse transforms of every fourth sample of the decay.
    twiddles
        (n / 4, 3) as for ``radix4_rfft_step``.
    values
        (n,) output: the real part times ``scale``.
    first, step
        Phase of the first point, and its change per point (radians). Cosine and sine are
        approximated by their series. The phase is a few degrees; up to 15 degrees the error is
        below 0.3 %.
    """
    quarter = len(parts)
    size, half, ahead = np.float32(scale), np.float32(0.5), np.float32(step * quarter)
    for k in range(quarter):
        a = size * parts[k, 0]
        b = size * (parts[k, 1] * twiddles[k, 0])
        c = size * (parts[k, 2] * twiddles[k, 1])
        d = size * (parts[k, 3] * twiddles[k, 2])
        even, odd, plus, minus = a + c, a - c, b + d, b - d
        phase = np.float32(first + step * k)
        values[k] = (even.real + plus.real) * (1 - half * phase * phase) - (even.imag + plus.imag) * phase
        phase += ahead
        # Times i: the new real part is minus the imaginary part, the new imaginary part is the real
        # part.
        values[quarter + k] = (odd.real - minus.imag) * (1 - half * phase * phase) - (odd.imag + minus.real) * phase
        phase += ahead
        values[2 * quarter + k] = (even.real - plus.real) * (1 - half * phase * phase) - (even.imag - plus.imag) * phase
        phase += ahead
        values[3 * quarter + k] = (odd.real + minus.imag) * (1 - half * phase * phase) - (odd.imag - minus.real) * phase


@compiled
def fit_trend(
    medians: NDArray[np.float64],
    basis: NDArray[np.float64],
    is_signal_free: NDArray[np.bool_],
    rounds: int,
    keep_count: int,
) -> NDArray[np.float64]:
    """Fit polynomials to block medians by trimmed least squares; return weights (degree + 1,).

    Parameters
    ----------
    medians
        (blocks,) median of each block.
    basis
        (degree + 1, blocks) polynomials at the blocks.
    is_signal_free
        (blocks,) medians used in the first round; overwritten.
    rounds
        Number of fits.
    keep_count
        Index of the sorted residual that limits the medians used in later rounds.
    """
    degree, blocks = basis.shape
    weights = np.zeros(degree)
    for _ in range(rounds):
        # Legendre polynomials over two thirds of the window are well conditioned, so normal
        # equations suffice.
        normal, right = np.zeros((degree, degree)), np.zeros(degree)
        for block in range(blocks):
            if is_signal_free[block]:
                for i in range(degree):
                    right[i] += basis[i, block] * medians[block]
                    for j in range(degree):
                        normal[i, j] += basis[i, block] * basis[j, block]
        for i in range(degree):
            for j in range(i + 1, degree):
                ratio = normal[j, i] / normal[i, i]
                right[j] -= ratio * right[i]
                for k in range(i, degree):
                    normal[j, k] -= ratio * normal[i, k]
        for i in range(degree - 1, -1, -1):
            total = right[i]
            for j in range(i + 1, degree):
                total -= normal[i, j] * weights[j]
            weights[i] = total / normal[i, i]
        residual = np.zeros(blocks)
        for block in range(blocks):
            fitted = 0.0
            for i in range(degree):
                fitted += weights[i] * basis[i, block]
            residual[block] = abs(fitted - medians[block])
        limit = np.sort(residual)[keep_count]
        for block in range(blocks):
            is_signal_free[block] = residual[block] <= limit
    return weights


@compiled
def subtract_polynomial(values: NDArray[np.float32], coefficients: NDArray[np.float32]) -> None:
    """Subtract a polynomial of x from ``values`` (n,), in place.

    x goes from -1 to 1 between the outer edges of the points. The constant term comes first.
    """
    step, degree = 2.0 / len(values), len(coefficients) - 1
    x, level = np.empty(_BLOCK_POINTS, np.float32), np.empty(_BLOCK_POINTS, np.float32)
    for first in range(0, len(values), _BLOCK_POINTS):
        # The inner loop runs over points, so that it can be vectorised.
        count = min(_BLOCK_POINTS, len(values) - first)
        for point in range(count):
            x[point] = (first + point + 0.5) * step - 1.0
            level[point] = coefficients[degree]
        for power in range(degree - 1, -1, -1):
            for point in range(count):
                level[point] = level[point] * x[point] + coefficients[power]
        for point in range(count):
            values[first + point] -= level[point]


@compiled
def cell_maxima(
    values: NDArray[np.float32],
    points_per_cell: int,
    sign: float,
    step: int,
    threshold: float,
    shoulder: float,
    trace: NDArray[np.float32],
) -> None:
    """Write the maximum of each cell of ``sign`` times the values to ``trace``.

    The maximum of a line is interpolated between the points: the inverse of a Lorentzian is a
    parabola.

    Parameters
    ----------
    values
        (points * points_per_cell,).
    step
        Cells without a line use only every ``step``-th point.
    threshold
        Height above which a maximum belongs to a line.
    shoulder
        Minimum height of both neighbours of a line's maximum, relative to the maximum.
    trace
        (points,) output.
    """
    turned, limit, min_ratio = np.float32(sign), np.float32(threshold), np.float32(shoulder)
    last = len(values) - 1
    for point in range(len(trace)):
        at = point * points_per_cell
        top = turned * values[at]
        for index in range(at + 1, (point + 1) * points_per_cell):
            value = turned * values[index]
            if value > top:
                top, at = value, index
        left, right = turned * values[max(at - 1, 0)], turned * values[min(at + 1, last)]
        # A maximum with a much lower neighbour is noise and is not interpolated.
        if top > limit and top > left and top >= right and min(left, right) > min_ratio * top:
            a, b, c = np.float32(1) / left, np.float32(1) / top, np.float32(1) / right
            top = np.float32(1) / (b - (a - c) * (a - c) / (np.float32(8) * (a + c - np.float32(2) * b)))
        elif step > 1 and not top > limit:
            top = turned * values[point * points_per_cell + step // 2]
            for index in range(point * points_per_cell + step // 2, (point + 1) * points_per_cell, step):
                top = max(top, turned * values[index])
        trace[point] = top
