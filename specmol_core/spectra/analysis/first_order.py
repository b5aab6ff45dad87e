"""Multiplicity and coupling constants of a first-order multiplet, from its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

__all__ = ["FirstOrderMultiplet", "first_order_pattern", "fit_first_order"]

_MULTIPLICITY_LETTERS = {1: "d", 2: "t", 3: "q", 4: "quint", 5: "sext", 6: "sept"}
_PARTNER_COUNTS: tuple[tuple[int, ...], ...] = (
    (1,), (2,), (3,), (4,), (5,), (6,),
    (1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (1, 4), (4, 1), (2, 3), (3, 2),
    (1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 1, 3), (1, 3, 1), (3, 1, 1), (1, 2, 2), (2, 2, 1), (2, 1, 2),
    (1, 1, 1, 1),
)  # fmt: skip
"""Equivalent partners per coupling, the largest coupling first."""
_MAX_LINES = 20
_MIN_J_HZ, _MAX_J_HZ = 0.6, 19.0
"""Couplings between protons that a spectrum resolves (Hz)."""
_MAX_TRIAL_GAPS = 6
"""Lines from the low-frequency end whose distances from the first are tried as couplings."""
_MAX_MISSING_SHARE = 0.12
"""A predicted line below this share of the strongest may be missing."""
_MAX_COST = 1.0


@dataclass(frozen=True)
class FirstOrderMultiplet:
    """What explains a multiplet."""

    multiplicity: str
    """As papers write it: "s", "d", "dd", "td", "quint"."""
    couplings_hz: tuple[float, ...]
    """Coupling constants (Hz), largest first, one per letter group."""


def first_order_pattern(
    structure: tuple[int, ...], couplings: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions about the centre (Hz) and intensities (strongest 1) of a first-order multiplet.

    Each coupling to n equivalent protons splits every line into n + 1 with binomial intensities.
    """
    positions_hz, weight = np.zeros(1), np.ones(1)
    for partners, coupling in zip(structure, couplings, strict=True):
        steps = (np.arange(partners + 1) - partners / 2) * coupling
        shares = np.array([comb(partners, k) for k in range(partners + 1)], dtype=np.float64)
        positions_hz, weight = (positions_hz[:, None] + steps).ravel(), (weight[:, None] * shares).ravel()
    order = np.argsort(positions_hz)
    return positions_hz[order], weight[order] / float(weight.max())


def fit_first_order(
    positions_hz: NDArray[np.float64], heights: NDArray[np.float64], width_hz: float
) -> FirstOrderMultiplet | None:
    """Find the simplest first-order multiplet that has these lines; None where there is none.

    Every line must be one of the pattern's, every strong line of the pattern must be there, and the heights,
    evened over the two halves since strong coupling tilts them, must be the pattern's.

    Parameters
    ----------
    positions_hz, heights
        Positions (n,), in Hz, rising, and heights (n,).
    width_hz
        Full width at half height of a line (Hz); lines closer than that are one.
    """
    if len(positions_hz) == 1:
        return FirstOrderMultiplet("s", ())
    if len(positions_hz) > _MAX_LINES:
        return None
    tolerance = max(0.25, 0.3 * width_hz)
    centred = positions_hz - 0.5 * (positions_hz[0] + positions_hz[-1])
    if np.abs(centred + centred[::-1]).max() > 2 * tolerance or min(heights[0], heights[-1]) <= 0:
        return None
    symmetrised = np.sqrt(np.maximum(heights * heights[::-1], 0.0))
    symmetrised /= symmetrised.max()
    best: tuple[float, FirstOrderMultiplet] | None = None
    for structure, couplings in _trial_couplings(positions_hz, tolerance):
        cost = _cost(centred, symmetrised, structure, couplings, tolerance, width_hz)
        if cost < _MAX_COST and (best is None or cost < best[0]):
            name = "".join(_MULTIPLICITY_LETTERS[n] for n in structure)
            best = (cost, FirstOrderMultiplet(name, tuple(round(float(j), 2) for j in couplings)))
    return best[1] if best else None


def _trial_couplings(
    positions_hz: NDArray[np.float64], tolerance: float
) -> Iterator[tuple[tuple[int, ...], tuple[float, ...]]]:
    """Structures with the couplings that the span and the distances from the first line allow."""
    span, count = float(positions_hz[-1] - positions_hz[0]), len(positions_hz)
    steps = [float(x - positions_hz[0]) for x in positions_hz[1 : _MAX_TRIAL_GAPS + 1]]
    steps = [s for s in steps if _MIN_J_HZ <= s <= _MAX_J_HZ]
    for structure in _PARTNER_COUNTS:
        # So many lines at most, if none coincide; and hardly fewer than if all couplings were equal.
        if not sum(structure) - 1 <= count <= prod(n + 1 for n in structure):
            continue
        free_couplings = len(structure) - 1
        for chosen in combinations(steps, free_couplings):
            # The largest coupling is what the span leaves for it: no error of a single distance adds up.
            smaller = tuple(sorted(chosen, reverse=True))
            rest = span - sum(n * j for n, j in zip(structure[1:], smaller, strict=True))
            largest = rest / structure[0]
            if _MIN_J_HZ <= largest <= _MAX_J_HZ and (not smaller or largest > smaller[0] + tolerance):
                yield structure, (largest, *smaller)


def _cost(
    positions_hz: NDArray[np.float64],
    heights: NDArray[np.float64],
    structure: tuple[int, ...],
    couplings: tuple[float, ...],
    tolerance: float,
    width_hz: float,
) -> float:
    """How badly a pattern explains the lines: below 1 it does."""
    pattern_hz, weight = first_order_pattern(structure, couplings)
    merged_hz, share = _merge_unresolved(pattern_hz, weight, width_hz)
    distance = np.abs(positions_hz[:, None] - merged_hz)
    nearest = distance.argmin(axis=1)
    if distance.min(axis=1).max() > 1.6 * tolerance or len(set(nearest.tolist())) < len(positions_hz):
        return np.inf
    missing = np.setdiff1d(np.arange(len(merged_hz)), nearest)
    if missing.size and share[missing].max() > _MAX_MISSING_SHARE:
        return np.inf
    misfit = float(np.sqrt(np.mean(distance.min(axis=1) ** 2))) / tolerance
    expected = share[nearest] / share[nearest].max()
    return 0.5 * misfit + 1.6 * float(np.sqrt(np.mean((heights - expected) ** 2))) + 0.08 * len(structure)


def _merge_unresolved(
    positions_hz: NDArray[np.float64], share: NDArray[np.float64], width_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Join lines that stand too close to be told apart."""
    if len(positions_hz) == 1 or np.diff(positions_hz).min() > 0.7 * width_hz:
        return positions_hz, share
    group = np.concatenate([[0], np.cumsum(np.diff(positions_hz) > 0.7 * width_hz)])
    total = np.bincount(group, weights=share)
    middle = np.bincount(group, weights=share * positions_hz) / total
    return middle, total / total.max()
