"""13C lists with numbers of carbons: a value that is repeated for each carbon, or printed as ``21.6 (3C)``.

Such a list can be read in two ways: each value is a signal of its own, as in ``alignment``, or equal values and
stated numbers are carbons. Here is the second reading: several lines of a candidate may share a value up to its number
of carbons, and a line of several carbons takes as many of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.runtime.compiled import compiled

__all__ = ["CarbonGroups", "GroupTerms", "carbon_groups", "group_path", "group_ratios"]

_MAX_COUNT = 40
"""Largest number of carbons that a value may have."""
_LOG_IMPOSSIBLE = np.float32(-1e9)
_LLR_FURTHER_CARBON = np.float32(4.0)
"""Log-likelihood ratio of each further carbon of a line within the number of its value: that of a usual match, so that
one line of three carbons and three lines of one carbon explain a value of three equally well."""
_LOG_P_LEFT_OVER = np.float32(-1.0)
"""Log-probability of each carbon of a value that no line takes."""
_LOG_P_BEYOND = np.float32(-1.0)
"""Log-probability of each carbon of a line beyond the number of its value."""


@dataclass(frozen=True)
class CarbonGroups:
    """The distinct values of a list, in rising order; arrays are (groups,)."""

    ppm: NDArray[np.float64]
    carbons: NDArray[np.int64]
    """Number of carbons of each value."""
    first_entry: NDArray[np.int64]
    """Index of the first entry of the list with this value."""
    entries: NDArray[np.int64]
    """Number of entries with this value."""

    def describe(self) -> str:
        """Values of more than one carbon as text: ``27.6 (3C), 14.1 (2C)``."""
        several = [(ppm, n) for ppm, n in zip(self.ppm, self.carbons, strict=True) if n > 1]
        return ", ".join(f"{ppm:g} ({n}C)" for ppm, n in reversed(several))


class GroupTerms(NamedTuple):
    """Terms of the log-likelihood of one candidate; P lines, G groups, float32."""

    match: NDArray[np.float32]
    """(P, G): log-likelihood ratio that a line matches a value."""
    missing: NDArray[np.float32]
    """(P,): log-probability that a line is not observed."""
    split: NDArray[np.float32]
    """(P, G): log-likelihood ratio that a line matches a value and the value before it."""
    merged: float
    """Log-probability that a line has the value of another line beyond its number of carbons."""
    log_p_unassigned: float
    """Log-probability that a value is unassigned."""
    nuclei: NDArray[np.int64]
    """(P,): number of carbons of each line."""


def carbon_groups(observed: Observed) -> CarbonGroups | None:
    """Return the values of a 13C list with their numbers of carbons; None if the list states no such number.

    >>> signals = Observed("13C", np.array([14.1, 27.6, 27.6, 27.6]), np.zeros(4), np.full(4, np.nan), np.zeros(4, int),
    ...                    0.1, False)
    >>> carbon_groups(signals).carbons.tolist()
    [1, 3]
    """
    if observed.nucleus != "13C" or not observed.from_peak_list or not len(observed):
        return None
    counts = np.where(np.isfinite(observed.amount), np.rint(observed.amount), 1.0)
    starts = np.flatnonzero(np.diff(observed.ppm, prepend=-np.inf) > 0)
    carbons = np.add.reduceat(np.clip(counts, 1, _MAX_COUNT), starts).astype(np.int64).clip(1, _MAX_COUNT)
    if (carbons == 1).all():
        return None
    return CarbonGroups(observed.ppm[starts], carbons, starts, np.diff(np.append(starts, len(observed))))


def group_ratios(
    terms: GroupTerms, groups: CarbonGroups, line_starts: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    """Write the log-likelihood ratio (candidates,) of the list under each candidate.

    Parameters
    ----------
    terms
        Terms of the lines of all candidates in turn.
    line_starts
        (candidates + 1,) index of the first line of each candidate.
    """
    _group_ratios(
        terms.match,
        terms.missing,
        terms.split,
        np.float32(terms.merged),
        np.float32(terms.log_p_unassigned),
        terms.nuclei,
        groups.carbons,
        line_starts,
        out,
    )


@compiled
def _placed(room: int, count: int, nuclei: int) -> tuple[int, np.float32]:
    """Carbons taken after a line, and the log-likelihood of their number; ``room`` is what is left of ``count``."""
    taken = min(nuclei, room)
    score = _LLR_FURTHER_CARBON * np.float32(taken - 1) + _LOG_P_BEYOND * np.float32(nuclei - taken)
    return count - room + taken, score


@compiled
def _close(best: NDArray[np.float32], counts: NDArray[np.int64], log_p_unassigned: np.float32) -> None:
    """Pass each group: it is unassigned, or carbons of it are left over."""
    for j in range(len(counts)):
        here = best[j, 0] + log_p_unassigned
        for k in range(1, counts[j] + 1):
            here = max(here, best[j, k] + _LOG_P_LEFT_OVER * np.float32(counts[j] - k))
        best[j + 1, 0] = max(best[j + 1, 0], here)


@compiled
def _add_line(
    best: NDArray[np.float32],
    new: NDArray[np.float32],
    match: NDArray[np.float32],
    split: NDArray[np.float32],
    missing: np.float32,
    merged: np.float32,
    nuclei: int,
    counts: NDArray[np.int64],
) -> None:
    """Best scores after one more line; state (group, carbons taken of it)."""
    new[:] = best + missing
    for j in range(len(counts)):
        for k in range(counts[j] + 1):
            if best[j, k] <= _LOG_IMPOSSIBLE / 2:
                continue
            room = counts[j] - k
            if room == 0:
                new[j, k] = max(new[j, k], best[j, k] + merged + match[j])
                continue
            taken, score = _placed(room, counts[j], nuclei)
            new[j, taken] = max(new[j, taken], best[j, k] + match[j] + score)
            if nuclei > 1 and j + 1 < len(counts):
                taken, score = _placed(room, counts[j], nuclei // 2)
                left = _LOG_P_LEFT_OVER * np.float32(counts[j] - taken)
                next_taken, next_score = _placed(counts[j + 1], counts[j + 1], nuclei - nuclei // 2)
                total = best[j, k] + split[j + 1] + score + left + next_score
                new[j + 1, next_taken] = max(new[j + 1, next_taken], total)


@compiled
def _group_ratios(
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    split: NDArray[np.float32],
    merged: np.float32,
    log_p_unassigned: np.float32,
    nuclei: NDArray[np.int64],
    counts: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    groups = len(counts)
    best = np.empty((groups + 1, counts.max() + 1), np.float32)
    new = np.empty_like(best)
    for c in range(len(out)):
        best[:] = _LOG_IMPOSSIBLE
        best[0, 0] = 0
        _close(best, counts, log_p_unassigned)
        for i in range(line_starts[c], line_starts[c + 1]):
            _add_line(best, new, match[i], split[i], missing[i], merged, nuclei[i], counts)
            _close(new, counts, log_p_unassigned)
            best[:] = new
        out[c] = best[groups, 0]


def group_path(terms: GroupTerms, groups: CarbonGroups) -> tuple[float, list[tuple[int, int]]]:
    """Return the log-likelihood ratio of one candidate, and the pairs (line, entry) of its best alignment.

    A line has all entries of the values that it takes.
    """
    counts, total = groups.carbons, len(groups.carbons)
    best: dict[tuple[int, int], tuple[float, tuple[tuple[int, int], ...]]] = {(0, 0): (0.0, ())}
    _close_paths(best, counts, terms.log_p_unassigned)
    for i in range(len(terms.missing)):
        new = {state: (score + float(terms.missing[i]), pairs) for state, (score, pairs) in best.items()}
        for (j, k), (score, pairs) in best.items():
            if j < total:
                for state, gain, taken in _placements(terms, counts, i, j, k):
                    _keep(new, state, score + gain, (*pairs, *((i, group) for group in taken)))
        _close_paths(new, counts, terms.log_p_unassigned)
        best = new
    score, pairs = best[total, 0]
    entries = [
        (line, int(groups.first_entry[group]) + copy) for line, group in pairs for copy in range(groups.entries[group])
    ]
    return score, sorted(entries)


def _placements(
    terms: GroupTerms, counts: NDArray[np.int64], i: int, j: int, k: int
) -> Sequence[tuple[tuple[int, int], float, tuple[int, ...]]]:
    """New state, gain and groups of each way to place line ``i`` in state (j, k)."""
    room, nuclei = int(counts[j]) - k, int(terms.nuclei[i])
    if room == 0:
        return [((j, k), terms.merged + float(terms.match[i, j]), (j,))]
    taken, score = _placed(room, int(counts[j]), nuclei)
    ways: list[tuple[tuple[int, int], float, tuple[int, ...]]] = []
    ways.append(((j, int(taken)), float(terms.match[i, j]) + float(score), (j,)))
    if nuclei > 1 and j + 1 < len(counts):
        taken, score = _placed(room, int(counts[j]), nuclei // 2)
        next_taken, next_score = _placed(int(counts[j + 1]), int(counts[j + 1]), nuclei - nuclei // 2)
        left = float(_LOG_P_LEFT_OVER) * float(counts[j] - taken)
        gain = float(terms.split[i, j + 1]) + float(score) + left + float(next_score)
        ways.append(((j + 1, int(next_taken)), gain, (j, j + 1)))
    return ways


_Paths = dict[tuple[int, int], tuple[float, tuple[tuple[int, int], ...]]]


def _close_paths(best: _Paths, counts: NDArray[np.int64], log_p_unassigned: float) -> None:
    for j in range(len(counts)):
        for k in range(int(counts[j]) + 1):
            if (j, k) in best:
                score, pairs = best[j, k]
                step = log_p_unassigned if k == 0 else float(_LOG_P_LEFT_OVER) * float(counts[j] - k)
                _keep(best, (j + 1, 0), score + step, pairs)


def _keep(best: _Paths, state: tuple[int, int], score: float, pairs: tuple[tuple[int, int], ...]) -> None:
    if state not in best or score > best[state][0]:
        best[state] = (score, pairs)
