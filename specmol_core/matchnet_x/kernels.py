"""Alignment of predicted lines with observed signals, candidate by candidate, in machine code.

All in one file: what numba keeps of a function on disk is renewed when its own file changes, not when another does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = [
    "CELL",
    "CELLS",
    "LOWEST",
    "MOST_ELSEWHERE",
    "NEVER",
    "Carbons",
    "Pairing",
    "Protons",
    "best_alignment",
    "carbon_ratios",
    "fill_carbon",
    "fill_proton",
    "height_scale",
    "proton_ratios",
    "scratch_for",
]

NEVER = np.float32(-1e9)
"""Log-probability of what does not happen."""
MOST_ELSEWHERE = 3
"""Lines of one candidate that may show out of order."""
LOWEST, CELL, CELLS = -3.25, 0.25, 22
"""Logarithm of the lowest height that is told apart, step from one to the next, and their number."""

_FLOOR = np.float32(-12.0)
"""Least log-likelihood ratio of one pair: farther off is not worse, it is no pair."""
_LEAST_SCALE = np.float32(1e-4)
_LOWEST, _CELL = np.float32(LOWEST), np.float32(CELL)
_HALF = np.float32(np.log(2.0))


class Pairing(NamedTuple):
    """How likely a line stands at an entry: a Student distribution about the prediction, against a uniform chance."""

    dof: np.float32
    widen: np.float32
    """Factor on the predicted spreads."""
    error: np.float32
    """Standard deviation of an observed shift (ppm)."""
    constant: np.float32
    """Logarithm of the window (ppm) times the density of the standard distribution at 0."""


class Carbons(NamedTuple):
    """What holds for a 13C list."""

    pairing: Pairing
    at: NDArray[np.float32]
    """(entries,) ppm."""
    missing: NDArray[np.float32]
    """(kinds,)"""
    merged: np.float32
    split: np.float32
    extra: NDArray[np.float32]
    """(entries,)"""
    hidden: NDArray[np.float32]
    """(ranges, 2): middle (ppm) of each in which no line is seen, and the logarithm of its share of the window."""
    height: NDArray[np.float32]
    """(entries,) logarithm of the height of each; empty where heights tell nothing."""
    tallest: NDArray[np.float32]
    """The same, falling."""
    usual: NDArray[np.float32]
    """(kinds,) mean logarithm of the height of one carbon of each."""
    told: NDArray[np.float32]
    """(kinds, cells): log-ratio of a height under each kind and under lines that are nobody's, see ``heights``."""


class Protons(NamedTuple):
    """What holds for a 1H list."""

    pairing: Pairing
    at: NDArray[np.float32]
    """(signals,) ppm."""
    told: NDArray[np.float32]
    """(kinds, signals): what the multiplicity of a signal tells of each kind of proton."""
    missing: NDArray[np.float32]
    """(2,): of protons on carbon, and of those that exchange."""
    hidden: NDArray[np.float32]
    """As of Carbons; exchanging protons are missing often enough without."""
    exchanging: int
    """The first kind that exchanges."""
    merged: np.float32
    split: np.float32
    crowded: np.float32
    elsewhere: np.float32
    """Of a proton that exchanges."""
    bound: np.float32
    """Most that a proton that exchanges says by standing in its place."""
    extra: np.float32
    together: np.float32
    """Power of the number of protons of a line by which the weight of each falls."""


@compiled
def scratch_for(entries: int, rows: int = 2) -> NDArray[np.float32]:
    """Working memory of :func:`best_alignment` for so many entries or fewer."""
    return np.empty((2, rows, 2 * MOST_ELSEWHERE + 1, entries + 1), np.float32)


