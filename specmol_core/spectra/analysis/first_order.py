"""Multiplicity and coupling constants of a first-order multiplet, from its lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled_exactly

__all__ = ["FirstOrderMultiplet", "first_order_pattern", "fit_first_order"]

VARIANT_LETTERS = {1: "d", 2: "t", 3: "q", 4: "quint", 5: "sext", 6: "sept"}
MOST_LINES = 20
STRUCTURES: tuple[tuple[int, ...], ...] = (
    (1,), (2,), (3,), (4,), (5,), (6,),
    (1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (1, 4), (4, 1), (2, 3), (3, 2),
    (1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 1, 3), (1, 3, 1), (3, 1, 1), (1, 2, 2), (2, 2, 1), (2, 1, 2),
    (1, 1, 1, 1),
)  # fmt: skip
"""Equivalent partners per coupling, the largest coupling first."""
_PARTNERS = np.array([structure + (0,) * (4 - len(structure)) for structure in STRUCTURES])
"""The same, filled up with zeros (structures, 4)."""
_KNOWN = np.array([len(structure) - 1 for structure in STRUCTURES])
"""Couplings but the largest (structures,)."""
_FEWEST = np.array([sum(structure) - 1 for structure in STRUCTURES])
_MOST = np.array([prod(n + 1 for n in structure) for structure in STRUCTURES])
"""Fewest and most lines (structures,)."""
_SLOTS = max(int(_MOST.max()), MOST_LINES)
SMALLEST_J, LARGEST_J = 0.6, 19.0
"""Couplings between protons that a spectrum resolves (Hz)."""
EDGES = 6
"""Lines from the low-frequency end whose distances from the first are tried as couplings."""
HIDDEN = 0.12
"""A predicted line below this share of the strongest may be missing."""
ACCEPTED = 1.0


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
    if len(positions_hz) > MOST_LINES:
        return None
    tolerance = max(0.25, 0.3 * width_hz)
    centred = positions_hz - 0.5 * (positions_hz[0] + positions_hz[-1])
    if np.abs(centred + centred[::-1]).max() > 2 * tolerance or min(heights[0], heights[-1]) <= 0:
        return None
    symmetrised = np.sqrt(np.maximum(heights * heights[::-1], 0.0))
    symmetrised /= symmetrised.max()
    number, couplings = _simplest(np.ascontiguousarray(positions_hz), centred, symmetrised, tolerance, width_hz)
    if number < 0:
        return None
    structure = STRUCTURES[number]
    name = "".join(VARIANT_LETTERS[n] for n in structure)
    return FirstOrderMultiplet(name, tuple(round(float(j), 2) for j in couplings[: len(structure)]))


@compiled_exactly
def _simplest(
    positions_hz: NDArray[np.float64],
    centred: NDArray[np.float64],
    heights: NDArray[np.float64],
    tolerance: float,
    width_hz: float,
) -> tuple[int, NDArray[np.float64]]:
    """The structure (-1 for none) with the least cost, and its couplings, the largest first (4,).

    Tried are the structures with the couplings that the span and the distances from the first line allow.
    """
    span, steps, possible = positions_hz[-1] - positions_hz[0], np.empty(EDGES), 0
    for i in range(1, min(EDGES + 1, len(positions_hz))):
        steps[possible] = positions_hz[i] - positions_hz[0]
        possible += SMALLEST_J <= steps[possible] <= LARGEST_J
    best, found, kept = ACCEPTED, -1, np.zeros(4)
    couplings, chosen, scratch = np.zeros(4), np.zeros(3, np.int64), np.empty((4, _SLOTS))
    for number in range(len(_PARTNERS)):
        partners, free_couplings = _PARTNERS[number], _KNOWN[number]
        # So many lines at most, if none coincide; and hardly fewer than if all couplings were equal.
        if not _FEWEST[number] <= len(positions_hz) <= _MOST[number] or free_couplings > possible:
            continue
        for place in range(free_couplings):
            chosen[place] = place
        more = True
        while more:
            smaller = 0.0
            for place in range(free_couplings):
                couplings[place + 1] = steps[chosen[free_couplings - 1 - place]]
                smaller += partners[place + 1] * couplings[place + 1]
            # The largest coupling is what the span leaves for it: no error of a single distance adds up.
            couplings[0] = (span - smaller) / partners[0]
            if SMALLEST_J <= couplings[0] <= LARGEST_J and (
                free_couplings == 0 or couplings[0] > couplings[1] + tolerance
            ):
                cost = _cost(centred, heights, partners, free_couplings + 1, couplings, tolerance, width_hz, scratch)
                if cost < best:
                    best, found = cost, number
                    for place in range(4):
                        kept[place] = couplings[place]
            more = _next_choice(chosen, free_couplings, possible)
    return found, kept


@compiled_exactly
def _next_choice(chosen: NDArray[np.int64], size: int, count: int) -> bool:
    """Go on to the next choice of rising places out of ``count``, in their order; False after the last one."""
    for place in range(size - 1, -1, -1):
        if chosen[place] < count - size + place:
            chosen[place] += 1
            for later in range(place + 1, size):
                chosen[later] = chosen[later - 1] + 1
            return True
    return False


@compiled_exactly
def _cost(
    positions_hz: NDArray[np.float64],
    heights: NDArray[np.float64],
    partners: NDArray[np.int64],
    groups: int,
    couplings: NDArray[np.float64],
    tolerance: float,
    width_hz: float,
    scratch: NDArray[np.float64],
) -> float:
    """How badly a pattern explains the lines: below 1 it does."""
    merged_hz, share, shown, seen = scratch[0], scratch[1], scratch[2], scratch[3]
    count = _merge(merged_hz, share, _draw(merged_hz, share, partners, groups, couplings), width_hz)
    for j in range(count):
        seen[j] = 0.0
    squares = deviations = strongest = 0.0
    for i in range(len(positions_hz)):
        nearest = 0
        for j in range(1, count):
            if abs(positions_hz[i] - merged_hz[j]) < abs(positions_hz[i] - merged_hz[nearest]):
                nearest = j
        distance = abs(positions_hz[i] - merged_hz[nearest])
        if distance > 1.6 * tolerance or seen[nearest] > 0.0:
            return np.inf
        seen[nearest], shown[i] = 1.0, share[nearest]
        squares += distance * distance
        strongest = max(strongest, shown[i])
    for j in range(count):
        if seen[j] == 0.0 and share[j] > HIDDEN:
            return np.inf
    for i in range(len(positions_hz)):
        deviation = heights[i] - shown[i] / strongest
        deviations += deviation * deviation
    misfit = math.sqrt(squares / len(positions_hz)) / tolerance
    return 0.5 * misfit + 1.6 * math.sqrt(deviations / len(positions_hz)) + 0.08 * groups


@compiled_exactly
def _draw(
    positions_hz: NDArray[np.float64],
    weight: NDArray[np.float64],
    partners: NDArray[np.int64],
    groups: int,
    couplings: NDArray[np.float64],
) -> int:
    """Write the lines of a pattern, as ``first_order_pattern`` gives them, and return how many they are."""
    positions_hz[0], weight[0], count = 0.0, 1.0, 1
    for group in range(groups):
        equal = partners[group]
        # Each line is split where it stands; from the last one on, so that none is overwritten before its turn.
        for i in range(count - 1, -1, -1):
            middle, whole, binomial = positions_hz[i], weight[i], 1.0
            for k in range(equal + 1):
                positions_hz[i * (equal + 1) + k] = middle + (k - equal / 2) * couplings[group]
                weight[i * (equal + 1) + k] = whole * binomial
                binomial = binomial * (equal - k) / (k + 1)
        count *= equal + 1
    strongest = 0.0
    for i in range(count):
        strongest = max(strongest, weight[i])
        place, shift, share = i, positions_hz[i], weight[i]
        while place > 0 and positions_hz[place - 1] > shift:
            positions_hz[place], weight[place] = positions_hz[place - 1], weight[place - 1]
            place -= 1
        positions_hz[place], weight[place] = shift, share
    for i in range(count):
        weight[i] /= strongest
    return count


@compiled_exactly
def _merge(positions_hz: NDArray[np.float64], share: NDArray[np.float64], count: int, width_hz: float) -> int:
    """Join lines that stand too close to be told apart, and return how many are left."""
    apart = True
    for i in range(1, count):
        apart &= positions_hz[i] - positions_hz[i - 1] > 0.7 * width_hz
    if apart:
        return count
    group, last = -1, 0.0
    for i in range(count):
        shift, whole = positions_hz[i], share[i]
        if i == 0 or shift - last > 0.7 * width_hz:
            group += 1
            positions_hz[group] = share[group] = 0.0
        last = shift
        share[group] += whole
        positions_hz[group] += whole * shift
    strongest = 0.0
    for i in range(group + 1):
        positions_hz[i] /= share[i]
        strongest = max(strongest, share[i])
    for i in range(group + 1):
        share[i] /= strongest
    return group + 1
