"""The loops over the points of a spectrum, compiled.

A transform of length n is taken as four interleaved ones of n / 4, which scipy does side by side in the lanes of the
processor, and a last step of radix 4 that is here: together a third of the time of one transform. With that step goes
whatever else is to be done with each point.
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
"""Points that a polynomial is taken off at a time."""


@compiled
def scatter_lines(sticks: NDArray[np.float32], position: NDArray[np.float64], area: NDArray[np.float64]) -> None:
    """Spread lines over the four points about each by a cubic B-spline; those that reach an end are left out."""
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
    """The transform of real values from those of every fourth of them, times factors.

    Parameters
    ----------
    parts
        (n / 8 + 1, 4) transforms of the values 0, 4, 8 ...; 1, 5, 9 ...; and so on.
    twiddles
        (n / 4, 3) exp(2 pi i r k / n) of r = 1, 2, 3.
    factors, signal
        (n / 2 + 1,) and (samples <= n / 2,).
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
        # The other half of the transform of real values is the conjugate of this one, backwards.
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
    """The decay that all lines share, and the sum of its magnitudes.

    Parameters
    ----------
    lorentz, gauss
        Decay exp(-lorentz n - gauss n^2) of the sharp part.
    tail, tail_gauss, tail_phase_step, tail_samples
        Share of the broad foot, what it decays by more, its turn a sample (radians), and when it is over (samples).
    side_band, spin_phase_step
        Height of both side bands together over their line, and the turn of spinning a sample (radians).
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
    """Write the decay of sharp lines (n,) and, at its beginning, of broader ones, which lose ``lorentz`` more."""
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
    """Add random bytes (2 samples,), centred, as real and imaginary parts that decay from ``size``."""
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
    """The real part of a spectrum from the back transforms of every fourth sample of its decay, wrongly phased.

    Parameters
    ----------
    parts, twiddles
        (n / 4, 4), and (n / 4, 3) as of ``radix4_rfft_step``.
    values
        (n,) gets the real part times ``scale``.
    first, step
        Phase of the first point, and from point to point (radians). Cosine and sine are taken by their series: the
        phase is a few degrees, and the error below 0.3 % to 15.
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
        # Times i, the real part is the imaginary one turned round, and the imaginary one the real one.
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
    """Weights (degree + 1,) of polynomials (degree + 1, blocks) through those medians that they meet best.

    Parameters
    ----------
    is_signal_free
        (blocks,) medians of the first round; changed.
    keep_count
        Medians of each round after it, and those as near as the farthest of them.
    """
    degree, blocks = basis.shape
    weights = np.zeros(degree)
    for _ in range(rounds):
        # Over two thirds of the window Legendre polynomials are far from dependent: normal equations will do.
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
    """Take off a polynomial of x, which goes from -1 to 1 over the outer edges of the points; constant term first."""
    step, degree = 2.0 / len(values), len(coefficients) - 1
    x, level = np.empty(_BLOCK_POINTS, np.float32), np.empty(_BLOCK_POINTS, np.float32)
    for first in range(0, len(values), _BLOCK_POINTS):
        # Points within, powers without: so the points go through side by side.
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
    """The top of each cell (points,) of ``sign`` times the values (points * cells,).

    Where it is that of a line, it is found between the points: one over a Lorentzian is a parabola.

    Parameters
    ----------
    step
        What is no higher than ``threshold`` is seen at every so many points only.
    shoulder
        Height of both neighbours of the top of a line over that of the top, at least.
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
        # Where a neighbour is far below, the top is one of noise and has no shape.
        if top > limit and top > left and top >= right and min(left, right) > min_ratio * top:
            a, b, c = np.float32(1) / left, np.float32(1) / top, np.float32(1) / right
            top = np.float32(1) / (b - (a - c) * (a - c) / (np.float32(8) * (a + c - np.float32(2) * b)))
        elif step > 1 and not top > limit:
            top = turned * values[point * points_per_cell + step // 2]
            for index in range(point * points_per_cell + step // 2, (point + 1) * points_per_cell, step):
                top = max(top, turned * values[index])
        trace[point] = top
