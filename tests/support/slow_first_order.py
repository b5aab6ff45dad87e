"""The first-order multiplet that explains some lines, by its definition."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.first_order import (
    MAX_COST,
    MAX_J_HZ,
    MAX_LINES,
    MAX_MISSING_SHARE,
    MAX_TILT,
    MAX_TRIAL_SPACINGS,
    MERGE_GAPS,
    MERGE_WIDTHS,
    MIN_J_HZ,
    SPLITTING_LETTERS,
    STRUCTURES,
    FirstOrderMultiplet,
    first_order_pattern,
)


def slow_explanation(at: NDArray[np.float64], heights: NDArray[np.float64], width: float) -> FirstOrderMultiplet | None:
    """Return the simplest multiplet with these lines, as defined by ``explain``."""
    if len(at) == 1:
        return FirstOrderMultiplet("s", ())
    if len(at) > MAX_LINES:
        return None
    tolerance = max(0.25, 0.3 * width)
    centred = at - 0.5 * (at[0] + at[-1])
    if np.abs(centred + centred[::-1]).max() > 2 * tolerance or heights.min() <= 0:
        return None
    if (heights / heights[::-1]).max() > MAX_TILT:
        return None
    even = np.sqrt(np.maximum(heights * heights[::-1], 0.0))
    even /= even.max()
    merge = min(MERGE_WIDTHS * width, MERGE_GAPS * float(np.diff(at).min()))
    number, couplings = best_structure(at, centred, even, tolerance, merge)
    if number < 0:
        return None
    name = "".join(SPLITTING_LETTERS[n] for n in STRUCTURES[number])
    return FirstOrderMultiplet(name, tuple(round(float(j), 2) for j in couplings))


def best_structure(
    at: NDArray[np.float64], centred: NDArray[np.float64], heights: NDArray[np.float64], tolerance: float, merge: float
) -> tuple[int, tuple[float, ...]]:
    """Return the index in ``STRUCTURES`` and the couplings of the pattern of least cost.

    The index is -1 if none explains the lines.
    """
    best, best_number, best_couplings = MAX_COST, -1, tuple[float, ...]()
    for number, couplings in _trials(at, tolerance):
        cost = _cost(centred, heights, STRUCTURES[number], couplings, tolerance, merge)
        if cost < best:
            best, best_number, best_couplings = cost, number, couplings
    return best_number, best_couplings


def _trials(at: NDArray[np.float64], tolerance: float) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Yield indices of structures with the couplings allowed by the span and the distances from the first line."""
    span, count = float(at[-1] - at[0]), len(at)
    steps = [float(x - at[0]) for x in at[1 : MAX_TRIAL_SPACINGS + 1]]
    steps = [s for s in steps if MIN_J_HZ <= s <= MAX_J_HZ]
    for number, structure in enumerate(STRUCTURES):
        if not sum(structure) - 1 <= count <= prod(n + 1 for n in structure):
            continue
        for chosen in combinations(steps, len(structure) - 1):
            smaller = tuple(sorted(chosen, reverse=True))
            largest = (span - sum(n * j for n, j in zip(structure[1:], smaller, strict=True))) / structure[0]
            if MIN_J_HZ <= largest <= MAX_J_HZ and (not smaller or largest > smaller[0] + tolerance):
                yield number, (largest, *smaller)


def _cost(
    at: NDArray[np.float64],
    heights: NDArray[np.float64],
    structure: tuple[int, ...],
    couplings: tuple[float, ...],
    tolerance: float,
    merge: float,
) -> float:
    """Return the cost of explaining the lines by a pattern; below 1 the pattern explains them."""
    where, share = _merged(*first_order_pattern(structure, couplings), merge)
    distance = np.abs(at[:, None] - where)
    nearest = distance.argmin(axis=1)
    if distance.min(axis=1).max() > 1.6 * tolerance or len(set(nearest.tolist())) < len(at):
        return np.inf
    missing = np.setdiff1d(np.arange(len(where)), nearest)
    if missing.size and share[missing].max() > MAX_MISSING_SHARE:
        return np.inf
    misfit = float(np.sqrt(np.mean(distance.min(axis=1) ** 2))) / tolerance
    expected = share[nearest] / share[nearest].max()
    return 0.5 * misfit + 1.6 * float(np.sqrt(np.mean((heights - expected) ** 2))) + 0.08 * len(structure)


def _merged(
    at: NDArray[np.float64], share: NDArray[np.float64], merge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Merge lines that are too close to be resolved."""
    if len(at) == 1 or np.diff(at).min() > merge:
        return at, share
    group = np.concatenate([[0], np.cumsum(np.diff(at) > merge)])
    total = np.bincount(group, weights=share)
    middle = np.bincount(group, weights=share * at) / total
    return middle, total / total.max()
