"""Scale the integrals of a 1H spectrum to numbers of protons, and join the fractions of one signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["join_fractions", "proton_scale"]

_TRIAL_PROTONS = (1, 2, 3, 6, 9)
"""Numbers of protons that each strong signal is tried to have."""
_MIN_STRONG_SHARE, _MIN_COUPLED_SHARE = 0.12, 0.05
"""Least integral that counts for the scale, relative to the largest: of any signal, and of one with
coupling constants. Smaller ones are impurities."""
_MAX_PROTONS = 80
"""Most protons of all signals together."""
_MAX_DEVIATION, _MAX_COUPLED_DEVIATION = 0.3, 0.45
"""Largest cost of one signal: water, the solvent and protons that exchange are no whole numbers. It
is larger for a fraction of a proton with coupling constants, which is none of these."""
_MIN_COUPLED_NUMBER = 0.7
"""Number of protons below which a signal is such a fraction."""
_COST_PER_PROTON = 0.004
"""Small totals are preferred, because at a large scale all integrals are nearly whole numbers."""
_FRACTION = (0.2, 0.8)
"""Range of integrals (protons) that are too large for an impurity and too small for a signal."""
_MAX_JOINED_DEVIATION = 0.1
"""Largest deviation of joined fractions from a whole number, over its root."""
_MAX_JOINED = 4
"""Most fractions that are joined."""


def proton_scale(areas: NDArray[np.float64], is_coupled: NDArray[np.bool_]) -> float:
    """The factor that scales integrals (n,) nearest to whole numbers of protons.

    The cost of a factor is the mean deviation of the strong integrals from whole numbers, each over
    the root of its number and with an upper limit, and a small cost for each proton. Negative
    integrals are left out.

    Parameters
    ----------
    is_coupled
        Which signals (n,) have coupling constants and no others beside them.

    Examples
    --------
    >>> round(proton_scale(np.array([20.4, 9.9, 30.3]), np.array([True, True, False])), 2)
    0.1
    """
    largest = float(areas.max(initial=0.0))
    if not largest > 0:
        return 1.0
    is_strong = areas > np.where(is_coupled, _MIN_COUPLED_SHARE, _MIN_STRONG_SHARE) * largest
    strong, coupled = areas[is_strong], is_coupled[is_strong]
    scales = (np.array(_TRIAL_PROTONS) / strong[:, None]).ravel()
    numbers = scales[:, None] * strong
    whole = np.maximum(np.rint(numbers), 1.0)
    limit = np.where(coupled & (numbers < _MIN_COUPLED_NUMBER), _MAX_COUPLED_DEVIATION, _MAX_DEVIATION)
    deviation = np.minimum(np.abs(numbers - whole) / np.sqrt(whole), limit)
    total = whole.sum(axis=1)
    costs = np.where(total <= _MAX_PROTONS, deviation.mean(axis=1) + _COST_PER_PROTON * total, np.inf)
    return float(scales[costs.argmin()]) if np.isfinite(costs).any() else 1.0 / largest


def join_fractions(numbers: NDArray[np.float64]) -> list[slice]:
    """Runs of neighbouring signals that are one signal each.

    A signal of a fraction of a proton is joined with its neighbours if the fewest of them make a
    whole number of protons together. Otherwise it stays alone.

    Parameters
    ----------
    numbers
        Numbers of protons (n,) of neighbouring signals.

    Examples
    --------
    >>> join_fractions(np.array([0.52, 1.49, 3.0]))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    runs = [slice(i, i + 1) for i in range(len(numbers))]
    ends = np.concatenate(([0.0], np.cumsum(numbers)))
    while True:
        totals = [float(ends[run.stop] - ends[run.start]) for run in runs]
        fractions = [i for i, total in enumerate(totals) if _FRACTION[0] < total < _FRACTION[1]]
        best = (len(runs) + 1, 0.0, 0, 0)
        for i in fractions:
            for first in range(max(0, i - _MAX_JOINED + 1), i + 1):
                for last in range(max(i, first + 1), min(len(runs), first + _MAX_JOINED)):
                    total = float(ends[runs[last].stop] - ends[runs[first].start])
                    whole = max(round(total), 1)
                    deviation = abs(total - whole) / whole**0.5
                    if deviation < _MAX_JOINED_DEVIATION:
                        best = min(best, (last - first + 1, deviation, first, last))
        count, _, first, last = best
        if count > len(runs):
            return runs
        runs[first : last + 1] = [slice(runs[first].start, runs[last].stop)]
