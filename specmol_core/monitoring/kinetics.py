"""Rate law of a reaction: order, rate constant and half-life from conversions over time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.stats import t as student

__all__ = ["ORDERS", "RateLaw", "fit_rate_law"]

Float = NDArray[np.float64]

_MIN_POINTS = 4
_MIN_ERROR = 1e-3
"""Smallest standard deviation of a share that counts as known."""


def _zero(time: Float, start: float, rate: float) -> Float:
    return np.maximum(start - rate * time, 0.0)


def _first(time: Float, start: float, rate: float) -> Float:
    return np.asarray(start * np.exp(-np.clip(rate * time, -50.0, 50.0)))


def _second(time: Float, start: float, rate: float) -> Float:
    return np.asarray(start / np.maximum(1.0 + start * rate * time, 1e-9))


_LAWS: dict[str, Callable[[Float, float, float], Float]] = {"zero": _zero, "first": _first, "second": _second}
ORDERS = (*_LAWS, "auto")


@dataclass(frozen=True)
class RateLaw:
    """A rate law that was fitted to the share of a reactant that is left."""

    order: str
    """``zero``, ``first`` or ``second``. The second order is that of one reactant with itself, or with
    another in equal amount."""
    rate: float
    """Rate constant: 1/s for the first order; in shares of the start, per second, for the others."""
    rate_low: float
    rate_high: float
    """Interval of 95 %."""
    start: float
    """Share that is left at the first time."""
    half_life: float
    """Time until half of the start is left (s); infinite for a rate of 0."""
    residual: float
    """Root of the mean squared difference of the shares from the law."""
    points: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; an infinite half-life is None."""
        return asdict(self) | {"half_life": self.half_life if np.isfinite(self.half_life) else None}


def fit_rate_law(
    time: Sequence[float], left: Sequence[float], error: Sequence[float] | None = None, order: str = "auto"
) -> RateLaw | None:
    """Return the rate law of a reaction; None if there are fewer than four points, or no fit is found.

    The integrated laws are those of P. Atkins, J. de Paula, Physical Chemistry, table 17B.3.

    Parameters
    ----------
    time
        Times (points,), s; the law starts at the first.
    left
        Share of the reactant that is left at each time (points,), that is, 1 minus the conversion.
    error
        Standard deviation of each share (points,); None for equal ones.
    order
        One of ORDERS; ``auto`` takes the law with the smallest residual.

    Examples
    --------
    >>> law = fit_rate_law([0, 10, 20, 30, 40], [1.0, 0.5, 0.25, 0.125, 0.0625], order="first")
    >>> round(law.half_life, 3)
    10.0
    """
    at, shares = np.asarray(time, np.float64), np.asarray(left, np.float64)
    sigma = None if error is None else np.maximum(np.asarray(error, np.float64), _MIN_ERROR)
    if len(at) < _MIN_POINTS or np.ptp(at) <= 0:
        return None
    at = at - at[0]
    names = list(_LAWS) if order == "auto" else [order]
    laws = [law for name in names if (law := _fit(name, at, shares, sigma)) is not None]
    return min(laws, key=lambda law: law.residual) if laws else None


def _fit(order: str, time: Float, left: Float, sigma: Float | None) -> RateLaw | None:
    law = _LAWS[order]
    scale = float(time[-1])
    guess = max(float(left[0] - left[-1]), 0.05) / max(float(left[0]), 0.05)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            # Times in units of the whole series keep both parameters near 1.
            values, covariance = curve_fit(law, time / scale, left, (max(float(left[0]), 0.05), guess), sigma)
    except (RuntimeError, ValueError, OptimizeWarning):
        return None
    start, rate = float(values[0]), float(values[1]) / scale
    wide = float(student.ppf(0.975, len(time) - 2)) * float(np.sqrt(covariance[1, 1])) / scale
    if sigma is not None:
        # Errors of the shares are alike in all spectra of a series, so their scatter alone says too little.
        scatter = float((((law(time / scale, *values) - left) / sigma) ** 2).sum()) / (len(time) - 2)
        wide /= min(1.0, max(float(np.sqrt(scatter)), 1e-6))
    if not np.isfinite([start, rate, wide]).all():
        return None
    residual = float(np.sqrt(np.mean((law(time / scale, *values) - left) ** 2)))
    return RateLaw(order, rate, rate - wide, rate + wide, start, _half_life(order, start, rate), residual, len(time))


def _half_life(order: str, start: float, rate: float) -> float:
    if rate <= 0 or start <= 0:
        return float("inf")
    return {"zero": start / (2 * rate), "first": float(np.log(2)) / rate, "second": 1.0 / (rate * start)}[order]
