"""Compiled loops of the phase correction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["mean_negative_share", "negative_share", "power_below_ends", "write_real_part"]

_RESYNC_POINTS = 32
"""Points after which sine and cosine are computed directly, to stop rounding errors from adding
up."""


@compiled
def write_real_part(
    band: NDArray[np.complex128],
    at: NDArray[np.int64],
    points: int,
    zero: float,
    first: float,
    real: NDArray[np.float64],
) -> None:
    """Write the real part (n,) of phased points of a spectrum to ``real``; ``at`` has their indices
    (n,)."""
    turn_cos, turn_sin = np.cos(first / points), np.sin(first / points)
    cosine = sine = 0.0
    for i in range(len(at)):
        # The angle grows evenly from point to point, so that a rotation replaces most sines and
        # cosines.
        if i % _RESYNC_POINTS == 0 or at[i] != at[i - 1] + 1:
            angle = zero + first * (at[i] / points - 0.5)
            cosine, sine = np.cos(angle), np.sin(angle)
        else:
            cosine, sine = cosine * turn_cos - sine * turn_sin, sine * turn_cos + cosine * turn_sin
        real[i] = band[i].real * cosine + band[i].imag * sine


@compiled
def mean_negative_share(real: NDArray[np.float64], ends: NDArray[np.int64], signed: bool) -> float:
    """Mean share of the power of a region that is below the mean of its ends."""
    total, start = 0.0, 0
    for end in ends:
        part = real[start:end]
        if signed and part.sum() < 0:
            part *= -1
        part -= (part[:3].mean() + part[-3:].mean()) / 2
        total += negative_share(part)
        start = end
    return total / len(ends)


@compiled
def power_below_ends(real: NDArray[np.float64], ends: NDArray[np.int64], signed: bool) -> float:
    """Share of the power of all regions that is below the mean of their ends."""
    negative = power = 0.0
    start = 0
    for end in ends:
        part = real[start:end]
        if signed and part.sum() < 0:
            part *= -1
        part -= (part[:3].mean() + part[-3:].mean()) / 2
        for value in part:
            power += value * value
            negative += min(value, 0.0) ** 2
        start = end
    return negative / max(power, 1e-300)


@compiled
def negative_share(real: NDArray[np.float64]) -> float:
    """Share of the power that is below zero."""
    negative_share = power = 0.0
    for value in real:
        power += value * value
        negative_share += min(value, 0.0) ** 2
    return negative_share / max(power, 1e-300)
