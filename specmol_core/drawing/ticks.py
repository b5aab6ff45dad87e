"""Where an axis has its ticks, and what is written at them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ticks", "axis_ticks"]

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


class Ticks(NamedTuple):
    """Ticks of an axis, in its units."""

    labels: dict[float, str]
    """Number to write, by position."""
    minor: NDArray[np.float64]
    """Five ticks a labelled one, which is among them (n,)."""


def axis_ticks(low: float, high: float, max_count: float = 10.0, *, step: float | None = None) -> Ticks:
    """Ticks at round numbers from ``low`` to ``high``.

    Parameters
    ----------
    max_count
        Most steps between labelled ticks that fit on the axis; the finest step that keeps to it is used.
    step
        Distance of labelled ticks, if it is given and not chosen.

    Examples
    --------
    >>> axis_ticks(-0.2, 1.3, 4).labels
    {0.0: '0.0', 0.5: '0.5', 1.0: '1.0'}
    """
    if step is None:
        step = next((step for step in _STEPS if (high - low) / step <= max_count), _STEPS[-1])
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    labels = {value: f"{value:z.{digits}f}" for value in _multiples(low, high, step).tolist()}
    return Ticks(labels, _multiples(low, high, step / 5))


def _multiples(low: float, high: float, step: float) -> NDArray[np.float64]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return np.arange(first, last + 1, dtype=np.float64) * step
