"""Mole fractions of the components of a set, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.explanation import Explanation
from specmol_core.matchnet_x.components.union import component_lines
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["Fractions", "component_fractions"]

Float = NDArray[np.float64]
Fractions = list[tuple[float | None, float | None, float | None]]
"""Fraction, lower and upper end of each component; None if the spectra do not tell it."""

_AREA_SD, _MIN_LOG_SD = 0.15, 0.06
"""Least standard deviations of the logarithms of the area of a signal and of an amount."""
_HEIGHT_LOG_SD = 0.35
"""Standard deviation of the logarithm of an amount by heights of 13C lines."""
_Z = 1.96
_NOT_SEEN = 0.1
"""Upper limit of the fraction of a component without area."""
_DIGITS = 4


def component_fractions(
    observed: Sequence[Observed], payloads: Sequence[bytes], explanations: Sequence[Explanation]
) -> Fractions:
    """Return the mole fractions of the components: from the areas of 1H signals, else from 13C heights.

    The error of an amount is that of the areas of its signals, which is estimated from how well all
    areas agree with the amounts.
    """
    for nucleus in ("1H", "13C"):
        for spectrum, part in zip(observed, explanations, strict=True):
            known = not np.isnan(part.amounts).any() and part.amounts.sum() > 0
            if spectrum.nucleus == nucleus and known:
                errors = np.full(len(payloads), _HEIGHT_LOG_SD)
                if nucleus == "1H":
                    errors = _area_errors(spectrum, component_lines(payloads, nucleus).owner, part)
                return [_fraction(part.amounts, errors, k) for k in range(len(payloads))]
    return [(None, None, None)] * len(payloads)


def _area_errors(observed: Observed, owner: NDArray[np.int64], part: Explanation) -> Float:
    """Return the standard deviation of the logarithm of each amount (components,)."""
    known = ~np.isnan(part.expected) & (part.expected > 0)
    logs = np.log(np.maximum(observed.amount[known], 1e-12) / part.expected[known])
    spread = max(float(np.sqrt(np.mean(logs * logs))) if len(logs) else 1.0, _AREA_SD)
    seen = part.signals[:, 0] >= 0
    signals = [len(np.unique(part.signals[seen & (owner == k), 0])) for k in range(len(part.amounts))]
    return np.hypot(_MIN_LOG_SD, spread / np.sqrt(np.maximum(signals, 1)))


def _fraction(amounts: Float, errors: Float, k: int) -> tuple[float, float, float]:
    if len(amounts) == 1:
        return 1.0, 1.0, 1.0
    fraction = float(amounts[k] / amounts.sum())
    if fraction <= 0.0:
        return 0.0, 0.0, _NOT_SEEN
    if fraction >= 1.0:
        return 1.0, 1.0 - _NOT_SEEN, 1.0
    others = np.arange(len(amounts)) != k
    of_others = float(np.sqrt(np.sum((amounts[others] * errors[others]) ** 2)) / amounts[others].sum())
    odds, factor = fraction / (1.0 - fraction), float(np.exp(_Z * np.hypot(errors[k], of_others)))
    low, high = odds / factor, odds * factor
    return round(fraction, _DIGITS), round(low / (1.0 + low), _DIGITS), round(high / (1.0 + high), _DIGITS)