@compiled
def best_alignment(
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    merged: NDArray[np.float32],
    split: NDArray[np.float32],
    extra: NDArray[np.float32],
    elsewhere: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> float:
    """What ``alignment.align`` computes, from the parts of its AlignmentTerms.

    Parameters
    ----------
    scratch
        Of ``scratch_for`` this number of entries or more, with any values. Row ``i`` modulo its rows will hold, after i
        lines, the best by layer and entries passed, and the best of those that end on each entry.
    """
    lines, width = match.shape
    most = 0
    for i in range(lines):
        most += elsewhere[i] > NEVER
    most = min(most, MOST_ELSEWHERE)
    # Layer b + most: entries that wait for a line out of order, less lines that wait for an entry, are b.
    layers = 2 * most + 1
    rows = scratch.shape[1]
    best, ending = scratch[0, 0], scratch[1, 0]
    for b in range(layers):
        best[b, 0] = 0 if b == most else NEVER
        for j in range(width):
            ending[b, j] = NEVER
            best[b, j + 1] = best[b, j] + extra[j]
            if b > 0:
                best[b, j + 1] = max(best[b, j + 1], best[b - 1, j])
    for i in range(lines):
        new, now = scratch[0, (i + 1) % rows], scratch[1, (i + 1) % rows]
        for b in range(layers):
            without = best[b, 0] + missing[i]
            if b + 1 < layers:
                without = max(without, best[b + 1, 0] + elsewhere[i])
            new[b, 0] = without
            for j in range(width):
                here = max(best[b, j], ending[b, j] + merged[i]) + match[i, j]
                if j >= 1:
                    here = max(here, best[b, j - 1] + split[i, j])
                now[b, j] = here
                value = max(here, max(best[b, j + 1] + missing[i], new[b, j] + extra[j]))
                if b + 1 < layers:
                    value = max(value, best[b + 1, j + 1] + elsewhere[i])
                if b > 0:
                    value = max(value, new[b - 1, j])
                new[b, j + 1] = value
        best, ending = new, now
    total: float = best[most, width]
    return total


@compiled
def _ratio(pairing: Pairing, deviation: float, scale: float) -> float:
    z = deviation / scale
    tail = np.log(np.float32(1) + z * z / pairing.dof) * (pairing.dof + np.float32(1)) * np.float32(0.5)
    found: float = max(pairing.constant - np.log(scale) - tail, _FLOOR)
    return found


@compiled
def _scale(pairing: Pairing, spread: float) -> float:
    own = spread * pairing.widen
    found: float = max(np.sqrt(own * own + pairing.error * pairing.error), _LEAST_SCALE)
    return found


@compiled
def _unseen(pairing: Pairing, hidden: NDArray[np.float32], ppm: float, scale: float) -> float:
    """Log-probability that a line stands in a range in which none is seen."""
    found = float(NEVER)
    for r in range(len(hidden)):
        found = max(found, float(_ratio(pairing, ppm - hidden[r, 0], scale) + hidden[r, 1]))
    return found


@compiled
def height_scale(own: Carbons, nuclei: NDArray[np.int64], kind: NDArray[np.int64]) -> float:
    """Logarithm of the height of one usual carbon, if the lines are those of a candidate: tallest with tallest."""
    count = min(len(own.height), len(kind))
    if count == 0:
        return 0.0
    expected = np.empty(len(kind), np.float32)
    for i in range(len(kind)):
        expected[i] = own.usual[min(kind[i], len(own.usual) - 1)] + np.log(np.float32(max(nuclei[i], 1)))
    apart = own.tallest[:count] - np.sort(expected)[::-1][:count]
    found: float = np.sort(apart)[count // 2]
    return found


@compiled
def _told_by_height(told: NDArray[np.float32], height: float) -> float:
    """Value of one row (cells,) at the logarithm of a height per carbon, straight between the cells."""
    place = (height - _LOWEST) / _CELL
    below = min(max(int(np.floor(place)), 0), len(told) - 2)
    part = min(max(place - np.float32(below), np.float32(0)), np.float32(1))
    found: float = told[below] * (np.float32(1) - part) + told[below + 1] * part
    return found


@compiled
def fill_carbon(
    own: Carbons,
    ppm: NDArray[np.float32],
    spread: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    merged: NDArray[np.float32],
    split: NDArray[np.float32],
) -> None:
    """Terms of the lines of one candidate: one line per class of carbons, one entry per observed line."""
    usual = height_scale(own, nuclei, kind)
    for i in range(len(ppm)):
        scale = _scale(own.pairing, spread[i])
        missing[i] = max(
            own.missing[min(kind[i], len(own.missing) - 1)], _unseen(own.pairing, own.hidden, ppm[i], scale)
        )
        # Two lines within the resolution are one: the second needs no place of its own, only to be that near.
        merged[i] = own.merged
        for j in range(len(own.at)):
            match[i, j] = _ratio(own.pairing, ppm[i] - own.at[j], scale)
            split[i, j] = NEVER
        # A line of several carbons as two neighbouring entries: alike by the graph, yet not in space.
        for j in range(1, len(own.at) if nuclei[i] > 1 else 0):
            split[i, j] = match[i, j - 1] + match[i, j] + own.split
        told, carbons = own.told[min(kind[i], len(own.told) - 1)], np.log(np.float32(max(nuclei[i], 1)))
        before = np.float32(0)
        for j in range(len(own.height)):
            height = own.height[j] - usual - carbons
            match[i, j] += _told_by_height(told, height)
            if nuclei[i] > 1:
                half = np.float32(_told_by_height(told, height + _HALF))
                split[i, j] += half
                split[i, j] += before
                before = half


@compiled
def carbon_ratios(
    own: Carbons,
    ppm: NDArray[np.float32],
    spread: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    first: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Log-likelihood ratio (candidates,) of the list under the lines ``first[c]`` to ``first[c + 1]`` of each."""
    most, width = 0, len(own.at)
    for c in range(len(out)):
        most = max(most, first[c + 1] - first[c])
    match, split = np.empty((most, width), np.float32), np.empty((most, width), np.float32)
    missing, merged = np.empty(most, np.float32), np.empty(most, np.float32)
    elsewhere = np.full(most, NEVER, np.float32)
    scratch = scratch_for(width)
    for c in range(len(out)):
        a, b = first[c], first[c + 1]
        n = b - a
        fill_carbon(own, ppm[a:b], spread[a:b], nuclei[a:b], kind[a:b], match[:n], missing[:n], merged[:n], split[:n])
        out[c] = best_alignment(match[:n], missing[:n], merged[:n], split[:n], own.extra, elsewhere[:n], scratch)


@compiled
def fill_proton(
    own: Protons,
    ppm: NDArray[np.float32],
    spread: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    entry: NDArray[np.int64],
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    elsewhere: NDArray[np.float32],
    ratio: NDArray[np.float32],
) -> None:
    """Terms of the protons of one candidate, one after the other.

    Parameters
    ----------
    entry
        (entries,) signal of each observed proton, rising.
    ratio
        (signals,) of any values.
    """
    p = 0
    for i in range(len(ppm)):
        exchanges = kind[i] >= own.exchanging
        scale = _scale(own.pairing, spread[i])
        weight = np.float32(max(nuclei[i], 1)) ** -own.together
        for s in range(len(own.at)):
            ratio[s] = (_ratio(own.pairing, ppm[i] - own.at[s], scale) + own.told[kind[i], s]) * weight
            if kind[i] >= own.exchanging:
                ratio[s] = min(ratio[s], own.bound)
        gone = own.missing[1 if exchanges else 0]
        if not exchanges:
            gone = max(gone, np.float32(weight * _unseen(own.pairing, own.hidden, ppm[i], scale)))
        for copy in range(nuclei[i]):
            missing[p] = gone
            elsewhere[p] = own.elsewhere if exchanges else NEVER
            for q in range(len(entry)):
                match[p, q] = ratio[entry[q]]
            for q in range(1, len(entry) if p > 0 else 0):
                same = entry[q] == entry[q - 1]
                if copy > 0 and not same:
                    match[p, q] += own.split
                elif copy == 0 and same:
                    match[p, q] += own.merged
            p += 1


@compiled
def proton_ratios(
    own: Protons,
    ppm: NDArray[np.float32],
    spread: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    first: NDArray[np.int64],
    reading: NDArray[np.int64],
    entry: NDArray[np.int64],
    start: NDArray[np.int64],
    share: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """The best log-likelihood ratio (candidates,) among several readings of the integrals.

    Parameters
    ----------
    reading
        (candidates, readings) which reading applies.
    entry, start
        Signal of each observed proton of reading r: ``entry[start[r]:start[r + 1]]``.
    share
        Factor on the evidence of each reading.
    """
    most, width = 0, 0
    for c in range(len(out)):
        protons = 0
        for i in range(first[c], first[c + 1]):
            protons += nuclei[i]
        most = max(most, protons)
    for r in range(len(share)):
        width = max(width, start[r + 1] - start[r])
    match, split = np.empty((most, width), np.float32), np.full((most, width), NEVER, np.float32)
    missing, elsewhere = np.empty(most, np.float32), np.empty(most, np.float32)
    crowded, extra = np.full(most, own.crowded, np.float32), np.full(width, own.extra, np.float32)
    ratio = np.empty(len(own.at), np.float32)
    scratch = scratch_for(width)
    for c in range(len(out)):
        a, b = first[c], first[c + 1]
        n = 0
        for i in range(a, b):
            n += nuclei[i]
        out[c] = -np.inf
        for which in range(reading.shape[1]):
            r = reading[c, which]
            if which > 0 and r == reading[c, which - 1]:
                continue
            signals = entry[start[r] : start[r + 1]]
            m = len(signals)
            shown = match[:n, :m]
            fill_proton(
                own, ppm[a:b], spread[a:b], nuclei[a:b], kind[a:b], signals, shown, missing[:n], elsewhere[:n], ratio
            )
            total = best_alignment(shown, missing[:n], crowded[:n], split[:n, :m], extra[:m], elsewhere[:n], scratch)
            out[c] = max(out[c], total * share[r])
