"""Multiplicity and coupling constants of a first-order multiplet, from its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

__all__ = ["FirstOrder", "explain", "pattern"]

_LETTERS = {1: "d", 2: "t", 3: "q", 4: "quint", 5: "sext", 6: "sept"}
_STRUCTURES: tuple[tuple[int, ...], ...] = (
    (1,), (2,), (3,), (4,), (5,), (6,),
    (1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (1, 4), (4, 1), (2, 3), (3, 2),
    (1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 1, 3), (1, 3, 1), (3, 1, 1), (1, 2, 2), (2, 2, 1), (2, 1, 2),
    (1, 1, 1, 1),
)  # fmt: skip
"""Equivalent partners per coupling, the largest coupling first."""
_MOST_LINES = 20
_SMALLEST_J, _LARGEST_J = 0.6, 19.0
"""Couplings between protons that a spectrum resolves (Hz)."""
_EDGES = 6
"""Lines from the low-frequency end whose distances from the first are tried as couplings."""
_HIDDEN = 0.12
"""A predicted line below this share of the strongest may be missing."""
_ACCEPTED = 1.0


@dataclass(frozen=True)
class FirstOrder:
    """What explains a multiplet."""

    multiplicity: str
    """As papers write it: "s", "d", "dd", "td", "quint"."""
    couplings_hz: tuple[float, ...]
    """Coupling constants (Hz), largest first, one per letter group."""


def pattern(
    structure: tuple[int, ...], couplings: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions about the centre (Hz) and intensities (strongest 1) of a first-order multiplet.

    Each coupling to n equivalent protons splits every line into n + 1 with binomial intensities.
    """
    at, weight = np.zeros(1), np.ones(1)
    for partners, coupling in zip(structure, couplings, strict=True):
        steps = (np.arange(partners + 1) - partners / 2) * coupling
        shares = np.array([comb(partners, k) for k in range(partners + 1)], dtype=np.float64)
        at, weight = (at[:, None] + steps).ravel(), (weight[:, None] * shares).ravel()
    order = np.argsort(at)
    return at[order], weight[order] / float(weight.max())


def explain(at: NDArray[np.float64], heights: NDArray[np.float64], width: float) -> FirstOrder | None:
    """Find the simplest first-order multiplet that has these lines; None where there is none.

    Every line must be one of the pattern's, every strong line of the pattern must be there, and the heights,
    evened over the two halves since strong coupling tilts them, must be the pattern's.

    Parameters
    ----------
    at, heights
        Positions (n,), in Hz, rising, and heights (n,).
    width
        Full width at half height of a line (Hz); lines closer than that are one.
    """
    if len(at) == 1:
        return FirstOrder("s", ())
    if len(at) > _MOST_LINES:
        return None
    tolerance = max(0.25, 0.3 * width)
    centred = at - 0.5 * (at[0] + at[-1])
    if np.abs(centred + centred[::-1]).max() > 2 * tolerance or min(heights[0], heights[-1]) <= 0:
        return None
    even = np.sqrt(np.maximum(heights * heights[::-1], 0.0))
    even /= even.max()
    best: tuple[float, FirstOrder] | None = None
    for structure, couplings in _trials(at, tolerance):
        cost = _cost(centred, even, structure, couplings, tolerance, width)
        if cost < _ACCEPTED and (best is None or cost < best[0]):
            name = "".join(_LETTERS[n] for n in structure)
            best = (cost, FirstOrder(name, tuple(round(float(j), 2) for j in couplings)))
    return best[1] if best else None


def _trials(at: NDArray[np.float64], tolerance: float) -> Iterator[tuple[tuple[int, ...], tuple[float, ...]]]:
    """Structures with the couplings that the span and the distances from the first line allow."""
    span, count = float(at[-1] - at[0]), len(at)
    steps = [float(x - at[0]) for x in at[1 : _EDGES + 1]]
    steps = [s for s in steps if _SMALLEST_J <= s <= _LARGEST_J]
    for structure in _STRUCTURES:
        # So many lines at most, if none coincide; and hardly fewer than if all couplings were equal.
        if not sum(structure) - 1 <= count <= prod(n + 1 for n in structure):
            continue
        known = len(structure) - 1
        for chosen in combinations(steps, known):
            # The largest coupling is what the span leaves for it: no error of a single distance adds up.
            smaller = tuple(sorted(chosen, reverse=True))
            rest = span - sum(n * j for n, j in zip(structure[1:], smaller, strict=True))
            largest = rest / structure[0]
            if _SMALLEST_J <= largest <= _LARGEST_J and (not smaller or largest > smaller[0] + tolerance):
                yield structure, (largest, *smaller)


def _cost(
    at: NDArray[np.float64],
    heights: NDArray[np.float64],
    structure: tuple[int, ...],
    couplings: tuple[float, ...],
    tolerance: float,
    width: float,
) -> float:
    """How badly a pattern explains the lines: below 1 it does."""
    full, weight = pattern(structure, couplings)
    where, share = _merged(full, weight, width)
    distance = np.abs(at[:, None] - where)
    nearest = distance.argmin(axis=1)
    if distance.min(axis=1).max() > 1.6 * tolerance or len(set(nearest.tolist())) < len(at):
        return np.inf
    missing = np.setdiff1d(np.arange(len(where)), nearest)
    if missing.size and share[missing].max() > _HIDDEN:
        return np.inf
    misfit = float(np.sqrt(np.mean(distance.min(axis=1) ** 2))) / tolerance
    expected = share[nearest] / share[nearest].max()
    return 0.5 * misfit + 1.6 * float(np.sqrt(np.mean((heights - expected) ** 2))) + 0.08 * len(structure)


def _merged(
    at: NDArray[np.float64], share: NDArray[np.float64], width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Join lines that stand too close to be told apart."""
    if len(at) == 1 or np.diff(at).min() > 0.7 * width:
        return at, share
    group = np.concatenate([[0], np.cumsum(np.diff(at) > 0.7 * width)])
    total = np.bincount(group, weights=share)
    middle = np.bincount(group, weights=share * at) / total
    return middle, total / total.max()
