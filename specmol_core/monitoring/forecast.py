"""How fast a series changes, and how long its condition takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.monitoring.condition import CONVERSION, Condition

__all__ = ["Forecast", "forecast"]

_LAST = 5
"""Spectra whose slope is the present rate."""
_MOST_LENGTHS = 20.0
"""The forecast reaches so many times the length of the series."""


@dataclass(frozen=True)
class Forecast:
    """The present rate of one quantity."""

    quantity: str
    """``conversion`` or the name of a species, for its mole fraction."""
    rate: float | None
    """Change per second; None with fewer than three times."""
    seconds_left: float | None
    """Time after the last spectrum until the condition is met (s); None if it is not in sight."""


def forecast(rows: Sequence[Mapping[str, Any]], quantity: str, condition: Condition | None) -> Forecast:
    """Return rate and remaining time of a quantity.

    The rate is the slope of the last five spectra. For a conversion the remaining time is that of a
    reaction of the first order with this rate, otherwise that of a constant rate.

    Parameters
    ----------
    rows
        The lines of a series.
    condition
        Of the same quantity; None if there is none.
    """
    known = [row for row in rows if row.get("time_s") is not None and row.get(quantity) is not None]
    times = np.array([float(row["time_s"]) for row in known])
    values = np.array([float(row[quantity]) for row in known])
    rate = None
    if len(known) >= 3 and np.ptp(times[-_LAST:]) > 0:
        rate = float(np.polyfit(times[-_LAST:] - times[-1], values[-_LAST:], 1)[0])
    left = None
    if condition is not None and len(known):
        left = 0.0 if condition.is_met({quantity: float(values[-1])}) else None
        if left is None and rate:
            left = _remaining(values, rate, condition.value, is_conversion=quantity == CONVERSION)
        if left is not None and left > _MOST_LENGTHS * float(np.ptp(times)):
            left = None
    return Forecast(quantity, rate, left)


def _remaining(values: NDArray[np.float64], rate: float, aim: float, *, is_conversion: bool) -> float | None:
    """Return the time from the last value to the aim (s); None if the rate leads away from it."""
    last = float(values[-1])
    if is_conversion:
        shares = 1.0 - values[-_LAST:]
        constant = rate / max(float(shares.mean()), 1e-9)
        return math.log((1.0 - last) / (1.0 - aim)) / constant if last < aim < 1.0 and constant > 0 else None
    linear = (aim - last) / rate
    return linear if linear > 0 else None
