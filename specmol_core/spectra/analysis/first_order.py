"""Multiplicity and coupling constants of a first-order multiplet, from its lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled_exactly

__all__ = ["FirstOrderMultiplet", "first_order_pattern", "fit_first_order"]

SPLITTING_LETTERS = {1: "d", 2: "t", 3: "q", 4: "quint", 5: "sext", 6: "sept"}
"""Abbreviation of the splitting by each number of equivalent partners."""
MAX_LINES = 20
"""Lines above which a group is not fitted."""
STRUCTURES: tuple[tuple[int, ...], ...] = (
    (1,), (2,), (3,), (4,), (5,), (6,),
    (1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (1, 4), (4, 1), (2, 3), (3, 2),
    (1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 1, 3), (1, 3, 1), (3, 1, 1), (1, 2, 2), (2, 2, 1), (2, 1, 2),
    (1, 1, 1, 1),
)  # fmt: skip
"""Equivalent partners per coupling, the largest coupling first."""
_PARTNERS = np.array([structure + (0,) * (4 - len(structure)) for structure in STRUCTURES])
"""The same, padded with zeros (structures, 4)."""
_FREE_COUPLINGS = np.array([len(structure) - 1 for structure in STRUCTURES])
"""Number of couplings except the largest (structures,)."""
_MIN_PATTERN_LINES = np.array([sum(structure) - 1 for structure in STRUCTURES])
_MAX_PATTERN_LINES = np.array([prod(n + 1 for n in structure) for structure in STRUCTURES])
"""Fewest and most lines of each structure (structures,)."""
_SCRATCH_LINES = max(int(_MAX_PATTERN_LINES.max()), MAX_LINES)
MIN_J_HZ, MAX_J_HZ = 0.6, 19.0
"""Smallest and largest coupling between protons that a spectrum resolves (Hz)."""
MAX_TRIAL_SPACINGS = 6
"""Lines next to the first one whose distances from it are tried as couplings."""
MAX_MISSING_SHARE = 0.12
"""A line of the pattern below this share of the strongest may be missing."""
MAX_TILT = 4.0
"""Largest ratio of the heights of two lines at the same distance from the centre; strong coupling
tilts a multiplet, a weak line beside a singlet makes no doublet."""
MERGE_WIDTHS, MERGE_GAPS = 0.7, 0.85
"""Distance up to which two lines of a pattern are one line, in line widths, but at most in smallest
gaps of the observed lines."""
MAX_COST = 1.0
"""Cost from which a pattern does not explain the lines, see ``_cost``."""


@dataclass(frozen=True)
class FirstOrderMultiplet:
    """Multiplicity and coupling constants of one signal."""

    multiplicity: str
    """Abbreviation as in papers: "s", "d", "dd", "td", "quint"."""
    couplings_hz: tuple[float, ...]
    """Coupling constants (Hz), largest first, one per letter group."""


def first_order_pattern(
    structure: tuple[int, ...], couplings: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions (lines,) about the centre and intensities (lines,) of a first-order multiplet.

    Positions are in Hz; the strongest intensity is 1. Each coupling to n equivalent protons splits
    every line into n + 1 lines with binomial intensities.

    Parameters
    ----------
    structure
        Number of equivalent partners per coupling.
    couplings
        Coupling constants (Hz).

    Examples
    --------
    >>> positions, intensities = first_order_pattern((2,), (7.0,))
    >>> positions.tolist(), intensities.tolist()
    ([-7.0, 0.0, 7.0], [0.5, 1.0, 0.5])
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
    """Find the simplest first-order multiplet with these lines; None if there is none.

    Every line must belong to the pattern, and every strong line of the pattern must be present. The
    heights must be those of the pattern. They are averaged over the two halves first, because
    strong coupling tilts them.

    Parameters
    ----------
    positions_hz
        Positions (n,) in rising order (Hz).
    heights
        Heights (n,).
    width_hz
        Full width at half height of a line (Hz); closer lines count as one.
    """
    if len(positions_hz) == 1:
        return FirstOrderMultiplet("s", ())
    if len(positions_hz) > MAX_LINES:
        return None
    tolerance = max(0.25, 0.3 * width_hz)
    # Lines that are seen apart are resolved, whatever their widths.
    merge_hz = MERGE_WIDTHS * width_hz
    if len(positions_hz) > 1:
        merge_hz = min(merge_hz, MERGE_GAPS * float(np.diff(positions_hz).min()))
    centred = positions_hz - 0.5 * (positions_hz[0] + positions_hz[-1])
    if np.abs(centred + centred[::-1]).max() > 2 * tolerance or heights.min() <= 0:
        return None
    if (heights > MAX_TILT * heights[::-1]).any():
        return None
    symmetrised = np.sqrt(np.maximum(heights * heights[::-1], 0.0))
    symmetrised /= symmetrised.max()
    number, couplings = _best_structure(np.ascontiguousarray(positions_hz), centred, symmetrised, tolerance, merge_hz)
    if number < 0:
        return None
    structure = STRUCTURES[number]
    name = "".join(SPLITTING_LETTERS[n] for n in structure)
    return FirstOrderMultiplet(name, tuple(round(float(j), 2) for j in couplings[: len(structure)]))


@compiled_exactly
def _best_structure(
    positions_hz: NDArray[np.float64],
    centred: NDArray[np.float64],
    heights: NDArray[np.float64],
    tolerance: float,
    merge_hz: float,
) -> tuple[int, NDArray[np.float64]]:
    """Index of the structure with the lowest cost (-1 for none) and its couplings (4,), largest first.

    The trial couplings are the span and the distances from the first line.
    """
    span, steps, possible = positions_hz[-1] - positions_hz[0], np.empty(MAX_TRIAL_SPACINGS), 0
    for i in range(1, min(MAX_TRIAL_SPACINGS + 1, len(positions_hz))):
        steps[possible] = positions_hz[i] - positions_hz[0]
        possible += MIN_J_HZ <= steps[possible] <= MAX_J_HZ
    best, best_structure, best_couplings = MAX_COST, -1, np.zeros(4)
    couplings, chosen, scratch = np.zeros(4), np.zeros(3, np.int64), np.empty((4, _SCRATCH_LINES))
    for number in range(len(_PARTNERS)):
        partners, free_couplings = _PARTNERS[number], _FREE_COUPLINGS[number]
        # The number of lines is largest if none coincide and smallest if all couplings are equal.
        if (
            not _MIN_PATTERN_LINES[number] <= len(positions_hz) <= _MAX_PATTERN_LINES[number]
            or free_couplings > possible
        ):
            continue
        for index in range(free_couplings):
            chosen[index] = index
        more = True
        while more:
            smaller = 0.0
            for index in range(free_couplings):
                couplings[index + 1] = steps[chosen[free_couplings - 1 - index]]
                smaller += partners[index + 1] * couplings[index + 1]
            # The largest coupling follows from the span, so that errors of single distances do not
            # add up.
            couplings[0] = (span - smaller) / partners[0]
            if MIN_J_HZ <= couplings[0] <= MAX_J_HZ and (
                free_couplings == 0 or couplings[0] > couplings[1] + tolerance
            ):
                cost = _cost(centred, heights, partners, free_couplings + 1, couplings, tolerance, merge_hz, scratch)
                if cost < best:
                    best, best_structure = cost, number
                    for index in range(4):
                        best_couplings[index] = couplings[index]
            more = _next_choice(chosen, free_couplings, possible)
    return best_structure, best_couplings


@compiled_exactly
def _next_choice(chosen: NDArray[np.int64], size: int, count: int) -> bool:
    """Advance ``chosen`` to the next combination of ``size`` out of ``count`` indices; False after
    the last one."""
    for index in range(size - 1, -1, -1):
        if chosen[index] < count - size + index:
            chosen[index] += 1
            for later in range(index + 1, size):
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
    merge_hz: float,
    scratch: NDArray[np.float64],
) -> float:
    """Cost of a pattern for these lines; a pattern explains them if it is below MAX_COST."""
    merged_hz, share, matched_shares, is_matched = scratch[0], scratch[1], scratch[2], scratch[3]
    count = _merge_unresolved(merged_hz, share, _write_pattern(merged_hz, share, partners, groups, couplings), merge_hz)
    for j in range(count):
        is_matched[j] = 0.0
    squares = deviations = strongest = 0.0
    for i in range(len(positions_hz)):
        nearest = 0
        for j in range(1, count):
            if abs(positions_hz[i] - merged_hz[j]) < abs(positions_hz[i] - merged_hz[nearest]):
                nearest = j
        distance = abs(positions_hz[i] - merged_hz[nearest])
        if distance > 1.6 * tolerance or is_matched[nearest] > 0.0:
            return np.inf
        is_matched[nearest], matched_shares[i] = 1.0, share[nearest]
        squares += distance * distance
        strongest = max(strongest, matched_shares[i])
    for j in range(count):
        if is_matched[j] == 0.0 and share[j] > MAX_MISSING_SHARE:
            return np.inf
    for i in range(len(positions_hz)):
        deviation = heights[i] - matched_shares[i] / strongest
        deviations += deviation * deviation
    misfit = math.sqrt(squares / len(positions_hz)) / tolerance
    return 0.5 * misfit + 1.6 * math.sqrt(deviations / len(positions_hz)) + 0.08 * groups


@compiled_exactly
def _write_pattern(
    positions_hz: NDArray[np.float64],
    weight: NDArray[np.float64],
    partners: NDArray[np.int64],
    groups: int,
    couplings: NDArray[np.float64],
) -> int:
    """Write the lines of ``first_order_pattern`` to the arrays, and return their number."""
    positions_hz[0], weight[0], count = 0.0, 1.0, 1
    for group in range(groups):
        equal = partners[group]
        # Lines are split in place, from the last one on, so that none is overwritten before it is
        # used.
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
        index, shift, share = i, positions_hz[i], weight[i]
        while index > 0 and positions_hz[index - 1] > shift:
            positions_hz[index], weight[index] = positions_hz[index - 1], weight[index - 1]
            index -= 1
        positions_hz[index], weight[index] = shift, share
    for i in range(count):
        weight[i] /= strongest
    return count


@compiled_exactly
def _merge_unresolved(
    positions_hz: NDArray[np.float64], share: NDArray[np.float64], count: int, merge_hz: float
) -> int:
    """Merge lines that are too close to be resolved, and return the number left."""
    is_resolved = True
    for i in range(1, count):
        is_resolved &= positions_hz[i] - positions_hz[i - 1] > merge_hz
    if is_resolved:
        return count
    group, last = -1, 0.0
    for i in range(count):
        shift, whole = positions_hz[i], share[i]
        if i == 0 or shift - last > merge_hz:
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
